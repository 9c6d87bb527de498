"""How much there is of what, and what is stuck: for `doctor` and the metrics. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Executable, and_, func, or_, select

from bot.domain.incident import OPEN
from bot.store.database import Store
from bot.store.tables import act, delivery, digest, incident, message, pending, result


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Acts to hand over; `failing` have been tried, and `error` is what the latest try said."""

    waiting: int
    failing: int
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubled:
    """A delivery that does not parse, or that a handler of ours fails on."""

    source: str
    received_at: datetime
    tries: int
    unreadable: bool
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    key: str
    reason: str


class Counts:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def acts(self) -> Waiting:
        open_ = act.c.handed_at.is_(None)
        error = select(act.c.error).where(open_, act.c.tries > 0).order_by(act.c.id.desc()).limit(1)
        return Waiting(
            waiting=await self._count(select(func.count()).select_from(act).where(open_)),
            failing=await self._count(select(func.count()).select_from(act).where(open_, act.c.tries > 0)),
            error=await self._store.value(error),
        )

    async def troubled_deliveries(self, most: int) -> Sequence[Troubled]:
        """The newest first."""
        stuck = or_(delivery.c.unreadable.is_(True), and_(delivery.c.done_at.is_(None), delivery.c.tries > 0))
        columns = (
            delivery.c.source,
            delivery.c.received_at,
            delivery.c.tries,
            delivery.c.unreadable,
            delivery.c.error,
        )
        rows = await self._store.all(select(*columns).where(stuck).order_by(delivery.c.id.desc()).limit(most))
        return [Troubled(**{**row, "error": row["error"] or ""}) for row in rows]

    async def messages_behind(self) -> int:
        """Messages that do not show the last truth and still could."""
        late = and_(message.c.wanted > message.c.shown, message.c.gone.is_(False))
        return await self._count(select(func.count()).select_from(message).where(late))

    async def behind(self, most: int) -> Sequence[Behind]:
        """Messages that were tried more than once without success."""
        late = and_(message.c.wanted > message.c.shown, message.c.gone.is_(False), message.c.tries > 1)
        query = select(message.c.key, message.c.reason).where(late).order_by(message.c.tries.desc()).limit(most)
        return [Behind(key=row["key"], reason=row["reason"] or "not tried yet") for row in await self._store.all(query)]

    async def steps_pending(self) -> int:
        """Steps of flows that a vendor did not do yet."""
        return await self._count(select(func.count()).select_from(pending).where(pending.c.outcome.is_(None)))

    async def open_incidents(self) -> Mapping[str, int]:
        """By severity; practice is none."""
        query = select(incident.c.severity, func.count().label("many")).where(
            incident.c.status.in_(OPEN), incident.c.practice.is_(False)
        )
        return {row["severity"]: row["many"] for row in await self._store.all(query.group_by(incident.c.severity))}

    async def digests(self) -> Mapping[str, int]:
        """By state."""
        query = select(digest.c.state, func.count().label("many")).group_by(digest.c.state)
        return {row["state"]: row["many"] for row in await self._store.all(query)}

    async def checks(self) -> Mapping[str, int]:
        """How the checks of each team's newest digest stand, by status."""
        newest = select(func.max(digest.c.id)).where(digest.c.checked_at.is_not(None)).group_by(digest.c.team)
        query = select(result.c.status, func.count().label("many")).where(result.c.digest_id.in_(newest))
        return {row["status"]: row["many"] for row in await self._store.all(query.group_by(result.c.status))}

    async def _count(self, query: Executable) -> int:
        return int(await self._store.value(query) or 0)
