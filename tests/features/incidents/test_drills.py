"""Practice: alerts come by the clock, each once; nothing real is asked; its times stand beside earlier ones."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.acts import Acts, Ask, Happened, Reply
from bot.domain.alert import Urgency
from bot.domain.incident import Duty, Incident, State
from bot.domain.person import Person
from bot.features.incidents import commands, drill_views, events, forms, presses, schedule, views
from bot.features.incidents.course import Resolution
from bot.features.incidents.drill_scripts import Scenario, scenarios
from bot.features.incidents.drills import Drills, Times
from bot.features.incidents.words import Update
from bot.slack.fit import fit, fit_view
from bot.slack.limits import problems
from tests.fakes.names import ANN, BOB
from tests.features.incidents.test_flow import PagerDuty, Room, duty, opening
from tests.features.incidents.test_views import CHECKOUT, NOW, row, seen
from tests.features.incidents.world import PLAN, World, fired, flows, surfaces
from tests.slack.hostile import TEXTS

SCENARIOS = scenarios()


def practice(world: World) -> Drills:
    response = world.response
    return Drills(record=response.record, incidents=response.incidents, course=response.course, scenarios=SCENARIOS)


async def begin(world: World, text: str = "", person: Person = ANN) -> Acts:
    ask = Ask(person=person, at=world.clock(), once=f"slack:{next(world.numbers)}", text=text)
    return await world.commit(lambda: commands.drill(practice(world), ask))


async def tick(world: World) -> Acts:
    return await world.commit(lambda: schedule.drills(practice(world), world.clock()))


def asked(world: World, person: Person = ANN) -> Ask:
    return Ask(person=person, at=world.clock(), once=f"slack:{next(world.numbers)}")


async def titles(world: World, incident: Incident) -> list[str]:
    found = await world.response.record.alerts.of_incident(incident.id)
    return sorted(one.title for one in found if one.firing)


def said(acts: Acts) -> str:
    return " ".join(act.message.text for act in acts if isinstance(act, Reply))


async def over(world: World, minutes: Sequence[int], name: str = "disk") -> Incident:
    """A drill played to its end: acknowledged, led, told and eased after so many minutes."""
    await begin(world, name)
    incident, began = await world.newest(), world.clock()
    response = world.response
    for at, what in zip(minutes, ("acknowledge", "lead", "update", "monitor"), strict=True):
        world.clock.now = began + timedelta(minutes=at)
        await tick(world)
        ask, held = asked(world), await world.again(incident)
        if what == "acknowledge":
            await world.commit(lambda ask=ask, held=held: response.course.acknowledge(ask, held))  # type: ignore[misc]
        elif what == "lead":
            await world.commit(lambda ask=ask, held=held: response.crew.give(ask, held, Duty.LEAD, ANN))  # type: ignore[misc]
        elif what == "update":
            words = Update(text="We look at the disk.", status=held.status)
            await world.commit(lambda ask=ask, held=held, words=words: response.words.update(ask, held, words))  # type: ignore[misc]
        else:
            await world.commit(
                lambda ask=ask, held=held: response.course.set_status(ask, held, State.MONITORING)  # type: ignore[misc]
            )
    world.clock.on(minutes=1)
    await tick(world)
    ask, held = asked(world), await world.again(incident)
    await world.commit(lambda: response.course.resolve(ask, held, Resolution(fixed_by="Dropped the slot")))
    return await world.again(incident)


async def test_there_are_three_scenarios_and_what_they_say_fits() -> None:
    assert sorted(SCENARIOS) == ["certificate", "disk", "payments"]
    for one in SCENARIOS.values():
        assert [cue.after for cue in one.alerts] == sorted(cue.after for cue in one.alerts)
        assert one.alerts[0].after == 0
        assert one.alerts[-1].after <= 600


async def test_its_alerts_come_over_some_minutes_each_once_and_all_after_a_pause(world: World) -> None:
    acts = await begin(world, "payments")
    assert "nothing real is paged" in said(acts)
    incident = await world.newest()
    assert (incident.practice, incident.severity, incident.origin) == (True, "sev2", "drill:payments")
    assert await titles(world, incident) == ["Checkout: 5xx at 12 %"]
    world.clock.on(seconds=70)
    for _ in range(3):
        await tick(world)
    assert await titles(world, incident) == ["Checkout: 5xx at 12 %", "Checkout: p95 latency 8.4 s"]
    world.clock.on(minutes=30)  # the bot was down meanwhile
    await tick(world)
    await tick(world)
    assert len(await titles(world, incident)) == 4
    assert (await world.again(incident)).severity == "sev1"
    assert [one.kind for one in await world.moments(incident)].count("joined") == 4


async def test_what_fires_clears_once_people_watch_that_it_holds(world: World) -> None:
    await begin(world, "payments")
    incident = await world.newest()
    ask = asked(world)
    await world.commit(lambda: world.response.course.set_status(ask, incident, State.MONITORING))
    world.clock.on(minutes=10)
    acts = await tick(world)
    assert await titles(world, incident) == []
    assert (await world.again(incident)).cleared
    assert f"incident.cleared:{incident.id}" in surfaces(acts)


async def test_one_at_a_time_and_the_one_that_waited_longest_is_next(world: World) -> None:
    await begin(world)
    first = await world.newest()
    assert first.origin == "drill:certificate"
    assert "still practised" in said(await begin(world))
    assert len(await world.all()) == 1
    for expected in ("drill:disk", "drill:payments", "drill:certificate"):
        ask, held = asked(world), await world.newest()
        await world.commit(
            lambda ask=ask, held=held: world.response.course.resolve(ask, held, Resolution(fixed_by="x"))  # type: ignore[misc]
        )
        await begin(world)
        assert (await world.newest()).origin == expected
    assert "certificate, disk, payments" in said(await begin_again(world))


async def begin_again(world: World) -> Acts:
    ask, held = asked(world), await world.newest()
    await world.commit(lambda: world.response.course.resolve(ask, held, Resolution(fixed_by="x")))
    return await begin(world, "meteor")


async def test_nothing_real_is_asked_paged_joined_or_merged(world: World) -> None:
    await world.hear(fired(id="Q1", service_ref=None, service_name="search", urgency=Urgency.HIGH))
    real = await world.newest()
    await begin(world, "payments")
    incident = await world.newest()
    page = await world.ask(commands.page, text="@bob the database is gone", channel="", key=incident.name)
    assert "incident.page" not in flows(page)
    assert "nobody is" in said(page)
    assert [one.words for one in await world.moments(incident, "page")] == [
        "Ann would have paged Bob: the database is gone"
    ]
    merge = await world.ask(commands.merge, text=real.name, key=incident.name)
    assert "never merged" in said(merge)
    # A real alert of the same service opens its own.
    await world.hear(fired(id="Q2"))
    assert not (await world.newest()).practice
    draft = commands.draft_of(world.response, "checkout is slow")
    await world.response.board.refresh()
    assert incident.name not in str(fit_view(commands.declare_view(world.response, draft)))


async def test_its_channel_says_practice_and_only_who_began_it_is_invited(world: World) -> None:
    await begin(world, "payments")
    room, pager = Room(), PagerDuty([duty("Bob")])
    await opening(world, room, pager)
    assert room.of("create") == [("inc-1-practice-card-payments-fail", "daywatch-inc-1", False)]
    assert room.of("invite") == [("C0NEW", ANN.id)]
    assert room.of("topic")[0][1].startswith("PRACTICE · SEV2")
    assert pager.did == []


async def test_a_closed_practice_that_comes_back_stays_a_practice(world: World) -> None:
    incident = await over(world, (1, 2, 4, 9))
    await world.commit(lambda: world.response.course.close(incident.id, "enough"))
    await world.ask(commands.reopen, key=incident.name)
    again = await world.newest()
    assert (again.practice, again.origin, again.follows) == (True, "drill:disk", incident.id)


async def test_no_postmortem_is_asked_for_unless_somebody_wants_one(world: World) -> None:
    await over(world, (1, 2, 4, 9))
    (news,) = [act for act in world.acts if isinstance(act, Happened) and act.event == "incident.resolved"]
    assert news.given["postmortem"] is False
    acts = await world.commit(lambda: events.drill_ended(practice(world), news.given))
    assert surfaces(acts) == ["incident.drill:1"]


async def test_its_end_tells_four_times_beside_those_of_the_ones_before(
    world: World, snapshot: SnapshotAssertion
) -> None:
    await over(world, (2, 3, 7, 21))
    await over(world, (3, 3, 9, 30), "certificate")
    incident = await over(world, (1, 2, 5, 12))
    await world.commit(
        lambda: world.response.incidents.channel_made(incident.id, {"id": "C0PRACTICE", "name": "inc-3-practice"})
    )
    drawn = await drill_views.draw(practice(world), str(incident.id))
    assert drawn is not None
    assert drawn.channel == "C0PRACTICE"
    sent = fit(drawn.message)
    assert problems(sent) == []
    assert sent == snapshot


async def test_a_practice_that_nobody_resolves_ends_by_itself_and_does_not_block_the_next(world: World) -> None:
    await begin(world, "payments")
    incident = await world.newest()
    world.clock.on(minutes=119)
    await tick(world)
    assert "still practised" in said(await begin(world, "disk"))
    world.clock.on(minutes=1)
    acts = await tick(world)
    ended = await world.again(incident)
    assert (ended.status, ended.resolved_by) == (State.RESOLVED, "itself")
    assert [one.words for one in await world.moments(incident)][-1] == "Practice ended by itself; nobody resolved it"
    assert [one.given["postmortem"] for one in acts if isinstance(one, Happened)] == [False]
    assert await tick(world) == ()
    times = await practice(world).times(ended)
    assert times.mitigated is None
    told = str(fit(drill_views.over(times, (), None, world.clock())))
    assert "ended by itself; nobody resolved it" in told
    assert "Opening the practice" in said(await begin(world, "disk"))


async def test_a_practice_that_was_reopened_has_its_time_anew(world: World) -> None:
    await begin(world, "payments")
    incident = await world.newest()
    world.clock.on(minutes=121)
    await tick(world)
    ask, held = asked(world), await world.again(incident)
    await world.commit(lambda: world.response.course.reopen(ask, held))
    world.clock.on(minutes=100)
    await tick(world)
    assert (await world.again(incident)).open
    world.clock.on(minutes=20)
    await tick(world)
    assert not (await world.again(incident)).open


async def test_a_real_incident_has_no_times_to_compare(world: World) -> None:
    incident = await world.opened()
    given = {"incident": incident.id, "resolves": 1, "postmortem": True, "by": None}
    assert await world.commit(lambda: events.drill_ended(practice(world), given)) == ()


@pytest.mark.parametrize("text", TEXTS)
def test_every_message_of_a_practice_stays_within_the_limits(text: str) -> None:
    incident = Incident(
        id=142,
        title=text,
        severity="sev1",
        status=State.RESOLVED,
        team="platform",
        practice=True,
        channel="C0INC142",
        opened_at=NOW,
        changed_at=NOW,
    )
    one = Times(incident=incident, acknowledged=None, lead=None, update=timedelta(days=400), mitigated=timedelta(0))
    script = Scenario.model_construct(title=text, severity=1, service="checkout", seen=text, alerts=(), behind=text)
    assert problems(fit(drill_views.over(one, [one] * 5, script, NOW))) == []
    assert problems(fit(drill_views.over(one, (), None, NOW))) == []


def test_a_practice_says_so_wherever_it_is_shown(snapshot: SnapshotAssertion) -> None:
    drill = replace(CHECKOUT, practice=True, responders=())
    shown = seen(drill, alerts=[row()])
    assert views.topic(shown).startswith("PRACTICE · ")
    card = fit(views.card(shown))
    assert card["text"].startswith("PRACTICE")
    assert "nothing real is paged" in str(card)
    resolve = str(fit_view(forms.resolve(drill, PLAN, NOW, firing=0)))
    assert "PagerDuty" not in resolve
    assert "nobody is called" in str(fit_view(forms.page(drill, lambda _: "Ann")))
    assert fit_view(forms.resolve(drill, PLAN, NOW, firing=0)) == snapshot


async def test_pressing_acknowledge_tells_no_pager(world: World) -> None:
    await begin(world, "payments", BOB)
    incident = await world.newest()
    await world.ask(presses.acknowledge, person=BOB, key=incident.name)
    assert (await world.again(incident)).acknowledged_by == "Bob"
    assert {one.alert.source for one in await world.response.record.alerts.of_incident(incident.id)} == {"drill"}
