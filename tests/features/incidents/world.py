"""An incident's whole life without Slack: alerts come in, news is handed over, people ask; on the real store."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from bot.acts import Act, Acts, Ask, Happened, Next, Open, Post, Reply, Start, Wrong
from bot.domain.alert import Agent, Alert, AlertChanged, AlertState, Change, Urgency
from bot.domain.capabilities import Capability, Connections
from bot.domain.incident import Incident
from bot.domain.person import Person, Role
from bot.domain.plan import IncidentRules, Match, Plan, Service, Team
from bot.domain.timeline import Moment
from bot.features.alerts import events as alert_events
from bot.features.alerts.service import Alerts
from bot.features.alerts.silencing import Silencing
from bot.features.incidents import events
from bot.features.incidents.board import Board
from bot.features.incidents.course import Course
from bot.features.incidents.crew import Crew
from bot.features.incidents.lookups import Lookups
from bot.features.incidents.record import Record
from bot.features.incidents.response import Response
from bot.features.incidents.seeing import Seeing
from bot.features.incidents.service import Incidents
from bot.features.incidents.words import Words
from bot.perform import Performer
from bot.slack.fit import fit
from bot.slack.limits import problems
from bot.slack.message import Json, View
from bot.store.alerts import AlertRow, AlertRows
from bot.store.audit import Audit
from bot.store.database import Store
from bot.store.deliveries import Deliveries
from bot.store.incidents import IncidentRows
from bot.store.messages import MessageRows
from bot.store.outbox import Outbox
from bot.store.pending import PendingRows
from bot.store.tasks import TaskRows
from bot.store.timeline import TimelineRows
from tests.fakes.names import ANN, Staff

BEGAN = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)
SAM = Person(id="U0SAM0001", name="Sam", role=Role.VIEWER, email="sam@example.com")
ROBOT = Agent(id="PSVC", name="Events API", person=False)
CAROL = Agent(id="PCAROL", name="Carol", person=True)

PLAN = Plan(
    teams=(Team(name="platform", channel="#platform-ops", services=("checkout", "search")),),
    services=(Service(name="checkout", match=Match(pagerduty="PSVC001")), Service(name="search")),
    incidents=IncidentRules(announce="#incidents", triage="#alerts"),
)
Handler = Callable[[Response, Ask], Awaitable[Acts]]
T = TypeVar("T")


@dataclass(slots=True)
class Hands:
    """The clock on the wall, which only the test moves; by `tick` at each look, if it is to."""

    now: datetime = BEGAN
    tick: timedelta = timedelta()

    def __call__(self) -> datetime:
        self.now += self.tick
        return self.now

    def on(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


@dataclass(slots=True)
class Plugged(Connections):
    """What is connected; a test plugs in what it needs."""

    systems: list[object] = field(default_factory=list)

    def all(self, capability: type[Capability]) -> Sequence[Capability]:
        return [one for one in self.systems if isinstance(one, capability)]


@dataclass(slots=True, kw_only=True)
class World:
    """`hear` is a vendor calling, `ask` a person; both hand on the news that follows from it."""

    store: Store
    clock: Hands
    plugged: "Plugged"
    response: Response
    alerts: Alerts
    silencing: Silencing
    plan: list[Plan]
    performer: Performer
    acts: list[Act] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=count)

    async def hear(self, *news: AlertChanged) -> Acts:
        """Each in a transaction of its own, as the worker does it, and what follows handed over at once."""
        told: list[Act] = []
        for one in news:
            told += await self.commit(lambda one=one: alert_events.changed(self.alerts, one))  # type: ignore[misc]
        return tuple(told)

    async def commit(self, doing: Callable[[], Awaitable[Acts]]) -> Acts:
        async with self.store.transaction():
            acts = list(await doing())
            await self.performer.save(acts)
        self.acts += acts
        told = list(acts)
        for act in acts:
            if isinstance(act, Happened):
                told += await self._heard(act)
        return tuple(told)

    async def _heard(self, news: Happened) -> Acts:
        feature: Mapping[str, Callable[[Any, Mapping[str, Any]], Awaitable[Acts]]] = {
            "alert.fired": events.alert_fired,
            "alert.raised": events.alert_raised,
            "alert.moved": events.alert_moved,
            "alert.silenced": events.alert_silenced,
        }
        if news.event in feature:
            return await self.commit(lambda: feature[news.event](self.response, news.given))
        if news.event in ("alert.placed", "alert.joined"):
            return await self.commit(lambda: alert_events.placed(self.alerts, news.given))
        return ()

    async def slack(self, handler: Callable[[Response, Mapping[str, Any]], Awaitable[Acts]], **given: Any) -> Acts:
        """One of Slack's events."""
        return await self.commit(lambda: handler(self.response, given))

    async def ask(self, handler: Handler, person: Person = ANN, **asked: Any) -> Acts:
        """A person types, presses or submits."""
        await self.response.board.refresh()
        usual: dict[str, Any] = {"person": person, "at": self.clock(), "once": f"slack:{next(self.numbers)}"}
        return await self.commit(lambda: handler(self.response, Ask(**usual | asked)))

    async def opened(self, **values: Any) -> Incident:
        """An incident that an alert opened, with its channel."""
        await self.hear(fired(**values))
        incident = await self.newest()
        await self.commit(
            lambda: self.response.incidents.channel_made(
                incident.id, {"id": f"C0INC{incident.id}", "name": f"inc-{incident.id}-checkout"}
            )
        )
        return await self.again(incident)

    async def newest(self) -> Incident:
        (found, *_) = sorted(await self.all(), key=lambda one: -one.id)
        return found

    async def all(self) -> Sequence[Incident]:
        rows = self.response.record.rows
        return [one for number in range(1, 60) if (one := await rows.get(number)) is not None]

    async def again(self, incident: Incident) -> Incident:
        found = await self.response.record.rows.get(incident.id)
        assert found is not None
        return found

    async def moments(self, incident: Incident, kind: str | None = None) -> Sequence[Moment]:
        found, _ = await self.response.record.timeline.page(incident.id, limit=1000)
        return [one for one in found if kind in (None, one.kind)]

    async def alert(self, number: int = 1) -> AlertRow:
        found = await self.alerts.rows.get(number)
        assert found is not None
        return found


