"""How findings are summed up: the worst first, named, and never longer than a line."""

from datetime import timedelta

import pytest

from bot.domain.check import Evidence, Status
from bot.integrations.findings import Old, answer, counted, lasting, link


def found(title: str, status: Status, detail: str = "odd") -> Evidence:
    return Evidence(key=f"job:{title}", title=title, status=status, detail=detail)


def test_the_worst_decides_and_comes_first() -> None:
    some = [found("a", Status.WARN), found("b", Status.OK), found("c", Status.FAIL), found("d", Status.UNKNOWN)]
    told = counted(some, "fine", 9, "jobs")
    assert (told.status, told.reason) == (Status.FAIL, None)
    assert told.summary == "3 of 9 jobs to look at: c: odd; d: odd; a: odd"
    assert [one.title for one in told.evidence] == ["c", "d", "a"]
    assert [one.title for one in counted(some, "fine", 9, "jobs", showing_all=True).evidence] == ["c", "d", "a", "b"]


def test_what_is_not_known_says_why() -> None:
    told = answer([found("a", Status.WARN), found("b", Status.UNKNOWN)], "fine", "2 to look at")
    assert (told.status, told.reason) == (Status.UNKNOWN, "2 to look at: b: odd; a: odd")


def test_nothing_wrong_is_said_in_the_words_for_it() -> None:
    told = counted([found("a", Status.OK)], "All 1 jobs succeeded", 1, "jobs")
    assert (told.status, told.summary, list(told.evidence)) == (Status.OK, "All 1 jobs succeeded", [])


def test_one_finding_has_the_line_to_itself_and_several_share_it() -> None:
    long = "x " * 200
    alone = answer([found("a", Status.FAIL, long)], "fine", "1 to look at").summary
    shared = answer([found("a", Status.FAIL, long), found("b", Status.FAIL)], "fine", "2 to look at").summary
    assert 200 < len(alone) <= 220
    assert shared.endswith("…; b: odd")


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(seconds=-5), "under a minute"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_how_long_it_lasts_is_said_in_the_unit_that_fits(time: timedelta, words: str) -> None:
    assert lasting(time) == words


def test_late_begins_with_its_limit() -> None:
    old = Old(warn=timedelta(hours=1), fail=timedelta(hours=24))
    assert [old.of(timedelta(hours=hours)) for hours in (0.9, 1, 24)] == [Status.OK, Status.WARN, Status.FAIL]
    assert Old(warn=timedelta(hours=1)).of(timedelta(days=9)) is Status.WARN


def test_only_addresses_of_pages_are_links() -> None:
    assert link("https://x/y") == "https://x/y"
    assert [link(one) for one in ("", "javascript:alert(1)", "https://" + "x" * 2_000)] == [None, None, None]
