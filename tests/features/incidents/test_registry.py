"""An incident's record elsewhere: opened once when somebody asks, linked on the card, and kept in step."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.acts import Acts, Ask, Reply, Start
from bot.domain.capabilities import Registry
from bot.domain.errors import Unavailable
from bot.domain.incident import Incident
from bot.domain.ticket import RecordDraft, RecordKind, RecordMoved, Ticket
from bot.features.incidents import around, commands, registry
from bot.features.incidents.record import registered_as
from bot.features.incidents.registry import Registering
from tests.fakes.names import ANN
from tests.fakes.run import PlainRun
from tests.features.incidents.test_errors import Connected
from tests.features.incidents.test_people import declared
from tests.features.incidents.world import BEGAN, World


@dataclass(slots=True)
class Books(Registry):
    """Remembers what it was told. `trouble` comes first."""

    trouble: list[Exception] = field(default_factory=list)
    drafts: list[RecordDraft] = field(default_factory=list)
    steps: list[tuple[str, bool, str, str]] = field(default_factory=list)

    @property
    def kept_in(self) -> str:
        return "ServiceNow"

    async def register(self, draft: RecordDraft) -> Ticket:
        if self.trouble:
            raise self.trouble.pop(0)
        self.drafts.append(draft)
        return Ticket(key="INC0000042", url="https://acme.service-now.com/incident.do?sys_id=1")

    async def follow(self, once: str, kind: RecordKind, *, done: bool, words: str, step: str) -> None:
        self.steps.append((kind, done, words, step))


def registering(world: World, *books: Books) -> Registering:
    return Registering(response=world.response, connections=Connected(books))


async def asked(world: World, ours: Registering, incident: Incident, text: str = "") -> Acts:
    ask = Ask(person=ANN, at=BEGAN, once="t1", text=text, channel=incident.channel or "")
    return await world.commit(lambda: registry.register(ours, ask))


def reply(acts: Acts) -> str:
    (one,) = [act for act in acts if isinstance(act, Reply)]
    return one.message.text


def starts(acts: Acts, flow: str) -> list[Start]:
    return [act for act in acts if isinstance(act, Start) and act.flow == flow]


async def registered(world: World, ours: Registering, incident: Incident, kind: str = "") -> Incident:
    (start,) = starts(await asked(world, ours, incident, kind), "incident.register")
    run = PlainRun()
    async with world.store.transaction():
        await registry.open_record(run, ours, **start.given)
    return await world.again(incident)


async def test_a_record_is_opened_and_stands_on_the_card_and_the_timeline(world: World) -> None:
    books = Books()
    ours, incident = registering(world, books), await declared(world)
    acts = await asked(world, ours, incident)
    assert reply(acts) == "Opening the incident in ServiceNow. It will be linked on the card."
    incident = await registered(world, ours, incident)
    (draft, *_) = books.drafts
    assert (draft.once, draft.kind, draft.title, draft.rank) == (
        f"daywatch-inc-{incident.id}",
        RecordKind.INCIDENT,
        "checkout is slow sev1",
        0,
    )
    link = incident.links[-1]
    assert (link["title"], link["record"]) == ("ServiceNow INC0000042", "incident")
    words = [moment.words for moment in (await world.response.record.timeline.page(incident.id))[0]]
    assert "Registered as ServiceNow INC0000042" in words
    again = await asked(world, ours, incident)
    assert (reply(again), len(again)) == (f"{incident.name} has its record already: it is on the card.", 1)


async def test_an_incident_and_a_change_are_two_records(world: World) -> None:
    ours, incident = registering(world, Books()), await declared(world)
    incident = await registered(world, ours, incident)
    incident = await registered(world, ours, incident, "Change")
    assert registered_as(incident) == ["incident", "change"]


async def test_a_result_that_comes_twice_is_written_once(world: World) -> None:
    ours, incident = registering(world, Books()), await declared(world)
    record = {"title": "ServiceNow INC1", "url": "https://acme.service-now.com/x"}
    assert await world.commit(lambda: ours.registered(incident.id, "incident", record))
    assert await world.commit(lambda: ours.registered(incident.id, "incident", record)) == ()
    assert len(registered_as(await world.again(incident))) == 1


async def test_without_a_system_or_an_incident_people_are_told(world: World) -> None:
    incident = await declared(world)
    assert "No system that keeps records" in reply(await asked(world, registering(world), incident))
    assert "Register an incident or a change" in reply(await asked(world, registering(world, Books()), incident, "x"))
    elsewhere = Ask(person=ANN, at=BEGAN, once="t2", channel="C0OTHER")
    assert "no incident in this channel" in reply(await registry.register(registering(world, Books()), elsewhere))


async def test_a_system_that_is_down_is_waited_for_or_done_without(world: World) -> None:
    incident = await declared(world)
    ours = registering(world, Books(trouble=[Unavailable("down")]))
    assert registered_as(await registered(world, ours, incident)) == []
    assert around.what_failed("register") == "The record is not open yet"
    assert around.what_failed("record in step") == "The record does not show the newest state yet"


async def test_resolving_reopening_and_updates_are_followed(world: World) -> None:
    books = Books()
    ours, incident = registering(world, books), await declared(world)
    given: dict[str, Any] = {"incident": incident.id, "resolves": 1}
    assert await registry.moved(ours, given) == ()
    incident = await registered(world, ours, incident)
    told = await world.ask(commands.update, text="Rolling back", channel=incident.channel or "")
    (update,) = starts(told, "incident.follow_record")
    await registry.follow_record(PlainRun(), ours, **update.given)
    await world.ask(commands.resolve, text="Rolled back", channel=incident.channel or "")
    (resolved,) = await registry.moved(ours, given)
    assert isinstance(resolved, Start)
    assert resolved.once == f"incident:{incident.id}:record:resolved:1"
    await registry.follow_record(PlainRun(), ours, **resolved.given)
    await world.ask(commands.reopen, channel=incident.channel or "")
    (reopened,) = await registry.moved(ours, given)
    assert isinstance(reopened, Start)
    await registry.follow_record(PlainRun(), ours, **reopened.given)
    name = incident.name
    assert [(done, words) for _, done, words, _ in books.steps] == [
        (False, f"{name}: Rolling back"),
        (True, f"{name}: Rolled back"),
        (False, f"{name}: Reopened"),
    ]


async def test_what_was_over_before_its_record_stood_is_followed_at_once(world: World) -> None:
    ours, incident = registering(world, Books()), await declared(world)
    await world.ask(commands.resolve, text="Rolled back", channel=incident.channel or "")
    record = {"title": "ServiceNow INC1", "url": "https://acme.service-now.com/x"}
    acts = await world.commit(lambda: ours.registered(incident.id, "incident", record))
    (start,) = starts(acts, "incident.follow_record")
    assert start.given["step"] == "resolved:1"


@pytest.mark.parametrize("private", [True, False])
async def test_of_a_private_incident_no_more_is_told_than_that_it_is_over(world: World, *, private: bool) -> None:
    books = Books()
    ours, incident = registering(world, books), await declared(world, private=private)
    incident = await registered(world, ours, incident)
    told = await world.ask(commands.update, text="Key leaked", channel=incident.channel or "")
    assert bool(starts(told, "incident.follow_record")) is not private
    await world.ask(commands.resolve, text="Key rotated", channel=incident.channel or "")
    await registry.follow_record(PlainRun(), ours, incident.id, "resolved:1")
    assert books.steps[-1][2] == f"{incident.name}: {'Resolved' if private else 'Key rotated'}"


def closed(incident: Incident, minutes: int = 5, **changed: Any) -> RecordMoved:
    news = RecordMoved(
        source="servicenow",
        once=f"daywatch-inc-{incident.id}",
        kind=RecordKind.INCIDENT,
        key="INC0000042",
        done=True,
        occurred_at=BEGAN + timedelta(minutes=minutes),
    )
    return replace(news, **changed)


async def told(world: World, incident: Incident) -> list[str]:
    page = (await world.response.record.timeline.page(incident.id))[0]
    return [moment.words for moment in page if "closed there" in moment.words]


async def test_a_record_that_its_own_people_close_is_told_once_and_resolves_nothing(world: World) -> None:
    ours = registering(world, Books())
    incident = await registered(world, ours, await declared(world))
    for _ in range(2):
        await world.commit(lambda: registry.record_moved(ours, closed(incident)))
    assert await told(world, incident) == [
        "ServiceNow INC0000042 was closed there. The incident goes on here until it is resolved"
    ]
    assert (await world.again(incident)).open
    # Opened and closed there once more: news again.
    await world.commit(lambda: registry.record_moved(ours, closed(incident, minutes=9)))
    assert len(await told(world, incident)) == 2


async def test_news_of_a_record_that_is_open_or_not_ours_is_nothing(world: World) -> None:
    ours = registering(world, Books())
    incident = await registered(world, ours, await declared(world))
    nothing = (
        closed(incident, done=False),
        closed(incident, kind=RecordKind.CHANGE),
        closed(incident, once="daywatch-inc-99999"),
        closed(incident, once="daywatch-inc-x"),
        closed(incident, minutes=-60),
    )
    for news in nothing:
        assert await world.commit(partial(registry.record_moved, ours, news)) == ()
    assert await told(world, incident) == []
