"""When the digest comes: once a team and working day, at the team's own time, caught up once after downtime."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.acts import Acts, Start
from bot.domain.check import Status
from bot.domain.days import holiday_trouble, is_holiday
from bot.domain.digest import DigestState
from bot.domain.plan import WEEKDAYS, Plan
from bot.features.checklist import schedule
from bot.features.checklist.days import due_moment, next_due
from bot.features.checklist.routine import Routine
from tests.features.checklist.world import World, answer

BERLIN = ZoneInfo("Europe/Berlin")


async def strike(world: World) -> Acts:
    return await world.done(lambda checklist, _ask: schedule.digests(checklist, world.clock()), world.ask())


async def posted(world: World) -> None:
    """What the flow that was started does."""
    record = world.checklist.record
    routine = await world.routine()
    digest = await record.latest("platform")
    assert digest is not None
    asked = await world.checklist.asking.ask(routine)
    await world.desk.record(lambda: record.taken(digest.id, asked))
    await world.desk.record(lambda: record.posted(digest.id))


def flows(acts: Acts) -> list[str]:
    return [act.flow for act in acts if isinstance(act, Start)]


def a_routine(at: time, zone: ZoneInfo = BERLIN, holidays: str | None = None) -> Routine:
    return Routine(
        team="platform",
        channel="#ops",
        zone=zone,
        at=at,
        days=("mon", "tue", "wed", "thu", "fri"),
        holidays=holidays,
        hidden=frozenset(),
        services=(),
    )


async def test_it_begins_at_its_time_and_however_often_the_clock_is_asked_once(world: World) -> None:
    world.clock.pass_(seconds=-1)
    assert await strike(world) == ()
    world.clock.pass_(seconds=1)
    (start,) = await strike(world)
    assert isinstance(start, Start)
    assert (start.flow, start.given) == ("checklist.digest", {"digest": 1})
    assert await strike(world) == ()
    world.clock.pass_(hours=9)
    assert await strike(world) == ()


async def test_there_is_none_at_the_weekend_and_on_public_holidays(world: World) -> None:
    struck = []
    world.clock.now = datetime(2026, 12, 24, 7, 30, tzinfo=UTC)
    for _ in range(6):
        struck.append(flows(await strike(world)) != [])
        world.clock.pass_(days=1)
    assert struck == [True, False, False, False, True, True], "Thu 24, Fri 25 is Christmas, the weekend, Mon, Tue"


async def test_the_bot_was_down_at_the_time_so_it_comes_late_and_says_so(world: World) -> None:
    await strike(world)
    await posted(world)
    world.clock.pass_(days=1, minutes=34)
    (start,) = await strike(world)
    assert isinstance(start, Start)
    digest = await world.digest(start.given["digest"])
    assert (digest.late, digest.due_at) == (True, datetime(2026, 11, 24, 7, 30, tzinfo=UTC))


async def test_after_several_missed_days_one_digest_comes(world: World) -> None:
    await strike(world)
    await posted(world)
    world.clock.pass_(days=3, hours=1)
    assert flows(await strike(world)) == ["checklist.digest"]
    assert await strike(world) == ()


async def test_a_teams_very_first_digest_is_not_late_whenever_it_comes(world: World) -> None:
    world.clock.pass_(hours=6)
    await strike(world)
    digest = await world.checklist.record.latest("platform")
    assert digest is not None
    assert not digest.late


async def test_one_that_somebody_only_looked_at_does_not_keep_the_morning_one_away(world: World) -> None:
    world.clock.pass_(hours=-1)
    looked = await world.checklist.fresh(await world.routine())
    world.clock.pass_(hours=1)
    (start,) = await strike(world)
    assert isinstance(start, Start)
    assert start.given == {"digest": looked.id}


async def test_one_that_was_posted_before_its_time_is_asked_again_at_its_time(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.OK)}
    world.clock.pass_(hours=-1)
    await world.posted()
    world.clock.pass_(hours=1)
    assert flows(await strike(world)) == ["checklist.refresh"]
    assert flows(await strike(world)) == [], "one refresh goes on already"


async def test_each_team_has_its_own_morning(world: World) -> None:
    plan = {
        "teams": [
            {"name": "east", "timezone": "Asia/Tokyo", "digest": {"at": "08:30"}},
            {"name": "west", "timezone": "America/Los_Angeles", "digest": {"at": "08:30"}},
        ]
    }
    world.plans[0] = Plan.model_validate(plan)
    world.clock.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    begun: dict[str, datetime] = {}
    for _ in range(3 * 24):
        for act in await strike(world):
            assert isinstance(act, Start)
            begun.setdefault((await world.digest(act.given["digest"])).team, world.clock())
        world.clock.pass_(minutes=30)
    assert begun == {
        "east": datetime(2026, 11, 22, 23, 30, tzinfo=UTC),
        "west": datetime(2026, 11, 23, 16, 30, tzinfo=UTC),
    }


async def test_a_time_moved_into_the_past_brings_nothing_today(world: World) -> None:
    world.clock.pass_(minutes=-20)  # 08:10
    await world.checklist.record.routines.change("platform", {"at": "08:00"}, who="U1", at=world.clock())
    assert await strike(world) == ()
    world.clock.pass_(hours=24, minutes=-10)
    assert flows(await strike(world)) == ["checklist.digest"]


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        ("2026-03-27", "07:30"),
        ("2026-03-30", "06:30"),  # the clocks went forward on Sunday
        ("2026-10-23", "06:30"),
        ("2026-10-26", "07:30"),  # and back on Sunday
    ],
)
def test_half_past_eight_stays_half_past_eight_when_the_clocks_change(day: str, utc: str) -> None:
    due = due_moment(a_routine(time(8, 30)), datetime.fromisoformat(day).date())
    assert f"{due:%H:%M}" == utc


def test_a_time_that_the_night_skips_comes_after_the_gap_and_one_that_comes_twice_comes_first() -> None:
    routine = a_routine(time(2, 30))
    assert due_moment(routine, datetime(2026, 3, 29, tzinfo=UTC).date()) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert due_moment(routine, datetime(2026, 10, 25, tzinfo=UTC).date()) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


async def test_in_the_night_of_the_doubled_hour_it_comes_once(world: World) -> None:
    team = {"name": "platform", "timezone": "Europe/Berlin", "digest": {"at": "02:30", "days": list(WEEKDAYS)}}
    world.plans[0] = Plan.model_validate({"teams": [team]})
    world.clock.now = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    begun = []
    for _ in range(5 * 12):
        begun += [world.clock() for _ in await strike(world)]
        world.clock.pass_(minutes=5)
    assert begun == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]


def test_public_holidays_are_those_of_the_place() -> None:
    corpus_christi = datetime(2026, 6, 4, tzinfo=UTC).date()
    assert is_holiday("DE-BY", corpus_christi)
    assert is_holiday("de-by", corpus_christi)
    assert not is_holiday("DE-BE", corpus_christi)
    assert not is_holiday(None, corpus_christi)


def test_a_place_without_a_calendar_is_named_and_stops_no_digest() -> None:
    assert "XX" in (holiday_trouble("XX") or "")
    assert "DE-ZZ" in (holiday_trouble("DE-ZZ") or "")
    assert holiday_trouble("DE-BY") is None
    assert datetime(2026, 11, 23, tzinfo=UTC).date() in a_routine(time(8), holidays="XX").workdays


def test_the_next_digest_is_after_now_on_a_working_day() -> None:
    friday = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
    assert next_due(a_routine(time(8, 30)), friday) == datetime(2026, 11, 30, 7, 30, tzinfo=UTC)
    assert next_due(a_routine(time(8, 30)), friday - timedelta(hours=1)) == datetime(2026, 11, 27, 7, 30, tzinfo=UTC)


async def test_old_digests_are_forgotten_with_their_results_and_young_ones_kept(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.OK)}
    old = await world.posted()
    world.clock.pass_(days=399)
    young = await world.posted()
    await world.checklist.record.digests.prune(world.clock().date() - timedelta(days=400))
    assert (await world.digest(old.id)).lines != [], "400 days are kept"
    world.clock.pass_(days=3)
    await world.checklist.record.digests.prune(world.clock().date() - timedelta(days=400))
    assert await world.checklist.record.get(old.id) is None
    assert (await world.digest(young.id)).state is DigestState.POSTED
