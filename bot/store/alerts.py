"""Alerts as they stand: one row a firing, newest news applied, linked to the incident they belong to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, insert, select, update

from bot.domain.alert import Alert, AlertState, Urgency
from bot.domain.silence import Silence
from bot.store.database import Store
from bot.store.tables import alert


class Place(StrEnum):
    """Where people see an alert."""

    NONE = "none"
    TRIAGE = "triage"
    INCIDENT = "incident"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert with what we know of it besides."""

    id: int
    alert: Alert
    service: str | None
    severity: str | None
    place: Place
    incident: int | None
    count: int
    started_at: datetime
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    quiet_until: datetime | None
    reason: str
    runbook: Mapping[str, str] | None = None
    """`slug` and `title` of the page that fits best, once it was looked for."""
    silence: Silence | None = None
    """The last one that was asked for."""
    seen_at: datetime | None = None
    """When its source was last asked and said that it fires."""
    missed_at: datetime | None = None
    """Since when its source, asked, no longer lists it."""

    @property
    def firing(self) -> bool:
        return self.alert.state is AlertState.FIRING

    @property
    def title(self) -> str:
        return self.alert.title

    @property
    def labels(self) -> Mapping[str, str]:
        return self.alert.labels


class AlertRows:
    """Unique on (source, alert id, episode)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, one: Alert) -> AlertRow | None:
        """The row of this firing, held until the transaction ends."""
        query = select(alert).where(
            alert.c.source == one.source, alert.c.alert_id == one.id, alert.c.episode == one.episode
        )
        row = await self._store.one(query if self._store.is_sqlite else query.with_for_update())
        return None if row is None else _row(row)

    async def get(self, number: int) -> AlertRow | None:
        row = await self._store.one(select(alert).where(alert.c.id == number))
        return None if row is None else _row(row)

    async def held(self, number: int) -> AlertRow | None:
        """The row, held until the transaction ends, so that of two people the first wins."""
        query = select(alert).where(alert.c.id == number)
        row = await self._store.one(query if self._store.is_sqlite else query.with_for_update())
        return None if row is None else _row(row)

    async def firing_of(self, sources: Collection[str], before: datetime) -> Sequence[AlertRow]:
        """Alerts of these sources that fire and of which nothing was heard since, the newest first."""
        query = select(alert).where(
            alert.c.state == AlertState.FIRING,
            alert.c.source.in_(sources),
            alert.c.place != Place.IGNORED,
            alert.c.started_at <= before,
            alert.c.occurred_at <= before,
        )
        return [_row(row) for row in await self._store.all(query.order_by(alert.c.id.desc()).limit(500))]

    async def first(self) -> datetime | None:
        """When the first of all alerts began."""
        found: datetime | None = await self._store.value(select(func.min(alert.c.started_at)))
        return found

    async def started_between(self, since: datetime, until: datetime) -> Mapping[str | None, int]:
        """How many alerts began, by service; what a rule ignores is left out."""
        query = select(alert.c.service, func.count().label("number")).where(
            alert.c.started_at >= since, alert.c.started_at < until, alert.c.place != Place.IGNORED
        )
        rows = await self._store.all(query.group_by(alert.c.service))
        return {row["service"]: row["number"] for row in rows}

    async def silence(self, number: int, silence: Silence, *, ends_at: datetime | None) -> None:
        """`ends_at` is when we have to look at it again; None when it is over."""
        await self.change(number, silence=silence.plain(), silence_ends_at=ends_at)

    async def silences_over(self, now: datetime) -> Sequence[AlertRow]:
        """Alerts whose silence has come to its end."""
        query = select(alert).where(alert.c.silence_ends_at <= now).order_by(alert.c.silence_ends_at)
        return [_row(row) for row in await self._store.all(query.limit(200))]

    async def by_key(self, source: str, alert_id: str) -> AlertRow | None:
        """The newest firing of a source's id."""
        query = select(alert).where(alert.c.source == source, alert.c.alert_id == alert_id)
        row = await self._store.one(query.order_by(alert.c.id.desc()).limit(1))
        return None if row is None else _row(row)

    async def add(self, one: Alert, *, service: str | None, severity: str, reason: str) -> AlertRow:
        values = _columns(one) | {
            "source": one.source,
            "alert_id": one.id,
            "episode": one.episode,
            "started_at": one.started_at or one.occurred_at,
            "service": service,
            "severity": severity,
            "reason": reason,
            "count": 1,
            "place": Place.NONE,
        }
        made = await self._store.write(insert(alert).values(**values).returning(alert.c.id))
        found = await self.get(int(made.scalar_one()))
        if found is None:
            raise RuntimeError("an alert vanished while it was written")
        return found

    async def apply(self, number: int, one: Alert, **more: Any) -> None:
        """Newer news of the same firing."""
        await self._store.write(update(alert).where(alert.c.id == number).values(**_columns(one), **more))

    async def change(self, number: int, **values: Any) -> None:
        await self._store.write(update(alert).where(alert.c.id == number).values(**values))

    async def of_incident(self, number: int) -> Sequence[AlertRow]:
        """All alerts of an incident, those that fire first, then by start."""
        rows = await self._store.all(select(alert).where(alert.c.incident_id == number).order_by(alert.c.started_at))
        return sorted((_row(row) for row in rows), key=lambda one: (not one.firing, one.started_at))

    async def firing_in(self, number: int) -> int:
        query = select(func.count()).select_from(alert)
        found = await self._store.value(query.where(alert.c.incident_id == number, alert.c.state == AlertState.FIRING))
        return int(found or 0)

    async def firing_counts(self) -> Mapping[int, int]:
        """How many alerts fire, by incident."""
        query = select(alert.c.incident_id, func.count().label("firing")).where(
            alert.c.state == AlertState.FIRING, alert.c.incident_id.is_not(None)
        )
        rows = await self._store.all(query.group_by(alert.c.incident_id))
        return {row["incident_id"]: row["firing"] for row in rows}

    async def quiet_until(self, source: str, fingerprint: str, now: datetime) -> datetime | None:
        """Until when somebody said that this one's repeats are no news; None when nobody did."""
        query = select(func.max(alert.c.quiet_until)).where(
            alert.c.source == source, alert.c.fingerprint == fingerprint, alert.c.quiet_until > now
        )
        return await self._store.value(query) if fingerprint else None

    async def waiting_for(self, service: str, since: datetime) -> Sequence[AlertRow]:
        """Alerts in triage of a service that fire still: they join when an incident opens."""
        query = select(alert).where(
            alert.c.place == Place.TRIAGE,
            alert.c.service == service,
            alert.c.state == AlertState.FIRING,
            alert.c.occurred_at >= since,
        )
        return [_row(row) for row in await self._store.all(query.limit(200))]

    async def move(self, from_incident: int, to_incident: int) -> None:
        """All alerts of one incident become another's (merge)."""
        await self._store.write(
            update(alert).where(alert.c.incident_id == from_incident).values(incident_id=to_incident)
        )


