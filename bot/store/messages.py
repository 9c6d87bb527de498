"""Where each message stands in Slack, and whether it shows the last truth."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, false, or_, select, update

from bot.store.database import Row, Store
from bot.store.tables import message
from bot.store.upsert import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A message row. `tried` is set before the first post: it may be in Slack although we hold no `ts`."""

    key: str
    channel: str | None
    ts: str | None
    wanted: int
    shown: int
    tried: bool
    tries: int = 0
    gone: bool = False


class MessageRows:
    """A change raises `wanted`; whoever draws brings `shown` up to it. The row itself is the work that is left."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def want(self, key: str) -> None:
        """The message is to be posted or redrawn."""
        values = {"key": key, "wanted": 1, "shown": 0, "tried": False, "tries": 0, "gone": False}
        changed = {"wanted": message.c.wanted + 1, "next_try_at": None}
        await self._store.write(upsert(self._store, message, values, ("key",), changed))

    async def place(self, key: str) -> Place | None:
        row = await self._store.one(select(message).where(message.c.key == key))
        return None if row is None else _place(row)

    async def at(self, channel: str, ts: str) -> Place | None:
        row = await self._store.one(select(message).where(message.c.channel == channel, message.c.ts == ts))
        return None if row is None else _place(row)

    async def behind(self, now: datetime, *, leased_by: str | None = None, limit: int = 100) -> Sequence[str]:
        """Keys of messages that do not show the last truth and are due for a try; with what `leased_by` holds."""
        query = (
            select(message.c.key)
            .where(
                message.c.wanted > message.c.shown,
                message.c.gone.is_(False),
                or_(message.c.next_try_at.is_(None), message.c.next_try_at <= now),
                or_(
                    message.c.leased_until.is_(None),
                    message.c.leased_until < now,
                    message.c.leased_by == leased_by if leased_by else false(),
                ),
            )
            .limit(limit)
        )
        return [row["key"] for row in await self._store.all(query)]

    def reading(self) -> AbstractAsyncContextManager[None]:
        """One look at the store for all that a drawing asks."""
        return self._store.reading()

    async def lease(self, key: str, by: str, now: datetime, span: timedelta, *, first: bool = False) -> Place | None:
        """Take the message for drawing; None when somebody else has it. `first`: it is wanted, should it not stand yet.

        Then one that could not be posted is tried anew: whoever wants it so has a reason, like *Retry now*.

        One commit. Whoever takes it may post it, so it counts as tried from now on; the answer tells what was before.
        """
        async with self._store.transaction():
            before = await self._held(key)
            if first and (before is None or before.ts is None):
                await self.want(key)
                await self._store.write(update(message).where(message.c.key == key).values(gone=False))
                before = await self._held(key)
            if before is None or not await self._taken(key, by, now, span):
                return None
            return before

    async def _held(self, key: str) -> Place | None:
        """The row, not to be changed by another replica between this look and ours to take it."""
        query = select(message).where(message.c.key == key)
        row = await self._store.one(query if self._store.is_sqlite else query.with_for_update())
        return None if row is None else _place(row)

    async def _taken(self, key: str, by: str, now: datetime, span: timedelta) -> bool:
        taken = await self._store.write(
            update(message)
            .where(
                message.c.key == key,
                or_(message.c.leased_until.is_(None), message.c.leased_until < now, message.c.leased_by == by),
            )
            .values(leased_by=by, leased_until=now + span, tried=True)
        )
        return taken.rowcount > 0

    async def release(self, key: str, by: str) -> None:
        """Nothing to draw after all."""
        mine = (message.c.key == key, message.c.leased_by == by)
        await self._store.write(update(message).where(*mine).values(leased_by=None, leased_until=None))

    async def leave(self, by: str) -> None:
        """Whoever took them draws no more."""
        mine = message.c.leased_by == by
        await self._store.write(update(message).where(mine).values(leased_by=None, leased_until=None))

    async def shown(self, key: str, by: str, version: int, channel: str | None, ts: str | None) -> bool:
        """Whether that was still ours to say: after a freeze somebody else may have taken the message over."""
        said = await self._store.write(
            update(message)
            .where(message.c.key == key, message.c.leased_by == by)
            .values(
                shown=version,
                channel=channel,
                ts=ts,
                tries=0,
                reason=None,
                next_try_at=None,
                leased_by=None,
                leased_until=None,
            )
        )
        return said.rowcount > 0

    async def nothing(self, key: str, by: str, row: Place) -> None:
        """There is nothing to show (yet): no longer behind, and not posted either."""
        mine = (message.c.key == key, message.c.leased_by == by)
        values = {"shown": row.wanted, "tried": row.tried, "leased_by": None, "leased_until": None}
        await self._store.write(update(message).where(*mine).values(**values))

    async def not_shown(self, key: str, by: str, reason: str, next_try_at: datetime, *, counted: bool = True) -> None:
        await self._store.write(
            update(message)
            .where(and_(message.c.key == key, message.c.leased_by == by))
            .values(
                tries=message.c.tries + (1 if counted else 0),
                reason=reason[:300],
                next_try_at=next_try_at,
                leased_by=None,
                leased_until=None,
            )
        )

    async def gone(self, key: str, reason: str) -> None:
        """It cannot be shown any more (channel archived, message deleted); a new want does not bring it back."""
        await self._store.write(
            update(message)
            .where(message.c.key == key)
            .values(gone=True, reason=reason[:300], leased_by=None, leased_until=None)
        )

    async def lost(self, key: str) -> None:
        """Somebody deleted it in Slack: the next draw posts it anew."""
        await self._store.write(update(message).where(message.c.key == key).values(ts=None, tried=False))


def _place(row: Row) -> Place:
    names = ("key", "channel", "ts", "wanted", "shown", "tried", "tries", "gone")
    return Place(**{name: row[name] for name in names})
