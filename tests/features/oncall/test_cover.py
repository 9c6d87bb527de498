"""Who covers a service, until when, who comes then, and where nobody does."""

from datetime import timedelta

import pytest

from bot.domain.plan import Match, Plan, Service
from bot.features.oncall.cover import Cover
from bot.features.oncall.roster import Roster, Told, roster
from tests.features.oncall.conftest import NOW, PLAN, duty


def told(*now: object, coming: object = None, **values: object) -> Told:
    return Told(**{"source": "pagerduty", "at": NOW, "now": now, "coming": coming} | values)  # type: ignore[arg-type]  # short for tests


def checkout(found: Roster) -> Cover:
    (cover,) = [one for one in found.covers if one.key == "s:checkout"]
    return cover


def test_one_after_the_other_leaves_no_gap() -> None:
    cover = checkout(roster([told(duty("Ann", until=4), coming=[duty("Bob", start=4, until=8)])], PLAN, NOW))
    assert [one.who.name for one in cover.first] == ["Ann of PagerDuty"]
    assert [one.name for one in cover.following] == ["Bob of PagerDuty"]
    assert cover.gap is None


def test_shifts_of_one_person_in_a_row_are_one() -> None:
    coming = [duty("Ann", start=4, until=8), duty("Bob", start=8, until=9)]
    cover = checkout(roster([told(duty("Ann", until=4), coming=coming)], PLAN, NOW))
    assert cover.first[0].until == NOW + timedelta(hours=8)
    assert [one.name for one in cover.following] == ["Bob of PagerDuty"]


def test_between_two_shifts_nobody_is_called() -> None:
    cover = checkout(roster([told(duty("Ann", until=6), coming=[duty("Bob", start=10, until=20)])], PLAN, NOW))
    assert cover.gap is not None
    assert (cover.gap.start, cover.gap.until) == (NOW + timedelta(hours=6), NOW + timedelta(hours=10))
    assert cover.following == ()


def test_nobody_comes_after_at_all() -> None:
    cover = checkout(roster([told(duty("Ann", until=6), coming=[])], PLAN, NOW))
    assert cover.gap is not None
    assert cover.gap.until is None


def test_a_pager_that_does_not_tell_the_future_shows_no_gap_in_it() -> None:
    assert checkout(roster([told(duty("Ann", until=6))], PLAN, NOW)).gap is None


@pytest.mark.parametrize("until", [None, 24 * 9])
def test_who_stays_for_good_or_beyond_what_we_asked_for_has_no_gap_after(until: int | None) -> None:
    assert checkout(roster([told(duty("Ann", until=until), coming=[])], PLAN, NOW)).gap is None


def test_a_second_person_on_the_first_level_closes_the_gap() -> None:
    cover = checkout(roster([told(duty("Ann", until=4), duty("Bob", until=9 * 24), coming=[])], PLAN, NOW))
    assert len(cover.first) == 2
    assert cover.gap is None


def test_the_second_level_does_not_fill_the_first() -> None:
    cover = checkout(roster([told(duty("Kim", level=2))], PLAN, NOW))
    assert (cover.first, [one.name for one in cover.second]) == ((), ["Kim of PagerDuty"])
    assert cover.gap is not None
    assert cover.urgency == 0


def test_a_service_that_the_settings_name_and_nobody_answers_for_stands_first() -> None:
    plan = Plan(services=(Service(name="api"), Service(name="checkout", match=Match(pagerduty="PSVC001"))))
    found = roster([told(duty("Ann", service_ref="PSVC009", service_name="api"))], plan, NOW)
    assert [(one.name, bool(one.first)) for one in found.covers] == [("checkout", False), ("api", True)]


def test_while_a_source_never_answered_nobody_is_missing() -> None:
    found = roster([Told(source="pagerduty", trouble="PagerDuty did not answer"), told(source="opsgenie")], PLAN, NOW)
    assert (found.covers, found.unset) == ([], [])


def test_services_are_ours_by_id_then_by_name_else_the_pagers() -> None:
    found = roster(
        [
            told(
                duty("Ann", service_name="Something else"),
                duty("Bob", service_ref="PSVC002", service_name="SEARCH"),
                duty("Kim", service_ref="PSVC003", service_name="Legacy"),
                duty("Kim", service_ref=None, service_name=None, schedule="Managers"),
            )
        ],
        PLAN,
        NOW,
    )
    assert [(one.key, one.name) for one in found.covers] == [
        ("s:checkout", "checkout"),
        ("s:search", "search"),
        ("r:PSVC003", "Legacy"),
        ("r:Managers", "Managers"),
    ]


def test_an_old_answer_is_read_by_todays_clock() -> None:
    """The source is down; what it said this morning tells who has taken over since."""
    said = told(duty("Ann", until=4), coming=[duty("Bob", start=4, until=20)])
    cover = checkout(roster([said], PLAN, NOW + timedelta(hours=5)))
    assert [one.who.name for one in cover.first] == ["Bob of PagerDuty"]


def test_somebody_listed_twice_stands_once_with_the_longer_shift() -> None:
    cover = checkout(roster([told(duty("Ann", until=2), duty("Ann", until=5))], PLAN, NOW))
    assert [one.until for one in cover.first] == [NOW + timedelta(hours=5)]
