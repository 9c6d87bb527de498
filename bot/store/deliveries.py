"""Intake: what came from outside, kept before it is answered, and worked off in order per object."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.database import Store
from bot.store.tables import delivery
from bot.store.upsert import insert_once

EARLY = "came before what it is about"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One authenticated request as it came. `delivery_key` is what a redelivery repeats."""

    source: str
    object_key: str
    delivery_key: str
    body: bytes
    received_at: datetime
    id: int = 0
    tries: int = 0


HOLDS_BACK: Final = 6
"""Tries (a minute) for which what cannot be worked off holds back the later news of its object. Order is worth no more:
news that nobody ever hears is worse than news out of order, which does no harm."""


class Deliveries:
    """Rows of intake. A row is done when a handler's transaction marked it so, never because it came."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, arrived: Sequence[Delivery]) -> None:
        """Write a batch in one commit; repeats of a delivery key are passed over."""
        async with self._store.transaction(urgent=True):
            try:
                async with self._store.savepoint():
                    await self._store.write(insert(delivery), [_values(one) for one in arrived])
            except IntegrityError:
                for one in arrived:
                    unique = ("source", "delivery_key")
                    await self._store.write(insert_once(self._store, delivery, _values(one), unique))

    async def due(self, now: datetime, *, limit: int) -> Sequence[Delivery]:
        """The next rows to work off, in order of arrival, locked on PostgreSQL so that replicas share the work.

        A row waits while an earlier one of its object waits for its next try: order per object is kept, for a while.
        """
        earlier = delivery.alias("earlier")
        held_back = (
            select(earlier.c.id)
            .where(
                earlier.c.source == delivery.c.source,
                earlier.c.object_key == delivery.c.object_key,
                earlier.c.done_at.is_(None),
                earlier.c.id < delivery.c.id,
                earlier.c.next_try_at > now,
                earlier.c.tries < HOLDS_BACK,
            )
            .exists()
        )
        query = (
            select(delivery)
            .where(
                delivery.c.done_at.is_(None),
                or_(delivery.c.next_try_at.is_(None), delivery.c.next_try_at <= now),
                ~held_back,
            )
            .order_by(delivery.c.id)
            .limit(limit)
        )
        if not self._store.is_sqlite:
            query = query.with_for_update(skip_locked=True)
        rows = await self._store.all(query)
        return [
            Delivery(
                id=row["id"],
                source=row["source"],
                object_key=row["object_key"],
                delivery_key=row["delivery_key"],
                body=bytes(row["body"]),
                received_at=row["received_at"],
                tries=row["tries"],
            )
            for row in rows
        ]

    async def earlier_open(self, one: Delivery) -> bool:
        """Whether an earlier row of the same object still holds this one back (another replica may be at it)."""
        query = select(delivery.c.id).where(
            delivery.c.source == one.source,
            delivery.c.object_key == one.object_key,
            delivery.c.done_at.is_(None),
            delivery.c.id < one.id,
            delivery.c.tries < HOLDS_BACK,
        )
        return await self._store.value(query.limit(1)) is not None

    async def waiting(self, source: str) -> bool:
        """Whether notices of a source are still to be read; one that failed again and again is not waited for."""
        query = select(delivery.c.id).where(
            delivery.c.source == source, delivery.c.done_at.is_(None), delivery.c.tries < HOLDS_BACK
        )
        return await self._store.value(query.limit(1)) is not None

    async def done(self, number: int, now: datetime) -> None:
        await self._store.write(
            update(delivery).where(delivery.c.id == number).values(done_at=now, error=None, next_try_at=None)
        )

    async def unreadable(self, number: int, now: datetime, why: str) -> None:
        """Kept and passed over; `doctor` shows it."""
        await self._store.write(
            update(delivery).where(delivery.c.id == number).values(done_at=now, unreadable=True, error=why[:500])
        )

    async def set_aside(self, number: int, now: datetime) -> None:
        """It came before what it is about. Worked off for now, and open `again` when that comes."""
        await self._store.write(update(delivery).where(delivery.c.id == number).values(done_at=now, error=EARLY))

    async def again(self, source: str, object_key: str) -> None:
        """What was set aside for this object is open once more."""
        await self._store.write(
            update(delivery)
            .where(
                delivery.c.source == source,
                delivery.c.object_key == object_key[:300],
                delivery.c.done_at.is_not(None),
                delivery.c.error == EARLY,
            )
            .values(done_at=None, error=None)
        )

    async def failed(self, number: int, now: datetime, why: str) -> None:
        """Our own mistake: tried again, ever more slowly, for as long as it is kept."""
        tries = await self._store.value(select(delivery.c.tries).where(delivery.c.id == number))
        wait = timedelta(seconds=min(600, 2 ** min(int(tries or 0), 10)))
        await self._store.write(
            update(delivery)
            .where(delivery.c.id == number)
            .values(tries=delivery.c.tries + 1, error=why[:500], next_try_at=now + wait)
        )

    async def counts(self) -> dict[str, int]:
        """Open, failing and unreadable rows, for `doctor` and the metrics."""
        waiting = and_(delivery.c.done_at.is_(None))
        return {
            "open": int(await self._store.value(select(func.count()).where(waiting)) or 0),
            "failing": int(await self._store.value(select(func.count()).where(waiting, delivery.c.tries > 0)) or 0),
            "unreadable": int(
                await self._store.value(select(func.count()).where(delivery.c.unreadable.is_(True))) or 0
            ),
        }

    async def prune(self, before: datetime) -> int:
        """Forget worked-off rows from before; answers how many."""
        gone = await self._store.write(delete(delivery).where(delivery.c.done_at < before))
        return gone.rowcount


def _values(one: Delivery) -> dict[str, object]:
    return {
        "source": one.source,
        "object_key": one.object_key[:300],
        "delivery_key": one.delivery_key[:300],
        "body": one.body,
        "received_at": one.received_at,
        "tries": 0,
        "unreadable": False,
    }
