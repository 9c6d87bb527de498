"""The record of changes: one row each, as it was told last, and when which system was asked for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Insert, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.change import Change, ChangeKind, ChangeReported, Recorded, Result
from bot.domain.suspicion import LASTS
from bot.store.database import Store
from bot.store.tables import Short, change, change_look, sound_text
from bot.store.upsert import upsert

MOST: Final = 300
"""So many changes are looked at, the nearest ones."""
MOST_PLACES: Final = 20
_LONG: Final = 300
_URL: Final = 2000
_SOURCE: Final = Short(60)
_ID: Final = Short(200)
_KEPT: Final = ("environment", "version", "by", "url")
"""What stays when it is told later without them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """When a system was asked for changes, when it last answered, and what was the matter."""

    name: str
    asked_at: datetime
    answered_at: datetime | None
    trouble: str | None = None


class ChangeRows:
    """Unique on (source, id)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, told: Sequence[tuple[ChangeReported, str | None]]) -> Sequence[Recorded]:
        """Write what is new or different, with the service that it touched; answers those rows.

        What was told earlier than what is known is passed over, whenever it comes.
        """
        newest: dict[tuple[str, str], dict[str, Any]] = {}
        for news, service in told:
            values = _values(news, service)
            key = (values["source"], values["change_id"])
            if key not in newest or _order(values) >= _order(newest[key]):
                newest[key] = values
        # Always in one order, so that two replicas that write the same rows do not wait for each other.
        wanted = [newest[key] for key in sorted(newest)]
        known = await self._known(wanted)
        written: list[dict[str, Any]] = []
        same: dict[datetime, list[int]] = {}
        for values in wanted:
            row = known.get((values["source"], values["change_id"]))
            if row is None:
                written.append(values)
            elif _order(values) < _order(row) or _over(row, values):
                continue
            elif _differs(row, values):
                written.append(values)
            elif values["told_at"] > row["told_at"]:
                same.setdefault(values["told_at"], []).append(row["id"])
        for at, numbers in same.items():
            await self._store.write(update(change).where(change.c.id.in_(numbers)).values(told_at=at))
        if not written:
            return ()
        made = await self._store.write(_newest(self._store, written).returning(change.c.id))
        return await self.some([row[0] for row in made.all()])

    async def of(
        self, service: str | None, since: datetime, until: datetime, *, limit: int = MOST
    ) -> Sequence[Recorded]:
        """Changes of a service (of any, for None) that were there in that time, the newest first."""
        mine = () if service is None else (change.c.service == service,)
        return await self._found(*mine, *_in(since, until), limit=limit)

    async def count(self, service: str | None, since: datetime, until: datetime) -> int:
        mine = () if service is None else (change.c.service == service,)
        query = select(func.count()).select_from(change).where(*mine, *_in(since, until))
        return int(await self._store.value(query) or 0)

    async def elsewhere(
        self, service: str, since: datetime, until: datetime, *, limit: int = MOST
    ) -> Sequence[Recorded]:
        """The same of other services and of none."""
        return await self._found(_not(service), *_in(since, until), limit=limit)

    async def count_elsewhere(self, service: str, since: datetime, until: datetime) -> int:
        query = select(func.count()).select_from(change).where(_not(service), *_in(since, until))
        return int(await self._store.value(query) or 0)

    async def begun(
        self, service: str | None, since: datetime, until: datetime, *, limit: int = 100
    ) -> Sequence[Recorded]:
        """Changes of a service (of any, for None) that began later than `since`, the earliest first."""
        mine = () if service is None else (change.c.service == service,)
        query = select(change).where(*mine, change.c.started_at > since, change.c.started_at <= until)
        rows = await self._store.all(query.order_by(change.c.started_at, change.c.id).limit(limit))
        return [_recorded(row) for row in rows]

    async def last(self, service: str | None, before: datetime, *, limit: int = 20) -> Sequence[Recorded]:
        """The last changes of a service that began before: the versions that were there."""
        mine = () if service is None else (change.c.service == service,)
        return await self._found(*mine, change.c.started_at < before, limit=limit)

    async def some(self, numbers: Sequence[int]) -> Sequence[Recorded]:
        """By their numbers, the earliest first."""
        query = select(change).where(change.c.id.in_(numbers)).order_by(change.c.started_at, change.c.id)
        return [_recorded(row) for row in await self._store.all(query)]

    async def any(self) -> bool:
        """Whether anybody ever told us of a change."""
        return await self._store.value(select(change.c.id).limit(1)) is not None

    async def kind_of(self, source: str) -> ChangeKind | None:
        """What a system usually tells of; None while it has told nothing."""
        found = await self._store.value(select(change.c.kind).where(change.c.source == source).limit(1))
        return None if found is None else ChangeKind(found)

    async def prune(self, before: datetime) -> int:
        """Forget changes that began before; answers how many."""
        gone = await self._store.write(delete(change).where(change.c.started_at < before))
        return gone.rowcount

    async def asked(self) -> Mapping[str, Asked]:
        """By the system's name."""
        rows = await self._store.all(select(change_look))
        return {
            row["name"]: Asked(
                name=row["name"], asked_at=row["asked_at"], answered_at=row["answered_at"], trouble=row["trouble"]
            )
            for row in rows
        }

    async def looked(self, one: Asked) -> None:
        changed = {"asked_at": one.asked_at, "answered_at": one.answered_at, "trouble": one.trouble}
        await self._store.write(upsert(self._store, change_look, {"name": one.name, **changed}, ("name",), changed))

    async def _known(self, wanted: Sequence[Mapping[str, Any]]) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        known: dict[tuple[str, str], Mapping[str, Any]] = {}
        for source in dict.fromkeys(values["source"] for values in wanted):
            ids = [values["change_id"] for values in wanted if values["source"] == source]
            query = select(change).where(change.c.source == source, change.c.change_id.in_(ids))
            known |= {(source, row["change_id"]): row for row in await self._store.all(query)}
        return known

    async def _found(self, *where: Any, limit: int) -> Sequence[Recorded]:  # Any: SQLAlchemy's conditions
        query = select(change).where(*where).order_by(change.c.started_at.desc(), change.c.id.desc()).limit(limit)
        return [_recorded(row) for row in await self._store.all(query)]


