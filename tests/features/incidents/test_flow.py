"""What an incident does outside: in rounds, each step harmless when repeated, one failure stopping no other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from bot.acts import Acts, Ask, Start
from bot.domain.capabilities import Capability, ChannelMade, Chat, Connections, Duty, MessageRead, Pager
from bot.domain.errors import Refused, Unavailable, VendorError
from bot.domain.incident import State
from bot.domain.oncall import OnCall
from bot.domain.person import Author
from bot.domain.plan import Match, Service
from bot.durable.run import DoneWithout
from bot.features.incidents import commands, flow, paging, presses
from bot.features.incidents.lookups import Found
from bot.features.incidents.words import Update
from tests.fakes.names import ANN, BOB, KIM
from tests.fakes.run import PlainRun
from tests.features.incidents.world import BEGAN, SAM, World, cleared, drawn, fired, of


@dataclass(slots=True)
class Room(Chat):
    """A workspace that writes down what it was asked. `down` are the errors that come first, by method."""

    did: list[tuple[Any, ...]] = field(default_factory=list)
    down: dict[str, list[VendorError]] = field(default_factory=dict)
    refuses: dict[str, str] = field(default_factory=dict)
    words: dict[str, MessageRead] = field(default_factory=dict)

    def _do(self, *what: Any) -> None:
        if self.down.get(what[0]):
            raise self.down[what[0]].pop(0)
        self.did.append(what)

    async def create_channel(self, name: str, *, marker: str, private: bool) -> ChannelMade:
        self._do("create", name, marker, private)
        return ChannelMade(id="C0NEW", name=name)

    async def show(self, key: str) -> None:
        self._do("show", key)

    async def invite(self, channel: str, users: Sequence[str]) -> dict[str, str]:
        self._do("invite", channel, *users)
        return {user: why for user, why in self.refuses.items() if user in users}

    async def topic(self, channel: str, text: str) -> None:
        self._do("topic", channel, text)

    async def pin(self, key: str) -> None:
        self._do("pin", key)

    async def bookmark(self, channel: str, title: str, url: str) -> None:
        self._do("bookmark", channel, title, url)

    async def react(self, channel: str, ts: str, emoji: str) -> None:
        self._do("react", channel, ts, emoji)

    async def rename(self, channel: str, name: str) -> str:
        return name

    async def archive(self, channel: str) -> None:
        self._do("archive", channel)

    async def user_by_email(self, email: str) -> str | None:
        return "U0DORA0001" if email == "dora@example.com" else None

    async def whisper(self, key: str, channel: str, user: str) -> None:
        self._do("whisper", key, channel, user)

    async def point_to(self, channel: str, *, view: str, user: str, title: str, words: str, key: str) -> None:
        self._do("point", channel, view, user, title, words, key)

    async def message(self, channel: str, ts: str) -> MessageRead | None:
        return self.words.get(ts)

    def of(self, what: str) -> list[tuple[Any, ...]]:
        return [one[1:] for one in self.did if one[0] == what]


@dataclass(slots=True)
class PagerDuty(Pager, Duty):
    duties: list[OnCall] = field(default_factory=list)
    did: list[tuple[Any, ...]] = field(default_factory=list)
    down: list[VendorError] = field(default_factory=list)
    notes: bool = True
    refuses: dict[str, VendorError] = field(default_factory=dict)
    name: str = "pagerduty"

    @property
    def source(self) -> str:
        return self.name

    @property
    def takes_notes(self) -> bool:
        return self.notes

    async def on_call(self) -> Sequence[OnCall]:
        if self.down:
            raise self.down.pop(0)
        return self.duties

    async def coming(self, until: datetime) -> Sequence[OnCall]:
        raise NotImplementedError

    async def acknowledge(self, alert: str, by: Author) -> None:
        if alert in self.refuses:
            raise self.refuses[alert]
        self.did.append(("acknowledge", alert, by.email))

    async def resolve(self, alert: str, by: Author, words: str) -> None:
        self.did.append(("resolve", alert, by.email, words))

    async def note(self, alert: str, text: str, by: Author, *, once: str) -> None:
        self.did.append(("note", alert, text))

    async def page(
        self, service_ref: str, title: str, message: str, by: Author, *, once: str, email: str | None
    ) -> str:
        self.did.append(("page", service_ref, title, message, by.email, once, email))
        return "PPAGE1"


@dataclass(slots=True)
class Cables(Connections):
    systems: Sequence[object] = ()

    def all(self, capability: type[Capability]) -> Sequence[Capability]:
        return [one for one in self.systems if isinstance(one, capability)]


@dataclass(slots=True)
class Notary:
    world: World

    async def record(self, doing: Callable[[], Awaitable[object]]) -> None:
        async def acts() -> Acts:
            return await doing()  # type: ignore[return-value] # what these flows record is acts

        await self.world.commit(acts)


def duty(name: str, ref: str | None = "PSVC001", level: int = 1) -> OnCall:
    return OnCall(name=name, email=f"{name.lower()}@example.com", level=level, service_ref=ref, service_name="Checkout")


async def opening(world: World, room: Room, *systems: object, number: int = 1, **waiting: str) -> PlainRun:
    run = PlainRun(f"incident:{number}:open")
    await flow.open_channel(run, world.response, room, Cables(systems), Notary(world), number, **waiting)
    return run


async def test_a_channel_opens_in_three_rounds_with_everything_in_it(world: World) -> None:
    await world.hear(fired())
    room, pager = Room(), PagerDuty([duty("Kim", level=2), duty("Bob"), duty("Zoe", "POTHER")])
    run = await opening(world, room, pager)
    assert run.failed == []
    assert room.of("create") == [("inc-1-checkout-5xx-at-12", "daywatch-inc-1", False)]
    assert room.of("invite") == [("C0NEW", BOB.id, KIM.id)]
    assert room.of("topic") == [("C0NEW", "SEV2 · investigating · lead nobody · checkout")]
    assert room.of("show") == [("incident.card:1",), ("incident.news:1",)]
    assert room.of("bookmark") == [("C0NEW", "Alert", "https://acme.pagerduty.com/incidents/PGR0VU2")]
    assert room.did[-1] == ("pin", "incident.card:1")
    assert len(room.did) <= 8
    incident = (await world.all())[0]
    assert (incident.channel, incident.channel_name) == ("C0NEW", "inc-1-checkout-5xx-at-12")
    assert incident.responders == (BOB.id, KIM.id)


async def test_opened_a_second_time_it_stays_in_its_channel(world: World) -> None:
    """The engine may have lost its journal; by then the channel has a topic, and looks like no empty try any more."""
    await world.hear(fired())
    room = Room()
    await opening(world, room)
    await opening(world, room)
    assert len(room.of("create")) == 1
    assert {channel for channel, _ in room.of("topic")} == {"C0NEW"}
    assert len(room.of("pin")) == 2


async def test_a_private_one_is_private_and_announced_nowhere(world: World) -> None:
    await world.ask(commands.declared, BOB, values={"title": "leak", "severity": "sev1", "how": ("private",)})
    room = Room()
    await opening(world, room)
    assert room.of("create")[0][2] is True
    assert room.of("show") == [("incident.card:1",)]
    assert room.of("invite") == [("C0NEW", BOB.id)]


async def test_who_cannot_be_brought_is_named_and_loses_no_other(world: World) -> None:
    await world.hear(fired())
    room = Room(refuses={KIM.id: "deactivated"})
    pager = PagerDuty([duty("Bob"), duty("Dora"), duty("Stranger"), duty("Kim")])
    await opening(world, room, pager)
    assert room.of("invite") == [("C0NEW", BOB.id, "U0DORA0001", KIM.id)]
    incident = (await world.all())[0]
    assert incident.responders == (BOB.id, "U0DORA0001")
    assert incident.missing == {"Stranger": "nobody in Slack has their e-mail address", "Kim": "deactivated"}


@pytest.mark.parametrize("what", ["show", "topic", "bookmark", "invite"])
async def test_one_failure_stops_nothing_else(world: World, what: str) -> None:
    await world.hear(fired())
    room = Room(down={what: [Unavailable("down")]})
    run = await opening(world, room, PagerDuty([duty("Bob")]))
    assert len(run.failed) == 1
    assert room.of("pin") == [("incident.card:1",)]
    await run.settle()
    assert [len(room.of(one)) for one in ("show", "invite", "topic", "bookmark")] == [2, 1, 1, 1]


async def test_a_pager_that_is_down_is_asked_again_for_who_is_on_call(world: World) -> None:
    await world.hear(fired())
    room, pager = Room(), PagerDuty([duty("Bob")], down=[Unavailable("down"), Unavailable("down")])
    run = await opening(world, room, pager)
    assert [one.name for one in run.failed] == ["invite"]
    assert room.of("pin") == [("incident.card:1",)]
    await run.settle()
    assert room.of("invite") == [("C0NEW", BOB.id)]


async def test_who_declared_it_comes_into_the_channel_though_the_pager_is_down(world: World) -> None:
    await world.ask(commands.declare, BOB, text="checkout is slow")
    room, pager = Room(), PagerDuty([duty("Kim")], down=[Unavailable("down"), Unavailable("down")])
    run = await opening(world, room, pager)
    assert [one.name for one in run.failed] == ["invite"], "who is on call is still to be found out"
    assert room.of("invite") == [("C0NEW", BOB.id)]
    await run.settle()
    assert room.of("invite")[-1] == ("C0NEW", KIM.id, BOB.id)


async def test_whoever_waits_in_a_form_is_pointed_to_the_channel(world: World) -> None:
    acts = await world.ask(commands.declared, BOB, view_id="V1", values={"title": "x", "severity": "sev1"})
    (start,) = [one for one in acts if isinstance(one, Start) and one.flow == "incident.open"]
    assert start.given == {"incident": 1, "view": "V1", "user": BOB.id}
    room = Room(down={"topic": [Unavailable("down")]})
    await opening(world, room, view="V1", user=BOB.id)
    assert room.of("point") == [("C0NEW", "V1", BOB.id, "Ready", "INC-1 is ready:", f"incident.ready:1:{BOB.id}")]


async def test_who_is_on_call_is_looked_up_until_it_is_known(world: World) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()

    async def look() -> Found:
        asked.set()
        await answered.wait()
        return Found(users=[BOB.id], missing={})

    await world.opened()
    lookups = world.response.lookups
    lookups.begin(1, look)
    waiting = asyncio.create_task(lookups.result(1, look))
    await asked.wait()
    assert "*On call* looking" in str(await drawn(world, "incident.card:1"))
    answered.set()
    assert (await waiting)["users"] == [BOB.id]
    assert "*On call* nobody found yet" in str(await drawn(world, "incident.card:1"))


async def test_with_no_known_service_nobody_is_called_out_of_bed(world: World) -> None:
    await world.hear(fired(service_ref=None, service_name=None))
    room = Room()
    await opening(world, room, PagerDuty([duty("Bob"), duty("Kim", None)]))
    assert room.of("invite") == []


async def test_an_incident_that_vanished_is_refused(world: World) -> None:
    with pytest.raises(DoneWithout):
        await opening(world, Room(), number=77)


async def test_the_pager_hears_of_what_we_did_unless_it_is_reopened_meanwhile(world: World) -> None:
    incident = await world.opened()
    pager = PagerDuty()
    cables = Cables([pager])
    await paging.tell_acknowledged(PlainRun(), world.response, cables, [1], BOB.id)
    await paging.tell_resolved(PlainRun(), world.response, cables, 1, [1], BOB.id)
    assert pager.did == [("acknowledge", "PGR0VU2", "bob@example.com")], "it is open (again): nothing is resolved there"
    await world.ask(commands.resolve, BOB, channel=incident.channel, text="rolled back")
    await paging.tell_resolved(PlainRun(), world.response, cables, 1, [1], BOB.id)
    assert pager.did[-1] == ("resolve", "PGR0VU2", "bob@example.com", "rolled back")
    await paging.tell_resolved(PlainRun(), world.response, Cables(), 1, [1], BOB.id)
    assert len(pager.did) == 2


async def test_of_two_pagers_the_one_that_knows_the_service_is_called_under_its_own_id(world: World) -> None:
    await world.opened()
    opsgenie, pagerduty = PagerDuty(name="opsgenie"), PagerDuty()
    both = Cables([opsgenie, pagerduty])
    await paging.page(PlainRun("incident:1:page:t1"), world.response, both, 1, BOB.id, "help", None)
    assert ([one[1] for one in pagerduty.did], opsgenie.did) == (["PSVC001"], [])
    team = Service(name="checkout", match=Match(opsgenie="t1"))
    world.plan[0] = world.plan[0].model_copy(update={"services": (team,)})
    for to in (None, KIM.id):
        await paging.page(PlainRun("incident:1:page:t2"), world.response, both, 1, BOB.id, "help", to)
    assert [one[1] for one in opsgenie.did] == ["t1", "t1"]


async def test_a_page_carries_its_key_and_goes_to_the_service_or_the_person(world: World) -> None:
    await world.opened()
    pager = PagerDuty()
    run = PlainRun("incident:1:page:slack:t1")
    await paging.page(run, world.response, Cables([pager]), 1, BOB.id, "help", None)
    await paging.page(run, world.response, Cables([pager]), 1, BOB.id, "help", KIM.id)
    title = "INC-1 Checkout: 5xx at 12 %"
    once = "incident:1:page:slack:t1"
    assert pager.did == [
        ("page", "PSVC001", title, "help", "bob@example.com", once, None),
        ("page", "PSVC001", title, "help", "bob@example.com", once, "kim@example.com"),
    ]


async def test_an_update_is_noted_where_the_alert_was_raised(world: World) -> None:
    incident = await world.opened()
    acts = await world.ask(commands.update, BOB, channel=incident.channel, text="We roll back: 2.14.0")
    (start,) = [act for act in of(Start, acts) if act.flow == "alert.note"]
    pager = PagerDuty()
    for cables in (Cables([pager]), Cables(), Cables([PagerDuty(notes=False)])):
        await paging.tell_update(PlainRun(), world.response, cables, **start.given)
    assert pager.did == [("note", "PGR0VU2", "We roll back: 2.14.0")]


async def test_an_update_that_is_private_a_drill_or_for_the_channel_alone_stays_here(world: World) -> None:
    incident = await world.opened()
    alone = Update(text="nobody else", status=State.INVESTIGATING, stakeholders=False)
    asked = Ask(person=BOB, once="slack:1", at=BEGAN)
    async with world.store.transaction():
        secret, to_all = replace(incident, private=True), replace(alone, stakeholders=True)
        first = await world.response.words.update(asked, incident, alone)
        second = await world.response.words.update(asked, secret, to_all)
        acts = (*first, *second, *(await world.response.words.update(asked, replace(incident, practice=True), to_all)))
    assert "alert.note" not in [act.flow for act in of(Start, acts)]


async def test_of_a_storm_the_first_few_alerts_get_the_update(world: World) -> None:
    incident = await world.opened()
    await world.hear(*(fired(id=f"Q{number}") for number in range(10)))
    acts = await world.ask(commands.update, BOB, channel=incident.channel, text="We roll back")
    (start,) = [act for act in of(Start, acts) if act.flow == "alert.note"]
    assert start.given["alerts"] == [1, 2, 3]


async def test_of_many_alerts_one_that_fails_stops_no_other_and_people_are_told_once(world: World) -> None:
    incident = await world.opened(id="Q1")
    await world.hear(*(fired(id=f"Q{number}") for number in range(2, 11)))
    acts = await world.ask(presses.acknowledge, BOB, key=incident.name)
    (start,) = [act for act in of(Start, acts) if act.flow == "alert.acknowledge"]
    pager = PagerDuty(refuses={"Q1": Refused("gone"), "Q2": Unavailable("down"), "Q3": Refused("gone")})
    run = PlainRun()
    await paging.tell_acknowledged(run, world.response, Cables([pager]), **start.given)
    assert [one.reason for one in run.failed] == ["down"], "what another try may heal is tried again"
    assert sorted(one[1] for one in pager.did) == sorted(f"Q{number}" for number in range(4, 11))


async def test_without_a_pager_a_page_says_what_to_set(world: World) -> None:
    await world.opened()
    run = PlainRun()
    await paging.page(run, world.response, Cables(), 1, BOB.id, "help", None)
    assert "Set PAGERDUTY_API_KEY" in run.failed[0].reason


async def test_a_message_is_kept_with_its_own_words(world: World) -> None:
    await world.opened()
    room = Room(words={"1.1": MessageRead(words="It is the pool", author=KIM.id)})
    for ts in ("1.1", "9.9"):
        await flow.keep_message(PlainRun(), world.response, room, Notary(world), 1, "C0INC1", ts, BOB.id, None)
    incident = (await world.all())[0]
    assert [one.words for one in await world.moments(incident, "message")] == ["Kim: It is the pool"]


async def test_each_follower_gets_each_update_and_one_who_cannot_be_told_stops_nobody(world: World) -> None:
    await world.opened()
    async with world.store.transaction():
        await world.response.record.rows.change(1, BEGAN, followers=[SAM.id, ANN.id])
    room = Room(down={"show": [Refused("blocked")]})
    run = PlainRun()
    await flow.broadcast(run, world.response, room, 1, 1795400000)
    assert room.of("show") == [(f"incident.copy:1:1795400000:{ANN.id}",)]
    assert [one.name for one in run.failed] == [f"tell {SAM.id}"]


async def test_people_move_on_when_incidents_merge(world: World) -> None:
    await world.opened()
    await world.opened(id="Q2", service_ref=None, service_name="search")
    async with world.store.transaction():
        await world.response.record.rows.change(2, BEGAN, lead=KIM.id, responders=[BOB.id, KIM.id])
    room = Room()
    await flow.merged(PlainRun(), world.response, room, 2, 1)
    assert room.did == [("show", "incident.moved:2"), ("invite", "C0INC1", KIM.id, BOB.id)]


async def test_what_waits_for_the_channel_is_tried_again(world: World) -> None:
    await world.hear(fired())
    run = PlainRun()
    await flow.invite(run, world.response, Room(), 1, BOB.id)
    await flow.bookmark(run, world.response, Room(), 1, "Bridge", "https://meet.example.com")
    assert [one.reason for one in run.failed] == ["the channel is not there yet"] * 2
    room = Room()
    await flow.set_topic(PlainRun(), world.response, room, 1)
    assert room.did == []


async def test_a_closed_channel_is_archived_once_and_a_gone_one_is_left_alone(world: World) -> None:
    await world.opened()
    await world.hear(cleared(BEGAN))
    room = Room()
    await flow.archive(PlainRun(), world.response, room, 1)
    async with world.store.transaction():
        await world.response.record.rows.change(1, BEGAN, gone="archived")
    await flow.archive(PlainRun(), world.response, room, 1)
    await flow.catch_up(PlainRun(), world.response, room, 1, BOB.id)
    assert room.did == [("archive", "C0INC1")]


async def test_a_late_joiner_is_told_unless_they_were_called(world: World) -> None:
    await world.opened()
    async with world.store.transaction():
        await world.response.record.rows.change(1, BEGAN, responders=[BOB.id])
    room = Room()
    await flow.catch_up(PlainRun(), world.response, room, 1, BOB.id)
    await flow.catch_up(PlainRun(), world.response, room, 1, SAM.id)
    assert room.did == [("whisper", "incident.catch_up:1", "C0INC1", SAM.id)]
