"""Acts that were decided and are still to be handed over: committed with the state they follow from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, literal_column, not_, or_, select, update

from bot.store.database import Row, Store
from bot.store.tables import act
from bot.store.upsert import insert_once

LONGEST_KEY = 300
# The word itself, not a parameter: only so does SQLite see that its index is meant.
_UNDER_WAY = and_(act.c.kind == literal_column("'start'"), act.c.handed_at.is_not(None), act.c.ended_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """An act as it waits: `kind` is start, tell or happened, `body` plain JSON."""

    id: int
    kind: str
    key: str
    body: Mapping[str, Any]
    made_at: datetime
    tries: int = 0


class Outbox:
    """The same key is kept once: a repeat of the work that decided it adds nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def save(self, kind: str, key: str, body: Mapping[str, Any], now: datetime) -> None:
        values = {"kind": kind, "key": key[:LONGEST_KEY], "body": dict(body), "made_at": now, "tries": 0}
        await self._store.write(insert_once(self._store, act, values, ("key",)))

    async def first(self, once: str, now: datetime) -> bool:
        """Whether a person's ask comes for the first time; noted in the same transaction as what it does."""
        values = {"kind": "ask", "key": once[:LONGEST_KEY], "body": {}, "made_at": now, "handed_at": now, "tries": 0}
        made = await self._store.write(insert_once(self._store, act, values, ("key",)).returning(act.c.id))
        return made.scalar_one_or_none() is not None

    async def hold(self, number: int) -> bool:
        """Take a waiting act for ourselves until the transaction ends; False when another replica has done it.

        One that is at it is waited for, not passed by: what is told keeps its order.
        """
        query = select(act.c.id).where(act.c.id == number, act.c.handed_at.is_(None))
        if not self._store.is_sqlite:
            query = query.with_for_update()
        return await self._store.value(query) is not None

    async def waiting(self, now: datetime, *, limit: int = 200) -> Sequence[Saved]:
        query = (
            select(act)
            .where(act.c.handed_at.is_(None), or_(act.c.next_try_at.is_(None), act.c.next_try_at <= now))
            .order_by(act.c.id)
            .limit(limit)
        )
        return [_saved(row) for row in await self._store.all(query)]

    async def handed(self, number: int, now: datetime) -> None:
        await self._store.write(update(act).where(act.c.id == number).values(handed_at=now, error=None))

    async def under_way(self, *, after: int = 0, limit: int = 200) -> Sequence[Saved]:
        """Flows that were begun and are not known to have ended, oldest first, from this number on."""
        query = select(act).where(_UNDER_WAY, act.c.id > after).order_by(act.c.id).limit(limit)
        return [_saved(row) for row in await self._store.all(query)]

    async def ended(self, flow_keys: Sequence[str], now: datetime) -> None:
        """These flows have come to their ends: they need not be handed over again, whatever becomes of the journal."""
        keys = [start_key(one) for one in flow_keys]
        await self._store.write(update(act).where(act.c.key.in_(keys), _UNDER_WAY).values(ended_at=now))

    async def again(self, number: int) -> None:
        """It waits to be handed over, as if it never had been."""
        await self._store.write(update(act).where(act.c.id == number).values(handed_at=None, next_try_at=None))

    async def failed(self, one: Saved, now: datetime, why: str) -> None:
        wait = timedelta(seconds=min(300, 2 ** min(one.tries, 9)))
        await self._store.write(
            update(act).where(act.c.id == one.id).values(tries=act.c.tries + 1, error=why[:500], next_try_at=now + wait)
        )

    async def prune(self, before: datetime) -> int:
        """Of flows only those that have ended: one may sleep for months."""
        gone = await self._store.write(delete(act).where(act.c.handed_at < before, not_(_UNDER_WAY)))
        return gone.rowcount


def start_key(once: str) -> str:
    """The key of the act that begins this flow."""
    return f"start:{once}"[:LONGEST_KEY]


def _saved(row: Row) -> Saved:
    names = ("id", "kind", "key", "body", "made_at", "tries")
    return Saved(**{name: row[name] for name in names})
