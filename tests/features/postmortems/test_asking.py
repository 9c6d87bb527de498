"""Asking: on resolve, in the channel and as a direct message; taken back, waived, brought up again; closed quietly."""

import json
from datetime import UTC, datetime, timedelta

from bot.domain.incident import State
from bot.features.postmortems import drawing, events, presses, schedule
from bot.slack.fit import fit
from bot.slack.limits import problems
from bot.store.postmortems import Stage
from tests.features.postmortems.world import ANN, BOB, World, shown, view_in, wrong_in

RESOLVED = {"incident": 1, "resolves": 1, "postmortem": True, "by": BOB.id}


async def text_of(world: World, key: str) -> str:
    surface, _, rest = key.partition(":")
    draw = {
        "postmortem.prompt": drawing.prompt,
        "postmortem.prompt_dm": drawing.prompt_dm,
        "postmortem.nudge": drawing.nudge,
    }[surface]
    drawn = await draw(world.postmortems, rest)
    assert drawn is not None
    shape = fit(drawn.message)
    assert problems(shape) == []
    return f"{drawn.channel} {json.dumps(shape, ensure_ascii=False)}"


async def test_on_resolve_the_channel_and_the_lead_are_asked(world: World) -> None:
    await world.over()
    await world.hear(events.incident_resolved, **RESOLVED)

    assert {"postmortem.prompt:1", "postmortem.prompt_dm:1"} <= world.posted
    channel = await text_of(world, "postmortem.prompt:1")
    assert channel.startswith("C0INC142 ")
    assert "INC-1 lasted 1\u00a0h 24\u00a0min. A draft is ready: 4 moments, 1 person." in channel
    assert "Write postmortem" in channel
    assert "Not needed" in channel
    assert (await text_of(world, "postmortem.prompt_dm:1")).startswith("U0ANN ")


async def test_the_same_news_twice_asks_once(world: World) -> None:
    await world.over()
    await world.hear(events.incident_resolved, **RESOLVED)
    await world.hear(events.incident_resolved, **RESOLVED)

    assert (await world.row()).round == 1
    assert "postmortem.prompt:1:2" not in world.posted


async def test_without_a_lead_whoever_ended_it_is_asked(world: World) -> None:
    await world.over(lead=None)
    await world.hear(events.incident_resolved, **RESOLVED)

    assert (await text_of(world, "postmortem.prompt_dm:1")).startswith("U0BOB ")


async def test_whoever_is_asked_may_write_it_also_of_a_private_one(world: World) -> None:
    await world.over(lead=None, private=True)
    assert "do not know" in shown(view_in(await world.act(presses.write, world.ask(BOB, key="INC-1"))))
    await world.hear(events.incident_resolved, **RESOLVED)

    assert view_in(await world.act(presses.write, world.ask(BOB, key="INC-1"))).memory["incident"] == "INC-1"


async def test_news_that_a_reopening_has_overtaken_asks_nobody(world: World) -> None:
    await world.over(status=State.INVESTIGATING)
    await world.hear(events.incident_resolved, **RESOLVED)

    assert world.posted == set()


async def test_reopened_takes_the_prompt_back_and_resolved_again_asks_anew(world: World) -> None:
    incident = await world.over()
    await world.hear(events.incident_resolved, **RESOLVED)
    await world.act(presses.what_sent, world.ask(values={"title": "Kept"}, private={"incident": "INC-1"}))
    await world.postmortems.record.incidents.change(incident.id, world.now, status=State.INVESTIGATING)
    await world.hear(events.incident_reopened, incident=1, resolves=1)
    assert "was reopened" in await text_of(world, "postmortem.prompt:1")
    assert "was reopened" in await text_of(world, "postmortem.prompt_dm:1")

    await world.postmortems.record.incidents.change(incident.id, world.now, status=State.RESOLVED)
    await world.hear(events.incident_resolved, **RESOLVED | {"resolves": 2})
    assert "postmortem.prompt:1:2" in world.posted
    assert "Go on writing" in await text_of(world, "postmortem.prompt:1:2")
    assert "brought up again later" in await text_of(world, "postmortem.prompt:1")
    assert (await world.row()).text("title") == "Kept"


