"""A team with an incident that is over, a ticket tracker that counts, and a clock that can be moved."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from bot.acts import Acts, Ask, Happened, Next, Post, Reply, Start, Wrong
from bot.domain.capabilities import Connections, Ticketing, TicketSearch
from bot.domain.errors import VendorError
from bot.domain.incident import Incident, State
from bot.domain.person import Person, Role
from bot.domain.plan import Plan, Team
from bot.domain.suspicion import Changed
from bot.domain.ticket import Ticket, TicketChanged, TicketDraft, TicketState
from bot.domain.timeline import Moment
from bot.features.postmortems import flow
from bot.features.postmortems.record import Record
from bot.features.postmortems.service import Postmortems
from bot.slack.message import View
from bot.store.action_items import ActionItem, ActionRows
from bot.store.alerts import AlertRows
from bot.store.audit import Audit
from bot.store.database import Store
from bot.store.incidents import IncidentRows
from bot.store.pending import PendingRows
from bot.store.postmortems import Postmortem, PostmortemRows
from bot.store.timeline import TimelineRows
from tests.fakes.run import PlainRun
from tests.store import an_incident

ANN = Person(id="U0ANN", name="Ann", role=Role.RESPONDER, email="ann@example.com")
BOB = Person(id="U0BOB", name="Bob", role=Role.RESPONDER, email="bob@example.com")
SAM = Person(id="U0SAM", name="Sam", role=Role.VIEWER, email="sam@example.com")
GIL = Person(id="U0GIL", name="Gil", role=Role.VIEWER, guest=True)
BEGAN = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)
"""A Monday."""

T = TypeVar("T")
Handler = Callable[[Postmortems, Any], Awaitable[Acts]]


class Known:
    """Four people, from memory."""

    def __init__(self) -> None:
        self.people = {one.id: one for one in (ANN, BOB, SAM, GIL)}

    def name(self, user: str | None) -> str:
        return self.people[user].name if user in self.people else (user or "nobody")

    def known(self, user: str) -> Person | None:
        return self.people.get(user)

    def by_email(self, email: str) -> Person | None:
        return next((one for one in self.people.values() if one.email == email), None)

    def by_name(self, name: str) -> Person | None:
        return next((one for one in self.people.values() if one.name == name), None)


class Tracker(Ticketing, TicketSearch):
    """Counts what it makes; a repeat of `once` finds the first. `down` are the errors that come first, by method."""

    def __init__(self) -> None:
        self.made: dict[str, Ticket] = {}
        self.drafts: list[TicketDraft] = []
        self.links: set[tuple[str, str]] = set()
        self.pointers: dict[tuple[str, str], str] = {}
        self.moves: list[tuple[str, bool]] = []
        self.changes: list[tuple[str, Mapping[str, object]]] = []
        self.texts: list[tuple[str, str]] = []
        self.down: dict[str, list[VendorError]] = {}
        self.lost: dict[str, list[VendorError]] = {}
        """Errors after it was applied: the answer got lost."""

    async def file(self, draft: TicketDraft) -> Ticket:
        self._fail(self.down, "file")
        if draft.once not in self.made:
            key = f"OPS-{42 + len(self.made) + 1}"
            self.made[draft.once] = Ticket(
                key=key, url=f"https://jira.example.com/browse/{key}", status="To Do", summary=draft.summary
            )
            self.drafts.append(draft)
        self._fail(self.lost, "file")
        return self.made[draft.once]

    async def relate(self, ticket: str, to: str) -> None:
        self._fail(self.down, "relate")
        self.links.add((ticket, to))

    async def point_back(self, ticket: str, url: str, title: str, *, once: str) -> None:
        self._fail(self.down, "point_back")
        self.pointers[ticket, once] = url

    async def move(self, ticket: str, *, done: bool) -> None:
        self._fail(self.down, "move")
        self.moves.append((ticket, done))
        self.set(ticket, TicketState.DONE if done else TicketState.NEW)

    async def change(
        self, ticket: str, *, due: date | None, assignee_email: str | None, summary: str | None = None
    ) -> None:
        self._fail(self.down, "change")
        given = {"due": due, "assignee": assignee_email, "summary": summary}
        self.changes.append((ticket, {name: value for name, value in given.items() if value is not None}))

    async def rewrite(self, ticket: str, body: str) -> None:
        self._fail(self.down, "rewrite")
        self.texts.append((ticket, body))

    async def tickets(self, keys: Sequence[str]) -> Sequence[Ticket]:
        self._fail(self.down, "tickets")
        return [one for one in self.made.values() if one.key in keys or one.was in keys]

    @property
    def kept_in(self) -> str:
        return "Jira"

    async def search(self, words: str, *, most: int) -> Sequence[Ticket]:
        self._fail(self.down, "search")
        return [one for one in self.made.values() if words.lower() in one.summary.lower()][:most]

    def set(self, key: str, state: TicketState) -> None:
        """Somebody moves it in the tracker."""
        for once, one in self.made.items():
            if one.key == key:
                self.made[once] = replace(one, state=state, status=state.value)

    def _fail(self, plan: Mapping[str, list[VendorError]], method: str) -> None:
        if plan.get(method):
            raise plan[method].pop(0)


class Connects(Connections):
    def __init__(self, *systems: object) -> None:
        self.systems = list(systems)

    def all(self, capability: type[T]) -> Sequence[T]:
        return [one for one in self.systems if isinstance(one, capability)]


FLOWS: Mapping[str, Callable[..., Awaitable[None]]] = {
    "postmortem.file": flow.file,
    "postmortem.link": flow.link,
    "action.move": flow.move,
    "action.change": flow.change,
    "postmortem.sync": flow.sync,
}


@dataclass(kw_only=True)
class World:
    """What a test does: press, send, hear, let time pass. What was asked for is kept in `acts`."""

    store: Store
    tracker: Tracker
    connections: Connects
    postmortems: Postmortems
    changed: Changed | None = None
    now: datetime = BEGAN + timedelta(hours=2)
    acts: list[Any] = field(default_factory=list)
    begun: set[str] = field(default_factory=set)
    runs: list[PlainRun] = field(default_factory=list)
    asked: "count[int]" = field(default_factory=count)

    # Doing.

    async def record(self, doing: Callable[[], Awaitable[object]]) -> None:
        """The recorder of flows."""
        async with self.store.transaction():
            acts: Any = await doing()
        self.acts.extend(acts)

    async def act(self, handler: Handler, ask: Any) -> list[Any]:
        """An act in its transaction; what it asks for is kept, and answered."""
        async with self.store.transaction():
            acts = list(await handler(self.postmortems, ask))
        self.acts.extend(acts)
        return acts

    async def hear(self, handler: Handler, **given: Any) -> list[Any]:
        return await self.act(handler, given)

    def ask(self, person: Person = ANN, **more: Any) -> Ask:
        return Ask(person=person, at=self.now, once=f"slack:{next(self.asked)}", **more)

    def starts(self, name: str = "") -> list[Start]:
        """What is to begin and has not, one for each key."""
        found = {one.once: one for one in self.acts if isinstance(one, Start) and one.once not in self.begun}
        return [one for one in found.values() if name in ("", one.flow)]

    async def work(self, *, tries: int = 1) -> list[PlainRun]:
        """Run what is to begin, and what that begins, to the end."""
        ran = []
        while waiting := self.starts():
            for one in waiting:
                self.begun.add(one.once)
                ran.append(await self.run(one, tries=tries))
        return ran

    async def run(self, one: Start, *, tries: int = 1) -> PlainRun:
        run = Recorded(self, one.once, tries=tries)
        services: dict[str, Any] = {"postmortems": self.postmortems, "connections": self.connections}
        if one.flow != "postmortem.link":
            services["recorder"] = self
        await FLOWS[one.flow](run, **services, **one.given)
        self.runs.append(run)
        return run

    # Looking.

    async def row(self, number: int = 1) -> Postmortem:
        found = await self.postmortems.record.rows.get(number)
        assert found is not None
        return found

    async def items(self, number: int = 1) -> Sequence[ActionItem]:
        return await self.postmortems.record.actions.of_incident(number)

    async def words(self, number: int = 1) -> list[str]:
        moments, _ = await self.postmortems.record.timeline.page(number, limit=2000)
        return [one.words for one in moments]

    def happened(self, event: str) -> list[Mapping[str, Any]]:
        return [one.given for one in self.acts if isinstance(one, Happened) and one.event == event]

    @property
    def posted(self) -> set[str]:
        return {one.key for one in self.acts if isinstance(one, Post)}

    # Making.

    async def over(self, **values: Any) -> Incident:
        """An incident that was resolved."""
        usual: dict[str, Any] = {
            "status": State.RESOLVED,
            "lead": ANN.id,
            "resolved_at": BEGAN + timedelta(minutes=84),
            "ended_at": BEGAN + timedelta(minutes=84),
            "acknowledged_at": BEGAN + timedelta(minutes=4),
            "resolved_by": "Ann",
            "fixed_by": "rolled back to 2.14.0",
            "impact": "About 12 % of payments failed.",
            "resolves": 1,
        }
        incident = await an_incident(self.store, BEGAN, **usual | values)
        for minute, kind, words in (
            (0, "opened", "alertmanager: HighErrorRate"),
            (19, "status", "Ann set the status to identified"),
            (50, "status", "Ann set the status to monitoring"),
            (84, "resolved", "Ann resolved the incident: rolled back"),
        ):
            moment = Moment(at=BEGAN + timedelta(minutes=minute), kind=kind, words=words, who=ANN.id, key=True)
            await self.postmortems.record.timeline.add(incident.id, moment)
        return incident

    async def written(self, *actions: tuple[str, str | None, date | None], number: int = 1) -> None:
        """A postmortem that was filed with these actions; what follows outside is done too."""
        from bot.features.postmortems import presses  # noqa: PLC0415 - only the tests that write need the handlers

        memory = {"incident": f"INC-{number}"}
        values: dict[str, Any] = {}
        for place, (what, owner, due) in enumerate(actions, 1):
            values |= {
                f"what_n{place}": what,
                f"owner_n{place}": owner,
                f"due_n{place}": due.isoformat() if due else None,
            }
        if values:
            await self.act(presses.actions_sent, self.ask(values=values, private=memory))
        await self.act(presses.submitted, self.ask(private=memory))
        await self.work()

    def news(self, key: str, state: TicketState, **more: Any) -> TicketChanged:
        usual = {"source": "jira", "status": state.value, "occurred_at": self.now, "by": "Kim"}
        return TicketChanged(**{**usual, "key": key, "state": state, **more})


class Recorded(PlainRun):
    """Its records are the world's: in a transaction, and what they ask for is kept."""

    def __init__(self, world: World, key: str, *, tries: int) -> None:
        super().__init__(key, tries=tries)
        self._world = world

    async def record(self, name: str, doing: Callable[..., Awaitable[object]], /, *args: Any, **kwargs: Any) -> None:
        self.steps.append(name)
        await self._world.record(lambda: doing(*args, **kwargs))


