"""The timeline of an incident: every change of one is written to it in the same transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from bot.domain.timeline import Moment
from bot.store.database import Store
from bot.store.tables import timeline, timeline_text
from bot.store.upsert import insert_once


class TimelineRows:
    """Appended to in the transaction of the change; the words stand apart so that they can be erased."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, number: int, moment: Moment) -> bool:
        """False when an entry with the same `once` is there already."""
        values = {
            "incident_id": number,
            "at": moment.at,
            "kind": moment.kind,
            "who": moment.who,
            "key_moment": moment.key,
            "ref": moment.ref,
            "once": moment.once,
        }
        if moment.once is None:
            made = await self._store.write(insert(timeline).values(**values).returning(timeline.c.id))
        else:
            statement = insert_once(self._store, timeline, values, ("incident_id", "once")).returning(timeline.c.id)
            made = await self._store.write(statement)
        entry = made.scalar_one_or_none()
        if entry is None:
            return False
        await self._store.write(insert(timeline_text).values(timeline_id=entry, words=moment.words[:4000]))
        return True

    async def reword(self, ref: str, words: str) -> Sequence[int]:
        """A message that stands on a timeline was edited or deleted; answers the incidents it stands in."""
        rows = await self._store.all(select(timeline.c.id, timeline.c.incident_id).where(timeline.c.ref == ref))
        ids = [row["id"] for row in rows]
        if ids:
            statement = update(timeline_text).where(timeline_text.c.timeline_id.in_(ids)).values(words=words[:4000])
            await self._store.write(statement)
        return sorted({row["incident_id"] for row in rows})

    async def words_at(self, ref: str) -> str | None:
        query = select(timeline_text.c.words).join(timeline, timeline.c.id == timeline_text.c.timeline_id)
        found = await self._store.value(query.where(timeline.c.ref == ref).limit(1))
        return None if found is None else str(found)

    async def last_words(self, number: int, kind: str, since: datetime, before: datetime) -> Moment | None:
        """The last entry of a kind in a stretch of time."""
        query = (
            select(timeline, timeline_text.c.words)
            .outerjoin(timeline_text, timeline.c.id == timeline_text.c.timeline_id)
            .where(
                timeline.c.incident_id == number,
                timeline.c.kind == kind,
                timeline.c.at >= since,
                timeline.c.at < before,
            )
            .order_by(timeline.c.at.desc(), timeline.c.id.desc())
            .limit(1)
        )
        row = await self._store.one(query)
        return None if row is None else _moment(row)

    async def page(
        self, number: int, *, offset: int = 0, limit: int = 20, key_only: bool = False
    ) -> tuple[Sequence[Moment], int]:
        """Moments in the order of their time, and how many there are."""
        where = [timeline.c.incident_id == number]
        if key_only:
            where.append(timeline.c.key_moment.is_(True))
        total = int(await self._store.value(select(func.count()).select_from(timeline).where(*where)) or 0)
        query = (
            select(timeline, timeline_text.c.words)
            .outerjoin(timeline_text, timeline.c.id == timeline_text.c.timeline_id)
            .where(*where)
            .order_by(timeline.c.at, timeline.c.id)
            .offset(offset)
            .limit(limit)
        )
        return [_moment(row) for row in await self._store.all(query)], total

    async def count(self, number: int) -> int:
        return int(
            await self._store.value(select(func.count()).select_from(timeline).where(timeline.c.incident_id == number))
            or 0
        )


def _moment(row: Mapping[str, Any]) -> Moment:
    return Moment(
        id=row["id"],
        at=row["at"],
        kind=row["kind"],
        who=row["who"],
        key=row["key_moment"],
        ref=row["ref"],
        once=row["once"],
        words=row["words"] if row["words"] is not None else "(erased)",
    )
