"""The feature on the real store, with lists that tell who may do what as they are set."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.acts import Acts, Ask
from bot.domain.access import Access, AccessFound, Holder
from bot.domain.capabilities import AccessList
from bot.domain.errors import VendorError
from bot.domain.person import Person
from bot.domain.plan import AccessReviews, Plan, Team
from bot.durable.ports import Recorder
from bot.features.access import flow
from bot.features.access.service import Reviews
from bot.store.access import AccessRows, Review
from bot.store.audit import Audit
from bot.store.database import Store
from tests.fakes.names import KIM, Staff
from tests.fakes.run import PlainRun
from tests.store import opened

NOW = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
RULES = AccessReviews(team="platform")
PLAN = Plan(teams=(Team(name="shop"), Team(name="platform", channel="#platform-ops")), access_reviews=RULES)


def access(principal: str = "ana", role: str = "viewer", **values: Any) -> Access:
    """Any: whatever an access has."""
    usual: dict[str, Any] = {"system": "aws-prod", "principal": principal, "role": role}
    return Access(**usual | values)


USUAL: Sequence[Access] = (
    access("ana", "Admin", strong=True, last_used=NOW - timedelta(days=3)),
    access("ben"),
    access("guest-7", "reader", holder=Holder.GUEST),
    access("kim", title="Kim", email="kim@example.com"),
    access("key-1", "write", holder=Holder.KEY, note="never expires"),
)


@dataclass(slots=True, kw_only=True)
class Listed(AccessList):
    """`trouble` is what it raises."""

    name: str = "aws"
    found: Sequence[Access] = ()
    unread: Sequence[str] = ()
    trouble: Exception | None = None

    @property
    def source(self) -> str:
        return self.name

    async def access(self) -> AccessFound:
        if self.trouble is not None:
            raise self.trouble
        return AccessFound(access=self.found, unread=self.unread)


@dataclass(slots=True)
class Ledger(Recorder):
    """One transaction, and the acts that came of it."""

    store: Store
    acts: list[Any] = field(default_factory=list)

    async def record(self, doing: Callable[[], Awaitable[object]]) -> None:
        async with self.store.transaction():
            found = await doing()
        assert isinstance(found, Sequence)
        self.acts += found


@dataclass(slots=True, kw_only=True)
class Place:
    """The feature with its surroundings; `now` moves by hand."""

    store: Store
    now: datetime = NOW
    plan: Plan = PLAN
    lists: list[AccessList] = field(default_factory=lambda: [Listed(found=USUAL)])

    @property
    def reviews(self) -> Reviews:
        return Reviews(
            rows=AccessRows(self.store),
            audit=Audit(self.store),
            names=Staff(),
            plan=lambda: self.plan,
            lists=lambda: self.lists,
            clock=lambda: self.now,
            patience=0.2,
        )

    async def collect(self) -> Acts:
        ledger = Ledger(self.store)
        await flow.collect(PlainRun(), self.reviews, ledger)
        return ledger.acts

    async def review(self) -> Review:
        found = await self.reviews.current()
        assert found is not None
        return found

    async def entry(self, principal: str) -> int:
        return next(one.id for one in (await self.review()).entries if one.access.principal == principal)

    async def do(self, handler: Callable[[Reviews, Ask], Awaitable[Acts]], **values: Any) -> Acts:
        """As the router does: inside one transaction."""
        async with self.store.transaction():
            return await handler(self.reviews, asks(**values))

    async def audit(self, object_: str) -> list[tuple[str, str, str]]:
        return [(row["who"], row["what"], row["result"]) for row in await Audit(self.store).of(object_)]


def asks(person: Person = KIM, **values: Any) -> Ask:
    usual: dict[str, Any] = {"person": person, "at": NOW, "once": "slack:1", "view_id": "V1"}
    return Ask(**usual | values)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with opened(tmp_path) as store:
        yield Place(store=store)


def down(words: str) -> VendorError:
    return VendorError(words)
