"""Acts that were decided and are still to be handed over: committed with the state they follow from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update

from bot.store.database import Store
from bot.store.tables import act
from bot.store.upsert import insert_once


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """An act as it waits: `kind` is start, tell or happened, `body` plain JSON."""

    id: int
    kind: str
    key: str
    body: Mapping[str, Any]
    tries: int = 0


class Outbox:
    """The same key is kept once: a repeat of the work that decided it adds nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def save(self, kind: str, key: str, body: Mapping[str, Any], now: datetime) -> None:
        values = {"kind": kind, "key": key[:300], "body": dict(body), "made_at": now, "tries": 0}
        await self._store.write(insert_once(self._store, act, values, ("key",)))

    async def first(self, once: str, now: datetime) -> bool:
        """Whether a person's ask comes for the first time; noted in the same transaction as what it does."""
        values = {"kind": "ask", "key": once[:300], "body": {}, "made_at": now, "handed_at": now, "tries": 0}
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
        return [
            Saved(id=row["id"], kind=row["kind"], key=row["key"], body=row["body"], tries=row["tries"])
            for row in await self._store.all(query)
        ]

    async def handed(self, number: int, now: datetime) -> None:
        await self._store.write(update(act).where(act.c.id == number).values(handed_at=now, error=None))

    async def failed(self, one: Saved, now: datetime, why: str) -> None:
        wait = timedelta(seconds=min(300, 2 ** min(one.tries, 9)))
        await self._store.write(
            update(act).where(act.c.id == one.id).values(tries=act.c.tries + 1, error=why[:500], next_try_at=now + wait)
        )

    async def prune(self, before: datetime) -> int:
        gone = await self._store.write(delete(act).where(act.c.handed_at < before))
        return gone.rowcount
