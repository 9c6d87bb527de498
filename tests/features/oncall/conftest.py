"""The feature with pagers that answer as told, on the real store."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.capabilities import Capability, Connections, Duty, Pager
from bot.domain.errors import VendorError
from bot.domain.oncall import OnCall
from bot.domain.person import Author
from bot.domain.plan import Match, Plan, Service, Team
from bot.features.oncall.service import Duties
from bot.store.audit import Audit
from bot.store.database import Store
from bot.store.pages import PageRows
from tests.fakes.names import Staff
from tests.store import opened

# A Sunday afternoon in Berlin (13:00), early morning in Los Angeles (04:00).
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

PLAN = Plan(
    teams=(
        Team(name="platform", channel="#platform-ops", timezone="Europe/Berlin", services=("checkout",)),
        Team(name="find", channel="#find-ops", services=("search",)),
    ),
    services=(Service(name="checkout", match=Match(pagerduty="PSVC001")), Service(name="search")),
)


def duty(name: str, **values: Any) -> OnCall:
    """Ann, Bob and Kim are in Slack too; `start` and `until` are hours from now, or moments."""
    usual: dict[str, Any] = {
        "name": f"{name} of PagerDuty",
        "email": f"{name.lower()}@example.com",
        "level": 1,
        "service_ref": "PSVC001",
        "service_name": "Checkout",
        "pager_id": f"P{name.upper()}",
    }
    for moment in ("start", "until"):
        if isinstance(values.get(moment), int):
            values[moment] = NOW + timedelta(hours=values[moment])
    return OnCall(**usual | values)


@dataclass(slots=True, kw_only=True)
class Board(Duty):
    """Says who is on call now, and that nothing changes soon. `trouble` is what it raises."""

    source: str = "pagerduty"
    duties: Sequence[OnCall] = ()
    trouble: Exception | None = None

    async def on_call(self) -> Sequence[OnCall]:
        if self.trouble is not None:
            raise self.trouble
        return self.duties

    async def coming(self, until: datetime) -> Sequence[OnCall]:
        return ()


@dataclass(slots=True, kw_only=True)
class Planner(Board):
    """Also knows who comes next."""

    later: Sequence[OnCall] = ()
    later_trouble: VendorError | None = None

    async def coming(self, until: datetime) -> Sequence[OnCall]:
        if self.later_trouble is not None:
            raise self.later_trouble
        return [one for one in self.later if one.start is not None and one.start < until]


@dataclass(slots=True)
class Siren(Pager):
    """Calls nobody, and remembers whom it was asked to call. A repeat of `once` is the first page."""

    source: str = "pagerduty"
    takes_notes: bool = True
    trouble: list[VendorError] = field(default_factory=list)
    pages: dict[str, tuple[str, str, str, Author]] = field(default_factory=dict)

    async def acknowledge(self, alert: str, by: Author) -> None:
        raise NotImplementedError

    async def resolve(self, alert: str, by: Author, words: str) -> None:
        raise NotImplementedError

    async def note(self, alert: str, text: str, by: Author, *, once: str) -> None:
        raise NotImplementedError

    async def page(
        self, service_ref: str, title: str, message: str, by: Author, *, once: str, email: str | None
    ) -> str:
        if self.trouble:
            raise self.trouble.pop(0)
        self.pages.setdefault(once, (service_ref, title, message, by))
        return "Q1PAGE"


@dataclass(slots=True)
class Plugged(Connections):
    systems: list[object] = field(default_factory=list)

    def all(self, capability: type[Capability]) -> Sequence[Capability]:
        return [one for one in self.systems if isinstance(one, capability)]


@dataclass(slots=True)
class Watch:
    """The clock of a test."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def plugged() -> Plugged:
    return Plugged()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path) as store:
        yield store


@pytest.fixture
def duties(store: Store, plugged: Plugged, watch: Watch) -> Duties:
    return Duties(
        connections=plugged,
        plan=lambda: PLAN,
        names=Staff(),
        pages=PageRows(store),
        audit=Audit(store),
        clock=watch,
    )