def world_of(store: Store) -> World:
    clock, plan, plugged = Hands(), [PLAN], Plugged()
    incidents, alerts, timeline = IncidentRows(store), AlertRows(store), TimelineRows(store)
    silencing = Silencing(
        rows=alerts,
        incidents=incidents,
        messages=MessageRows(store),
        audit=Audit(store),
        connections=plugged,
        plan=lambda: plan[0],
        clock=clock,
    )
    tasks, pendings, lookups = TaskRows(store), PendingRows(store), Lookups()
    names = Staff((*Staff().people, SAM))
    record = Record(
        rows=incidents,
        alerts=alerts,
        timeline=timeline,
        audit=Audit(store),
        plan=lambda: plan[0],
        names=names,
        clock=clock,
    )
    board = Board(incidents, alerts)
    response = Response(
        record=record,
        incidents=Incidents(record=record, board=board, lookups=lookups),
        course=Course(record=record),
        crew=Crew(record=record, tasks=tasks),
        words=Words(record=record),
        board=board,
        seeing=Seeing(
            record=record,
            tasks=tasks,
            pendings=pendings,
            ticket_of=_no_ticket,
            looking=lookups.looking,
            silenceable=silencing.can,
        ),
        lookups=lookups,
    )
    return World(
        store=store,
        clock=clock,
        plugged=plugged,
        silencing=silencing,
        response=response,
        plan=plan,
        performer=Performer(store=store, outbox=Outbox(store), messages=MessageRows(store), clock=clock),
        alerts=Alerts(
            rows=alerts,
            incidents=incidents,
            messages=MessageRows(store),
            audit=Audit(store),
            deliveries=Deliveries(store),
            silenceable=silencing.can,
            plan=lambda: plan[0],
            clock=clock,
        ),
    )


async def _no_ticket(_incident: int) -> None:
    return None


def alert(**values: Any) -> Alert:
    """An alert of PagerDuty on checkout."""
    usual: dict[str, Any] = {
        "source": "pagerduty",
        "id": "PGR0VU2",
        "title": "Checkout: 5xx at 12 %",
        "state": AlertState.FIRING,
        "occurred_at": BEGAN,
        "started_at": values.get("occurred_at", BEGAN),
        "urgency": Urgency.HIGH,
        "number": "812",
        "url": "https://acme.pagerduty.com/incidents/PGR0VU2",
        "service_ref": "PSVC001",
        "service_name": "Checkout API",
    }
    made = usual | values
    return Alert(**made | {"fingerprint": made.get("fingerprint", f"{made['source']}:{made['id']}")})


def fired(**values: Any) -> AlertChanged:
    return AlertChanged(alert=alert(**values), change=Change.TRIGGERED)


def cleared(at: datetime, by: Agent | None = ROBOT, **values: Any) -> AlertChanged:
    one = alert(state=AlertState.RESOLVED, occurred_at=at, **values)
    return AlertChanged(alert=replace(one, started_at=None), change=Change.RESOLVED, by=by)


def news(change: Change, at: datetime, by: Agent | None = CAROL, words: str = "", **values: Any) -> AlertChanged:
    return AlertChanged(alert=alert(occurred_at=at, **values), change=change, by=by, words=words)


def of(kind: type[T], acts: Acts) -> list[T]:
    return [act for act in acts if isinstance(act, kind)]


def said(acts: Acts) -> str:
    """What the person reads, whether as a message, a view or an error under a field."""
    texts = [act.message.text for act in of(Reply, acts)]
    texts += [words for act in of(Wrong, acts) for words in act.fields.values()]
    texts += [_view_text(act.view) for act in acts if isinstance(act, Next | Open)]
    return " | ".join(texts)


def _view_text(view: View) -> str:
    return f"{view.title} {view.to_dict()['blocks']}"


def flows(acts: Acts) -> list[str]:
    return [act.flow for act in of(Start, acts)]


def surfaces(acts: Acts) -> list[str]:
    return [act.key for act in of(Post, acts)]


async def drawn(world: World, key: str) -> Json:
    """A surface as it is sent, and held to Slack's limits."""
    name, _, rest = key.partition(":")
    draw = {
        "incident.card": world.response.seeing.card,
        "incident.news": world.response.seeing.news,
        "incident.update": world.response.seeing.update,
        "incident.nudge": world.response.seeing.nudge,
        "incident.cleared": world.response.seeing.cleared,
        "incident.tasks": world.response.seeing.task_list,
        "incident.moved": world.response.seeing.moved,
        "incident.gone": world.response.seeing.gone,
        "incident.catch_up": world.response.seeing.catch_up,
        "incident.role": world.response.seeing.role,
        "pending": world.response.seeing.pending,
    }[name]
    found = await draw(rest)
    assert found is not None, f"{key} draws nothing"
    shape = fit(found.message, key=key)
    assert problems(shape) == []
    return shape
