"""Incidents as they stand."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, text, update

from bot.domain.incident import OPEN, Incident, State, paged_from
from bot.store.database import Store
from bot.store.tables import alert, incident, timeline

_FIELDS = tuple(one.name for one in fields(Incident))
_ENDED = (State.RESOLVED, State.CLOSED)


class IncidentRows:
    """One row an incident; numbers come from one sequence and gaps are fine."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def lock(self, what: str) -> None:
        """Hold others off while we look whether to open or to join (SQLite has one writer anyway)."""
        if not self._store.is_sqlite:
            await self._store.write(text("SELECT pg_advisory_xact_lock(hashtext(:what))").bindparams(what=what))

    async def add(self, values: Mapping[str, Any]) -> Incident:
        made = await self._store.write(insert(incident).values(**values).returning(incident.c.id))
        found = await self.get(int(made.scalar_one()))
        if found is None:
            raise RuntimeError("an incident vanished while it was written")
        return found

    async def change(self, number: int, now: datetime, **values: Any) -> None:
        values = {"changed_at": now, "version": incident.c.version + 1, **values}
        await self._store.write(update(incident).where(incident.c.id == number).values(**values))

    async def get(self, number: int) -> Incident | None:
        row = await self._store.one(select(incident).where(incident.c.id == number))
        return None if row is None else _incident(row)

    async def get_locked(self, number: int) -> Incident | None:
        """The incident, held until the transaction ends, so that two people do not decide on the same old state."""
        query = select(incident).where(incident.c.id == number)
        row = await self._store.one(query if self._store.is_sqlite else query.with_for_update())
        return None if row is None else _incident(row)

    async def of_channel(self, channel: str) -> Incident | None:
        query = select(incident).where(incident.c.channel == channel).order_by(incident.c.id.desc()).limit(1)
        row = await self._store.one(query)
        return None if row is None else _incident(row)

    async def acknowledged_between(
        self, team: str, since: datetime, until: datetime
    ) -> Sequence[tuple[datetime, datetime]]:
        """When each of a team's incidents was opened and acknowledged; practice is left out."""
        query = select(incident.c.opened_at, incident.c.acknowledged_at).where(
            incident.c.team == team,
            incident.c.opened_at >= since,
            incident.c.opened_at < until,
            incident.c.acknowledged_at.is_not(None),
            incident.c.practice.is_(False),
        )
        return [(row["opened_at"], row["acknowledged_at"]) for row in await self._store.all(query)]

    async def open(self) -> Sequence[Incident]:
        """Every open incident and the recently resolved, newest first."""
        query = select(incident).where(incident.c.status.in_(OPEN)).order_by(incident.c.id.desc()).limit(500)
        return [_incident(row) for row in await self._store.all(query)]

    async def recent(self, *, limit: int, behind: tuple[bool, int] | None = None) -> Sequence[Incident]:
        """Open ones first, then the newest. `behind` is the last one seen: whether it was open, and its number."""
        # Two queries, each along an index.
        was_open, number = behind or (True, None)
        found = await self._newest(OPEN, number, limit) if was_open else []
        if len(found) < limit:
            found += await self._newest(_ENDED, None if was_open else number, limit - len(found))
        return found

    async def versions(self, *, limit: int) -> Mapping[int, int]:
        """The numbers of the same, with how often each was changed: all that a look after every commit needs."""
        found: dict[int, int] = {}
        for statuses in (OPEN, _ENDED):
            query = select(incident.c.id, incident.c.version).where(incident.c.status.in_(statuses))
            rows = await self._store.all(query.order_by(incident.c.id.desc()).limit(limit - len(found)))
            found |= {row["id"]: row["version"] for row in rows}
        return found

    async def some(self, numbers: Collection[int]) -> Sequence[Incident]:
        """Those of a few numbers that are there."""
        if not numbers:
            return ()
        return [_incident(row) for row in await self._store.all(select(incident).where(incident.c.id.in_(numbers)))]

    async def _newest(self, statuses: Sequence[State], below: int | None, limit: int) -> list[Incident]:
        query = select(incident).where(incident.c.status.in_(statuses))
        if below is not None:
            query = query.where(incident.c.id < below)
        return [_incident(row) for row in await self._store.all(query.order_by(incident.c.id.desc()).limit(limit))]

    async def joinable(
        self, *, service: str | None, fingerprint: str, at: datetime, window: timedelta
    ) -> Incident | None:
        """Whose alert this is: the same service within the window of its latest alert; else the same fingerprint.

        One that a person declared has no alert yet: there its beginning counts.
        """
        query = select(incident).where(
            incident.c.status.in_(OPEN),
            func.coalesce(incident.c.last_alert_at, incident.c.opened_at) >= at - window,
            incident.c.opened_at <= at + window,
            incident.c.practice.is_(False),
        )
        if service is not None:
            query = query.where(incident.c.service == service)
        elif fingerprint:
            same = select(alert.c.incident_id).where(alert.c.fingerprint == fingerprint)
            query = query.where(incident.c.service.is_(None), incident.c.id.in_(same))
        else:
            return None
        row = await self._store.one(query.order_by(incident.c.id.desc()).limit(1))
        return None if row is None else _incident(row)

    async def paged(self, key: str) -> int | None:
        """The incident from which a page was sent under this key; None when none was."""
        number = paged_from(key)
        if number is None:
            return None
        query = select(timeline.c.incident_id).where(timeline.c.incident_id == number, timeline.c.once == key)
        found = await self._store.value(query)
        return None if found is None else int(found)

    async def updates_due(self, now: datetime) -> Sequence[Incident]:
        """Whose update is due and who has not been reminded twice already, the longest due first."""
        query = select(incident).where(
            incident.c.status.in_(OPEN), incident.c.update_due_at <= now, incident.c.nudged < 2
        )
        return [_incident(row) for row in await self._store.all(query.order_by(incident.c.update_due_at).limit(100))]

    async def drills_open(self) -> Sequence[Incident]:
        """Practice that goes on, the oldest first."""
        query = select(incident).where(incident.c.status.in_(OPEN), incident.c.practice.is_(True))
        return [_incident(row) for row in await self._store.all(query.order_by(incident.c.id).limit(20))]

    async def drills_played(self) -> Mapping[str, int]:
        """The newest number of each origin that was practised."""
        query = select(incident.c.origin, func.max(incident.c.id).label("latest")).where(
            incident.c.practice.is_(True), incident.c.origin.is_not(None)
        )
        return {row["origin"]: row["latest"] for row in await self._store.all(query.group_by(incident.c.origin))}

    async def drills_ended(self, before: int, *, limit: int) -> Sequence[Incident]:
        """Practice that was over before an incident, the newest first."""
        query = select(incident).where(
            incident.c.practice.is_(True), incident.c.status.in_(_ENDED), incident.c.id < before
        )
        return [_incident(row) for row in await self._store.all(query.order_by(incident.c.id.desc()).limit(limit))]

    async def to_archive(self, before: datetime) -> Sequence[Incident]:
        query = select(incident).where(
            incident.c.status.in_((State.CLOSED, State.MERGED)),
            incident.c.archived_at.is_(None),
            incident.c.channel.is_not(None),
            incident.c.gone.is_(None),
            incident.c.changed_at <= before,
        )
        return [_incident(row) for row in await self._store.all(query.limit(20))]


def _incident(row: Mapping[str, Any]) -> Incident:
    values = {name: row[name] for name in _FIELDS}
    values["status"] = State(values["status"])
    for name in ("followers", "responders", "links", "graphs"):
        values[name] = tuple(values[name] or ())
    values["missing"] = values["missing"] or {}
    return Incident(**values)
