"""The chart under a digest: only where a trend says more than a number, and never at the digest's cost."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, update

from bot.acts import Post, Start
from bot.domain.alert import Alert, AlertState
from bot.domain.capabilities import ErrorShare, Painter, Pictures
from bot.domain.check import Item, Status
from bot.domain.digest import Digest
from bot.domain.errors import Unavailable, VendorError
from bot.domain.plan import ChecklistRules
from bot.domain.trend import Crossing
from bot.features.checklist import flow, settings
from bot.features.checklist.trends import Trends
from bot.slack.fit import attempts, fit
from bot.slack.limits import problems
from bot.slack.message import Json
from bot.store.alerts import AlertRows, Place
from bot.store.incidents import IncidentRows
from bot.store.tables import alert as alert_table
from bot.store.tables import incident as incident_table
from tests.fakes.run import PlainRun
from tests.features.checklist.test_commands import SAVED
from tests.features.checklist.world import MONDAY, World, answer, finding

DAY: Final = timedelta(days=1)
RISING: Final = tuple(range(2, 16))


@dataclass(slots=True)
class Studio(Painter, Pictures):
    """Draws and keeps; `trouble` is what it answers instead."""

    drawn: list[Crossing] = field(default_factory=list)
    kept: list[tuple[str, bytes, str, str]] = field(default_factory=list)
    no_picture: VendorError | None = None
    no_room: VendorError | None = None

    async def png(self, crossing: Crossing) -> bytes:
        if self.no_picture:
            raise self.no_picture
        self.drawn.append(crossing)
        return b"png"

    async def upload(self, name: str, content: bytes, *, title: str = "", alt: str = "") -> str:
        if self.no_room:
            raise self.no_room
        self.kept.append((name, content, title, alt))
        return "F0CHART001"


@dataclass(slots=True)
class Logs(ErrorShare):
    """The share of errors at noon of each day, the last yesterday's; `trouble` comes on the day it names."""

    shares: Sequence[float | None]
    trouble: tuple[int, VendorError] | None = None
    slow: float = 0.0
    asked: list[datetime] = field(default_factory=list)

    @property
    def kept_in(self) -> str:
        return "Loki"

    async def error_share(self, until: datetime) -> float | None:
        await asyncio.sleep(self.slow)
        if self.trouble and len(self.asked) == self.trouble[0]:
            raise self.trouble[1]
        self.asked.append(until)
        return self.shares[len(self.asked) - 1]


def trends(world: World, *logs: Logs) -> Trends:
    return Trends(
        alerts=AlertRows(world.store),
        incidents=IncidentRows(world.store),
        plan=lambda: world.plans[0],
        logs=lambda: logs,
        patience=0.2,
    )


async def alerts(world: World, *counts: int, service: str = "checkout", place: Place = Place.TRIAGE) -> None:
    """So many on each day, the last number yesterday's; and one long before, so that these days are known."""
    rows = AlertRows(world.store)
    begins = [MONDAY - 60 * DAY]
    for ago, count in zip(range(len(counts), 0, -1), counts, strict=True):
        begins += [MONDAY - ago * DAY + timedelta(minutes=number) for number in range(count)]
    async with world.store.transaction():
        for number, began in enumerate(begins):
            one = Alert(source=service, id=str(number), title="x", state=AlertState.RESOLVED, occurred_at=began)
            row = await rows.add(one, service=service, severity="sev4", reason="")
            await rows.change(row.id, place=place)


async def charted(world: World, studio: Studio, *logs: Logs) -> tuple[PlainRun, Digest]:
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "late", finding("shop"))}
    digest = await world.posted()
    run = PlainRun()
    await flow.chart(run, world.checklist, trends(world, *logs), studio, studio, digest.id)
    return run, await world.digest(digest.id)


async def drawn(world: World, digest: Digest) -> Json:
    shape = fit(await world.checklist.seeing.message(digest))
    assert problems(shape) == []
    return shape


async def test_a_trend_that_crosses_its_limit_soon_is_one_picture_under_today(world: World) -> None:
    await alerts(world, *RISING)
    studio = Studio()
    run, digest = await charted(world, studio)
    assert Post(f"checklist.digest:{digest.id}") in run.acts, "added by an update"
    words = (
        "Alerts a day, platform: 2 a day on 9 Nov, 15 a day on 22 Nov and rising; "
        "at this pace over the limit of 20 a day on 27 Nov."
    )
    assert studio.kept == [("trend-2026-11-23.png", b"png", "Alerts a day, platform", words)]
    shape = await drawn(world, digest)
    kinds = [block["type"] for block in shape["blocks"]]
    assert kinds[-4:] == ["divider", "rich_text", "image", "actions"]
    (image,) = [block for block in shape["blocks"] if block["type"] == "image"]
    assert (image["slack_file"], image["alt_text"]) == ({"id": "F0CHART001"}, words)


async def test_it_is_begun_once_the_digest_stands_and_not_where_all_is_well(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "late", finding("shop"))}
    digest = await world.posted()
    (start,) = [act for act in world.desk.acts if isinstance(act, Start) and act.flow == "checklist.chart"]
    assert (start.once, start.given) == (f"digest:{digest.id}:chart", {"digest": digest.id})
    world.desk.acts.clear()
    await world.days_later(1)
    world.system.answers = {f"velero.{item}": answer(Status.OK) for item in Item}
    world.system.items = {f"velero.{item}": item for item in Item}
    assert (await world.posted()).all_ok
    assert [act for act in world.desk.acts if isinstance(act, Start) and act.flow == "checklist.chart"] == []