async def test_not_needed_asks_why_and_closes_the_incident(world: World) -> None:
    await world.over()
    await world.hear(events.incident_resolved, **RESOLVED)
    memory = {"incident": "INC-1"}
    assert wrong_in(await world.act(presses.waived, world.ask(private=memory))) == {"reason": "Say in a few words why"}

    await world.act(presses.waived, world.ask(values={"reason": "Same cause as INC-0"}, private=memory))
    assert world.happened("postmortem.done") == [{"incident": 1, "why": "no postmortem needed: Same cause as INC-0"}]
    for key in ("postmortem.prompt:1", "postmortem.prompt_dm:1"):
        assert "Same cause as INC-0" in await text_of(world, key)
    audit = await world.postmortems.record.audit.of("INC-1")
    assert [(one["who"], one["what"]) for one in audit] == [(ANN.id, "postmortem.waive")]

    second = await world.act(presses.waived, world.ask(BOB, values={"reason": "me too"}, private=memory))
    assert "Ann said that before" in shown(view_in(second))
    assert "me too" in shown(view_in(second))
    assert len(world.happened("postmortem.done")) == 1


async def test_used_in_one_place_the_prompt_is_redrawn_in_both(world: World) -> None:
    await world.over()
    await world.hear(events.incident_resolved, **RESOLVED)
    world.acts.clear()
    await world.written()

    assert {"postmortem.prompt:1", "postmortem.prompt_dm:1", "postmortem.filed:1"} <= world.posted
    for key in ("postmortem.prompt:1", "postmortem.prompt_dm:1"):
        assert "OPS-43" in await text_of(world, key)
        assert "Write postmortem" not in await text_of(world, key)


async def test_the_first_nudge_comes_after_three_working_days_then_weekly(world: World) -> None:
    await world.over()
    world.now = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)  # a Thursday
    await world.hear(events.incident_resolved, **RESOLVED)
    nudged = []
    for day in range(1, 20):
        world.now = datetime(2026, 11, 26, 9, 0, tzinfo=UTC) + timedelta(days=day)
        world.acts.clear()
        for _ in range(3):
            await world.act(schedule.nudges, world.now)
        if world.posted:
            nudged.append((world.now.date().isoformat(), max(world.posted)))

    assert nudged == [
        ("2026-12-01", "postmortem.nudge:1:1"),
        ("2026-12-08", "postmortem.nudge:1:2"),
        ("2026-12-15", "postmortem.nudge:1:3"),
    ]
    newest = await text_of(world, "postmortem.nudge:1:3")
    assert newest.startswith("U0ANN ")
    assert '"user_id": "U0ANN"' in newest
    assert "brought up again later" in await text_of(world, "postmortem.nudge:1:1")


async def test_nobody_is_nudged_at_night_or_on_a_holiday(world: World) -> None:
    await world.over()
    world.now = datetime(2026, 12, 21, 12, 0, tzinfo=UTC)
    await world.hear(events.incident_resolved, **RESOLVED)
    for when in (
        datetime(2026, 12, 24, 3, 0, tzinfo=UTC),  # night
        datetime(2026, 12, 25, 12, 0, tzinfo=UTC),  # Christmas
        datetime(2026, 12, 26, 12, 0, tzinfo=UTC),  # a Saturday
    ):
        assert await world.act(schedule.nudges, when) == []


async def test_what_is_answered_is_not_brought_up_again(world: World) -> None:
    await world.over()
    await world.hear(events.incident_resolved, **RESOLVED)
    await world.written()
    world.now += timedelta(days=30)

    assert await world.act(schedule.nudges, world.now) == []


async def test_one_that_needs_no_postmortem_is_closed_a_day_later(world: World) -> None:
    await world.over()
    await world.hear(events.incident_resolved, **RESOLVED | {"postmortem": False})
    assert world.posted == set()
    assert await world.act(schedule.close_quiet, world.now + timedelta(hours=23)) == []

    world.now += timedelta(hours=25)
    await world.act(schedule.close_quiet, world.now)
    await world.act(schedule.close_quiet, world.now)
    assert world.happened("postmortem.done") == [{"incident": 1, "why": "no postmortem was asked for"}]


async def test_whoever_writes_unasked_is_waited_for(world: World) -> None:
    await world.over()
    await world.hear(events.incident_resolved, **RESOLVED | {"postmortem": False})
    await world.act(presses.what_sent, world.ask(BOB, values={"title": "Worth it"}, private={"incident": "INC-1"}))

    row = await world.row()
    assert (row.state, row.asked_who) == (Stage.ASKED, BOB.id)
    assert await world.act(schedule.close_quiet, world.now + timedelta(days=9)) == []
