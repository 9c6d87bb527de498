"""The digest for programs and terminals: the fixed JSON, the exit status, and words that cannot take over a screen."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

from bot.domain.check import Item, Status
from bot.domain.finding import Finding
from bot.features.checklist import terminal
from bot.features.checklist.machine import as_json, exit_status
from tests.features.checklist.test_views import (
    LATE_BACKUP,
    OK_LINES,
    SILENT_PAGER,
    TELLER,
    USUAL,
    a_digest,
    a_line,
)
from tests.features.checklist.world import World, answer, finding
from tests.slack.hostile import TEXTS


def printed(digest: object, width: int = 100) -> str:
    screen = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    terminal.render(digest, TELLER, screen)  # type: ignore[arg-type]  # always a digest here
    told = screen.file
    assert isinstance(told, io.StringIO)
    return told.getvalue()


def test_the_object_has_the_public_shape_to_the_letter() -> None:
    line = replace(
        LATE_BACKUP,
        duration=0.3109,
        findings=[
            Finding(
                key="shop-daily",
                title="shop-daily-20261121",
                status=Status.FAIL,
                since=datetime(2026, 11, 22, 0, 30, tzinfo=UTC),
            )
        ],
    )
    told = as_json(a_digest(line, *OK_LINES))
    items = told.pop("items")
    assert told == {
        "team": "platform",
        "date": "2026-11-23",
        "started_at": "2026-11-23T07:30:00Z",
        "duration_s": 1.9,
        "counts": {"ok": 4, "warn": 0, "fail": 1, "unknown": 0},
    }
    assert [one["key"] for one in items] == [item.value for item in Item]
    assert items[3] == {
        "key": "backups",
        "title": "Validate backups",
        "status": "fail",
        "checks": [
            {
                "name": "velero.schedules",
                "system": "velero",
                "instance": None,
                "status": "fail",
                "summary": "shop: last good backup 31 h ago (every 24 h)",
                "evidence": [
                    {
                        "key": "shop-daily",
                        "title": "shop-daily-20261121",
                        "status": "fail",
                        "url": None,
                        "since": "2026-11-22T00:30:00Z",
                    }
                ],
                "reason": None,
                "link": None,
                "duration_s": 0.311,
            }
        ],
    }
    assert items[6] == {"key": "patches", "title": "Apply critical patches", "status": "manual", "checks": []}
    assert json.loads(json.dumps(told)) == told


def test_an_item_is_as_bad_as_its_worst_check() -> None:
    told = as_json(
        a_digest(
            a_line(Item.BACKUPS, Status.WARN, "a.a"),
            a_line(Item.BACKUPS, Status.UNKNOWN, "a.b", reason="no answer in 10 s"),
            a_line(Item.BACKUPS, Status.OK, "a.c"),
            a_line(Item.DRIFT, Status.UNKNOWN, "b.a"),
            a_line(Item.DRIFT, Status.FAIL, "b.b"),
        )
    )
    statuses = {one["key"]: one["status"] for one in told["items"]}
    assert (statuses["backups"], statuses["drift"]) == ("unknown", "fail")


@pytest.mark.parametrize(
    ("statuses", "fail_on", "status"),
    [
        ([Status.FAIL], None, 0),
        ([Status.FAIL], Status.FAIL, 1),
        ([Status.UNKNOWN, Status.WARN], Status.FAIL, 0),
        ([Status.UNKNOWN], Status.UNKNOWN, 1),
        ([Status.WARN], Status.UNKNOWN, 0),
        ([Status.UNKNOWN], Status.WARN, 1),
        ([Status.OK], Status.WARN, 0),
        ([], Status.WARN, 0),
    ],
)
def test_the_exit_status_says_whether_it_is_as_bad_as_that(
    statuses: list[Status], fail_on: Status | None, status: int
) -> None:
    lines = [a_line(Item.BACKUPS, one, f"a.c{number}") for number, one in enumerate(statuses)]
    assert exit_status(a_digest(*lines), fail_on) == status


def test_the_terminal_tells_what_needs_somebody_first() -> None:
    told = printed(USUAL)
    assert told.startswith("platform · Mon 23 Nov 08:30 CET · 8 checks in 1.9\u00a0s · on call Ann\n5 of 9 need you.")
    assert told.index("Validate backups · fail · new") < told.index("Check alerting systems · unknown")
    assert "PagerDuty gave no answer in 10 s. Last seen ok Friday." in told
    assert "- shop-daily-20261121, since 22 Nov 01:30" in told


def test_the_terminal_has_words_for_a_quiet_an_empty_and_a_silent_morning() -> None:
    assert "All 9 checks ok." in printed(a_digest(*[a_line(item, Status.OK) for item in Item]))
    assert "Every item is by hand so far." in printed(a_digest())
    assert "Nothing could be checked." in printed(a_digest(SILENT_PAGER))


@pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS.keys())
def test_foreign_words_cannot_take_over_the_terminal(words: str) -> None:
    found = [Finding(key=str(n), title=words, status=Status.FAIL, detail=words) for n in range(7)]
    told = printed(a_digest(a_line(Item.BACKUPS, Status.FAIL, "a.b", summary=words, instance=words, findings=found)))
    assert "\x1b[31m" not in told
    assert "\x07" not in told
    assert "[bold" not in told
    assert "and 2 more" in told


async def test_what_the_command_line_asks_is_not_written_down(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "late", finding("shop"))}
    looked = await world.checklist.look(await world.routine())
    assert [line.name for line in looked.lines] == ["velero.schedules", "daywatch.actions", "daywatch.incidents"]
    assert await world.checklist.record.latest("platform") is None


async def test_the_list_of_checks_says_what_each_asks_and_when_it_last_answered(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.OK), "velero.restores": TimeoutError()}
    await world.posted()
    seen = await world.checklist.checks(await world.routine())
    screen = Console(file=io.StringIO(), width=120)
    terminal.render_checks(seen, TELLER, screen)
    told = screen.file
    assert isinstance(told, io.StringIO)
    rows = {row.split()[0]: row for row in told.getvalue().splitlines()}
    assert rows["velero.schedules"].rstrip().endswith("ok 08:30")
    assert rows["velero.restores"].rstrip().endswith("never")
    assert "Is it well?" in rows["velero.schedules"]


def test_without_checks_the_list_says_what_to_do() -> None:
    screen = Console(file=io.StringIO(), width=120)
    terminal.render_checks([], TELLER, screen)
    told = screen.file
    assert isinstance(told, io.StringIO)
    assert "nothing is connected" in told.getvalue()


async def test_progress_is_told_on_a_terminal_and_nowhere_else(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.OK)}
    for watched in (True, False):
        screen = Console(file=io.StringIO(), width=80, force_terminal=watched)
        with terminal.progress(screen) as told:
            await world.checklist.look(await world.routine(), told)
        written = screen.file
        assert isinstance(written, io.StringIO)
        assert bool(written.getvalue()) is watched