async def test_without_a_trend_nothing_is_drawn(world: World) -> None:
    await alerts(world, *RISING, service="somebody else's", place=Place.IGNORED)
    studio = Studio()
    run, digest = await charted(world, studio)
    assert (run.acts, digest.chart, studio.drawn) == ([], None, [])
    assert "image" not in [block["type"] for block in (await drawn(world, digest))["blocks"]]


async def test_a_picture_that_is_not_drawn_or_not_taken_leaves_the_digest_as_it_is(world: World) -> None:
    await alerts(world, *RISING)
    for studio in (
        Studio(no_picture=Unavailable("no picture was drawn in 60 s")),
        Studio(no_room=Unavailable("Slack did not take the file (503)")),
    ):
        run, digest = await charted(world, studio)
        assert (run.failed, run.acts, digest.chart) == ([], [], None)


async def test_a_picture_that_slack_does_not_show_yet_costs_the_message_only_itself(world: World) -> None:
    await alerts(world, *RISING)
    _, digest = await charted(world, Studio())
    first, second, *_ = attempts(await world.checklist.seeing.message(digest))
    assert [block for block in first["blocks"] if block["type"] != "image"] == second["blocks"]
    assert len(second["blocks"]) == len(first["blocks"]) - 1


async def test_the_days_before_anybody_watched_are_no_days_without_alerts(world: World) -> None:
    await alerts(world, 10, 12, 14, 16, 17)
    async with world.store.transaction():
        await world.store.write(update(alert_table).where(alert_table.c.id == 1).values(started_at=MONDAY - 5 * DAY))
    assert await trends(world).soonest("platform", (await world.routine()).zone, MONDAY.date()) is None


async def test_the_time_to_acknowledge_is_each_day_s_middle_one(world: World) -> None:
    for ago, minutes in zip(range(8, 0, -1), range(5, 13), strict=True):
        for taken in (minutes, 1, 60):
            await incident(world, MONDAY - ago * DAY, taken)
    await incident(world, MONDAY - DAY, 600, team="elsewhere")
    await incident(world, MONDAY - DAY, 600, practice=True)
    found = await trends(world).soonest("platform", (await world.routine()).zone, MONDAY.date())
    assert found is not None
    assert (found.trend.name, found.trend.unit, found.trend.limit) == ("Time to acknowledge, platform", "min", 15)
    assert [value for _, value in found.trend.points] == list(range(5, 13))
    assert found.on == date(2026, 11, 25)


async def incident(world: World, opened: datetime, minutes: float, team: str = "platform", **more: object) -> None:
    values = {"title": "x", "severity": "sev2", "status": "resolved", "team": team, "opened_at": opened, **more}
    taken = {"acknowledged_at": opened + timedelta(minutes=minutes), "changed_at": opened}
    async with world.store.transaction():
        await world.store.write(insert(incident_table).values(**values, **taken))


async def test_the_limit_is_a_setting_and_the_chart_can_be_switched_off(world: World) -> None:
    await alerts(world, *RISING)
    limits = {"daywatch.alerts_a_day": {"limit": 100.0}}
    rules, before = ChecklistRules(thresholds=limits), world.plans[0]
    world.plans[0] = before.model_copy(update={"checklist": rules})
    studio = Studio()
    await charted(world, studio)
    world.plans[0] = before
    await world.done(settings.save, world.ask(values={**SAVED, "chart": ()}, private={"team": "platform"}))
    assert not (await world.routine()).chart
    await charted(world, studio)
    assert studio.drawn == []
    await world.done(settings.save, world.ask(values=SAVED, private={"team": "platform"}))
    await charted(world, studio)
    assert len(studio.drawn) == 1


SHARES: Final = [0.01 + 0.0025 * day for day in range(14)]


async def test_errors_that_rise_in_the_logs_are_a_picture_too(world: World) -> None:
    logs, studio = Logs(SHARES), Studio()
    await charted(world, studio, logs)
    ((_, _, title, words),) = studio.kept
    assert title == "Errors at noon, Loki"
    assert words.startswith("Errors at noon, Loki: 1 % on 9 Nov, 4.2 % on 22 Nov and rising; ")
    assert "over the limit of 5 %" in words
    assert [moment.astimezone(ZoneInfo("Europe/Berlin")).hour for moment in logs.asked] == [12] * 14


@pytest.mark.parametrize(
    "logs",
    [
        Logs([None] * 14),
        Logs(SHARES, trouble=(3, Unavailable("no answer"))),
        Logs(SHARES, slow=0.15),
        Logs([0.02] * 14),
    ],
    ids=["nothing logged", "goes down", "slow", "steady"],
)
async def test_logs_that_tell_too_little_leave_the_digest_as_it_is(world: World, logs: Logs) -> None:
    studio = Studio()
    run, digest = await charted(world, studio, logs)
    assert (run.failed, digest.chart, studio.kept) == ([], None, [])
