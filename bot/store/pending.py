"""Steps that a vendor did not do yet: the last failure with its reason and the next try, shown where people look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from bot.store.database import Row, Store
from bot.store.tables import pending
from bot.store.upsert import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """`outcome` is None while it is open; then done, without or given up."""

    flow_key: str
    step: str
    reason: str
    attempt: int
    tries: int | None
    next_try_at: datetime | None
    final: bool
    outcome: str | None
    at: datetime

    @property
    def asked_again(self) -> bool:
        """Somebody pressed *Retry now*, and how it ended is not known yet."""
        return self.outcome is None and self.next_try_at is not None and self.next_try_at <= self.at


class PendingRows:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, one: Pending) -> None:
        values: dict[str, Any] = {name: getattr(one, name) for name in Pending.__slots__}
        changed = {name: value for name, value in values.items() if name not in ("flow_key", "step")}
        await self._store.write(upsert(self._store, pending, values, ("flow_key", "step"), changed))

    async def settle(self, flow_key: str, step: str, outcome: str, now: datetime) -> None:
        mine = (pending.c.flow_key == flow_key, pending.c.step == step)
        await self._store.write(update(pending).where(*mine).values(outcome=outcome, at=now, next_try_at=None))

    async def get(self, flow_key: str, step: str) -> Pending | None:
        row = await self._store.one(select(pending).where(pending.c.flow_key == flow_key, pending.c.step == step))
        return None if row is None else _pending(row)

    async def open_of(self, prefix: str) -> Sequence[Pending]:
        """What is open under flows whose key begins so, e.g. `incident:142:`."""
        query = select(pending).where(
            pending.c.flow_key.startswith(prefix, autoescape=True), pending.c.outcome.is_(None)
        )
        return [_pending(row) for row in await self._store.all(query.order_by(pending.c.at))]

    async def open_in(self, flow_keys: Sequence[str]) -> Sequence[Pending]:
        """What is open under just these flows."""
        query = select(pending).where(pending.c.flow_key.in_(flow_keys), pending.c.outcome.is_(None))
        return [_pending(row) for row in await self._store.all(query)]

    async def open(self) -> Sequence[Pending]:
        rows = await self._store.all(
            select(pending).where(pending.c.outcome.is_(None)).order_by(pending.c.at).limit(100)
        )
        return [_pending(row) for row in rows]

    async def stopped(self) -> Sequence[Pending]:
        """What is open and is not tried again by itself."""
        query = select(pending).where(pending.c.outcome.is_(None), pending.c.final)
        return [_pending(row) for row in await self._store.all(query.order_by(pending.c.at).limit(1_000))]

    async def prune(self, before: datetime) -> int:
        gone = await self._store.write(delete(pending).where(pending.c.outcome.is_not(None), pending.c.at < before))
        return gone.rowcount


def _pending(row: Row) -> Pending:
    return Pending(**{name: row[name] for name in Pending.__slots__})