def world_of(store: Store, plan: Plan | None = None) -> World:
    tracker = Tracker()
    connections = Connects(tracker)
    team = Team(name="platform", timezone="Europe/Berlin", holidays="DE", services=())
    held: list[World] = []

    async def changed(_incident: Incident) -> Changed | None:
        return held[0].changed

    record = Record(
        rows=PostmortemRows(store),
        actions=ActionRows(store),
        incidents=IncidentRows(store),
        alerts=AlertRows(store),
        timeline=TimelineRows(store),
        pendings=PendingRows(store),
        audit=Audit(store),
        connections=connections,
        plan=lambda: plan or Plan(teams=(team,)),
        names=Known(),
        clock=lambda: held[0].now,
        channel_url=lambda channel: f"https://acme.slack.example.com/archives/{channel}",
        changed=changed,
    )
    made = World(store=store, tracker=tracker, connections=connections, postmortems=Postmortems.of(record))
    held.append(made)
    return made


def view_in(acts: Sequence[Any]) -> View:
    return next(one.view for one in acts if isinstance(one, Next))


def wrong_in(acts: Sequence[Any]) -> Mapping[str, str]:
    return next(one.fields for one in acts if isinstance(one, Wrong))


def said_in(acts: Sequence[Any]) -> str:
    return next(one.message.text for one in acts if isinstance(one, Reply))


def shown(view: View) -> str:
    """All of a view as one text, to look for words in."""
    return str(view.to_dict())
