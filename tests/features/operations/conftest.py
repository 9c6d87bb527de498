"""The feature on the real store, with systems and pagers that answer as told, and a Slack that keeps what is shown."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.acts import Ask
from bot.domain.capabilities import Capability, Connections, Duty
from bot.domain.errors import VendorError
from bot.domain.oncall import OnCall
from bot.domain.person import Person, Role
from bot.domain.plan import Plan, Service, Team
from bot.features.operations import home_views
from bot.features.operations.homes import Homes
from bot.features.operations.plans import Plans, Reread
from bot.features.operations.service import Operations
from bot.features.operations.systems import Systems, SystemState
from bot.slack.message import View
from bot.store.action_items import ActionRows
from bot.store.audit import Audit
from bot.store.claims import ClaimRows
from bot.store.database import Store
from bot.store.incidents import IncidentRows
from bot.store.settings import SettingRows
from bot.store.tasks import TaskRows
from tests.fakes.names import ANN, BOB, GIL, KIM, Staff
from tests.store import opened

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PLAN = Plan(teams=(Team(name="platform", services=("checkout",)),), services=(Service(name="checkout"),))
OFFERS = frozenset(
    {
        home_views.DECLARE,
        home_views.REFRESH,
        home_views.CONNECTED,
        "checklist.now.v1",
        "runbooks.search.v1",
        "oncall.show.v1",
        "incidents.update.v1",
    }
)


class Roster(Staff):
    def having(self, role: Role) -> Sequence[Person]:
        return sorted((one for one in (ANN, BOB, KIM, GIL) if one.role >= role), key=lambda one: one.name)


@dataclass(slots=True, kw_only=True)
class Board(Duty):
    """`trouble` is what it raises."""

    duties: Sequence[OnCall] = ()
    trouble: Exception | None = None
    asked: int = 0

    async def on_call(self) -> Sequence[OnCall]:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return self.duties

    async def coming(self, until: datetime) -> Sequence[OnCall]:
        raise NotImplementedError


@dataclass(slots=True)
class Linked(Connections):
    adapters: list[object] = field(default_factory=list)

    def all(self, capability: type[Capability]) -> Sequence[Capability]:
        return [one for one in self.adapters if isinstance(one, capability)]


@dataclass(slots=True)
class Tabs:
    """What Slack shows as people's Home tabs."""

    shown: dict[str, View] = field(default_factory=dict)
    trouble: VendorError | None = None

    async def publish(self, user: str, view: View) -> str:
        if self.trouble is not None:
            raise self.trouble
        self.shown[user] = view
        return "V1"


@dataclass(slots=True, kw_only=True)
class Place:
    """The feature with its surroundings; `now` moves by hand."""

    store: Store
    now: datetime = NOW
    plan: Plan = PLAN
    states: Sequence[SystemState] = ()
    reading: Callable[[], Reread] = lambda: Reread(path="daywatch.yaml")
    asked: int = 0
    linked: Linked = field(default_factory=Linked)
    tabs: Tabs = field(default_factory=Tabs)

    async def ask(self) -> Sequence[SystemState]:
        self.asked += 1
        return self.states

    def service(self) -> Operations:
        def clock() -> datetime:
            return self.now

        systems = Systems(ask=self.ask, off=lambda: ("Argo CD", "Velero"), clock=clock)
        homes = Homes(
            incidents=IncidentRows(self.store),
            tasks=TaskRows(self.store),
            actions=ActionRows(self.store),
            claims=ClaimRows(self.store),
            names=Roster(),
            plan=lambda: self.plan,
            connections=self.linked,
            systems=systems,
            publish=self.tabs.publish,
            offers=OFFERS,
            clock=clock,
        )
        return Operations(
            systems=systems,
            plans=Plans(read=self.reading, rows=SettingRows(self.store), clock=clock),
            homes=homes,
            roster=Roster(),
            audit=Audit(self.store),
            plan=lambda: self.plan,
            needs=[("/incident list", Role.VIEWER), ("/daywatch reload", Role.ADMIN)],
            version="0.1.0",
            clock=clock,
        )


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with opened(tmp_path) as store:
        yield Place(store=store)


def asks(person: Person = ANN, **values: Any) -> Ask:
    usual: dict[str, Any] = {"person": person, "at": NOW, "once": "slack:1", "channel": "C0OPS"}
    return Ask(**usual | values)