def _in(since: datetime, until: datetime) -> tuple[Any, ...]:
    """Begun before `until`, and not over before `since`. How long a change may take bounds what has to be read."""
    lasts = or_(
        change.c.started_at >= since,
        change.c.ended_at >= since,
        and_(change.c.ended_at.is_(None), change.c.result == Result.RUNNING),
    )
    return (change.c.started_at <= until, change.c.started_at >= since - LASTS, lasts)


def _not(service: str) -> Any:  # Any: SQLAlchemy's conditions
    return or_(change.c.service.is_(None), change.c.service != service)


def _newest(store: Store, rows: Sequence[dict[str, Any]]) -> Insert:
    """All in one statement; where somebody else wrote newer news in the meantime, those stay."""
    made = sqlite.insert(change).values(rows) if store.is_sqlite else postgresql.insert(change).values(rows)
    new = made.excluded
    told: dict[str, Any] = {name: new[name] for name in rows[0] if name not in ("source", "change_id")}
    told |= {name: func.coalesce(new[name], change.c[name]) for name in _KEPT}
    return made.on_conflict_do_update(
        index_elements=("source", "change_id"), set_=told, where=change.c.told_at <= new.told_at
    )


def _differs(row: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    return any(
        row[name] != value
        for name, value in values.items()
        if name not in ("source", "change_id", "told_at") and not (name in _KEPT and value is None)
    )


def _values(news: ChangeReported, service: str | None) -> dict[str, Any]:
    one = news.change
    return {
        "source": _SOURCE.held(one.source),
        "change_id": _ID.held(one.id),
        "kind": one.kind.value,
        "title": sound_text(one.title[:_LONG]),
        "places": [sound_text(place[:_LONG]) for place in one.places[:MOST_PLACES]],
        "service": service,
        "environment": _short(one.environment),
        "version": _short(one.version),
        "by": _short(one.by),
        "url": one.url if one.url and len(one.url) <= _URL else None,
        "result": one.result.value,
        "started_at": one.started_at,
        "ended_at": one.ended_at,
        "told_at": news.at,
    }


def _order(row: Mapping[str, Any]) -> tuple[datetime, bool]:
    """Many systems tell times in whole seconds: of two in one second the end is the later one."""
    return row["told_at"], row["result"] != Result.RUNNING


def _over(row: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether it is said to be running though it has ended: two clocks disagree, unless it began anew since."""
    ended = row["ended_at"]
    return ended is not None and values["result"] == Result.RUNNING and values["started_at"] <= ended


def _short(text: str | None) -> str | None:
    return sound_text(text[:_LONG]) if text else None


def _recorded(row: Mapping[str, Any]) -> Recorded:
    told = Change(
        source=row["source"],
        id=row["change_id"],
        kind=ChangeKind(row["kind"]),
        title=row["title"],
        places=tuple(row["places"]),
        started_at=row["started_at"],
        result=Result(row["result"]),
        ended_at=row["ended_at"],
        version=row["version"],
        environment=row["environment"],
        by=row["by"],
        url=row["url"],
    )
    return Recorded(id=row["id"], change=told, service=row["service"])