def _columns(one: Alert) -> dict[str, Any]:
    return {
        "fingerprint": one.fingerprint[:200],
        "title": one.title[:2000],
        "description": one.description[:4000],
        "state": one.state,
        "urgency": one.urgency,
        "priority": one.priority[:60] if one.priority else None,
        "number": one.number[:60] if one.number else None,
        "url": one.url,
        "service_ref": one.service_ref[:200] if one.service_ref else None,
        "service_name": one.service_name,
        "labels": dict(one.labels),
        "occurred_at": one.occurred_at,
        "cleared_at": one.occurred_at if one.state is AlertState.RESOLVED else None,
    }


def _row(row: Mapping[str, Any]) -> AlertRow:
    return AlertRow(
        id=row["id"],
        alert=Alert(
            source=row["source"],
            id=row["alert_id"],
            episode=row["episode"],
            fingerprint=row["fingerprint"],
            title=row["title"],
            description=row["description"],
            state=AlertState(row["state"]),
            urgency=Urgency(row["urgency"]) if row["urgency"] else None,
            priority=row["priority"],
            number=row["number"],
            url=row["url"],
            service_ref=row["service_ref"],
            service_name=row["service_name"],
            labels=row["labels"] or {},
            started_at=row["started_at"],
            occurred_at=row["occurred_at"],
        ),
        service=row["service"],
        severity=row["severity"],
        place=Place(row["place"]),
        incident=row["incident_id"],
        count=row["count"],
        started_at=row["started_at"],
        cleared_at=row["cleared_at"],
        acknowledged_at=row["acknowledged_at"],
        acknowledged_by=row["acknowledged_by"],
        quiet_until=row["quiet_until"],
        reason=row["reason"],
        runbook=row["runbook"],
        silence=Silence.read(row["silence"]) if row["silence"] else None,
        seen_at=row["seen_at"],
        missed_at=row["missed_at"],
    )
