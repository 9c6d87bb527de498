"""A checklist over the real store, with systems that answer what a test tells them to."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bot.acts import Act, Acts, Ask
from bot.domain.capabilities import DailyCheck
from bot.domain.check import Answer, Check, Evidence, Item, Status
from bot.domain.digest import Digest
from bot.domain.oncall import OnCall
from bot.domain.person import Person
from bot.domain.plan import ChecklistRules, Plan
from bot.features.checklist.asking import Asking
from bot.features.checklist.hands import Hands
from bot.features.checklist.own import Own
from bot.features.checklist.record import Record
from bot.features.checklist.routine import Routine, Routines
from bot.features.checklist.seeing import Seeing
from bot.features.checklist.service import Checklist
from bot.features.checklist.today import Agenda
from bot.slack.message import Message
from bot.store.action_items import ActionRows
from bot.store.audit import Audit
from bot.store.claims import ClaimRows
from bot.store.database import Store
from bot.store.digests import DigestRows
from bot.store.incidents import IncidentRows
from bot.store.messages import MessageRows
from bot.store.settings import SettingRows
from tests.fakes.names import ANN, Staff

Capability = TypeVar("Capability")
MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
"""08:30 in Berlin."""

PLAN = Plan.model_validate(
    {
        "teams": [
            {
                "name": "platform",
                "channel": "#platform-ops",
                "timezone": "Europe/Berlin",
                "holidays": "DE",
                "services": ["checkout"],
            }
        ],
        "services": [{"name": "checkout", "match": {"pagerduty": "PSVC001"}}],
    }
)


@dataclass(slots=True)
class Clock:
    """Time as a test tells it."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


Asked = Callable[[], Awaitable[Answer]]


@dataclass(slots=True)
class System(DailyCheck):
    """A connected system: answers by check name. What is an exception is raised."""

    answers: dict[str, Answer | BaseException | Asked] = field(default_factory=dict)
    items: Mapping[str, Item] = field(default_factory=dict)
    patience: float = 10.0
    instance: str | None = None

    def checks(self) -> Sequence[Check]:
        return [
            Check(
                name=name,
                item=self.items.get(name, Item.BACKUPS),
                question="Is it well?",
                ask=self._asking(name),
                instance=self.instance,
                patience=self.patience,
            )
            for name in self.answers
        ]

    def _asking(self, name: str) -> Asked:
        async def ask() -> Answer:
            answer = self.answers[name]
            if isinstance(answer, BaseException):
                raise answer
            return await answer() if callable(answer) else answer

        return ask


@dataclass(slots=True)
class Pager:
    """Knows who is on call, unless it is down."""

    people: Sequence[OnCall] = ()
    trouble: Exception | None = None

    async def on_call(self) -> Sequence[OnCall]:
        if self.trouble is not None:
            raise self.trouble
        return self.people

    async def coming(self, until: datetime) -> Sequence[OnCall]:
        return ()


@dataclass(slots=True)
class Connected:
    adapters: list[object] = field(default_factory=list)

    def all(self, capability: type[Capability]) -> Sequence[Capability]:
        return [one for one in self.adapters if isinstance(one, capability)]


@dataclass(slots=True)
class Desk:
    """Saves what is done in one transaction, and keeps the acts for the test."""

    store: Store
    acts: list[Act] = field(default_factory=list)

    async def record(self, doing: Callable[[], Awaitable[object]]) -> None:
        async with self.store.transaction():
            acts = await doing()
        self.acts.extend(acts if isinstance(acts, list | tuple) else ())


@dataclass(slots=True)
class World:
    """All that a test of the checklist needs in hand."""

    store: Store
    clock: Clock
    system: System
    connected: Connected
    desk: Desk
    checklist: Checklist
    plans: list[Plan]

    def hide(self, *names: str) -> None:
        """As the YAML file says it."""
        self.plans[0] = self.plans[0].model_copy(update={"checklist": ChecklistRules(hide=names)})

    async def routine(self, team: str = "platform") -> Routine:
        return await self.checklist.record.routines.of(team)

    async def posted(self) -> Digest:
        """Today's digest, asked and posted."""
        record = self.checklist.record
        routine = await self.routine()
        await self.desk.record(lambda: record.begin(routine))
        number = await record.open_today(routine)
        asked = await self.checklist.asking.ask(routine)
        await self.desk.record(lambda: record.taken(number, asked))
        await self.desk.record(lambda: record.posted(number))
        return await self.digest(number)

    async def digest(self, number: int) -> Digest:
        found = await self.checklist.record.get(number)
        assert found is not None
        return found

    async def days_later(self, days: int) -> None:
        self.clock.pass_(days=days)

    async def done(self, doing: Callable[[Checklist, Ask], Awaitable[Acts]], ask: Ask) -> Acts:
        """As the router does an act: in one transaction."""
        async with self.store.transaction():
            return await doing(self.checklist, ask)

    def ask(self, key: str = "", text: str = "", *, by: Person = ANN, **more: Any) -> Ask:
        usual: dict[str, Any] = {"on_message": bool(key), "channel": "C0PLATFORM"}
        return Ask(
            person=by, at=self.clock(), once=f"slack:{self.clock()}:{key}:{text}", key=key, text=text, **usual | more
        )


def answer(status: Status, summary: str = "as it should be", *found: Evidence, **more: Any) -> Answer:
    return Answer(status=status, summary=summary, evidence=found, **more)


def finding(key: str, status: Status = Status.FAIL, **more: Any) -> Evidence:
    return Evidence(key=key, title=more.pop("title", key), status=status, **more)


def a_world(store: Store) -> World:
    clock, system, plans = Clock(), System(), [PLAN]
    connected = Connected([system])
    names = Staff()
    desk = Desk(store)
    record = Record(
        digests=DigestRows(store),
        claims=ClaimRows(store),
        messages=MessageRows(store),
        audit=Audit(store),
        routines=Routines(plan=lambda: plans[0], settings=SettingRows(store)),
        plan=lambda: plans[0],
        names=names,
        clock=clock,
    )
    agenda = Agenda(incidents=IncidentRows(store), actions=ActionRows(store))
    asking = Asking(
        connections=lambda: connected,
        own=Own(agenda=agenda, plan=lambda: plans[0], clock=clock),
        plan=lambda: plans[0],
        names=names,
        clock=clock,
    )
    checklist = Checklist(
        record=record,
        asking=asking,
        hands=Hands(record=record),
        seeing=Seeing(record=record, agenda=agenda, titles=str.capitalize),
        desk=desk,
        help=lambda person: Message(f"Help for {person.role.word}"),
    )
    return World(store, clock, system, connected, desk, checklist, plans)


async def never() -> Answer:
    await asyncio.Event().wait()
    raise AssertionError
