"""Opening incidents and joining alerts to them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.acts import Acts, Ask, Happened, Post, Start
from bot.domain.capabilities import ChannelMade
from bot.domain.incident import Incident, State, page_key
from bot.features.incidents.audiences import ANNOUNCED, NOBODY, Audiences, publishing
from bot.features.incidents.board import Board
from bot.features.incidents.lookups import Lookups
from bot.features.incidents.record import Record, card_key
from bot.store.alerts import AlertRow, Place

MANY = 5
"""From this many alerts on the card counts by service and is redrawn at leisure (a storm)."""
STORM_PACE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What somebody wants opened."""

    title: str
    severity: str
    service: str | None = None
    seen: str = ""
    private: bool = False
    practice: bool = False
    page: bool = False
    origin: str | None = None
    link: str | None = None
    follows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """Opens incidents; alerts of one service in one window join the open one."""

    record: Record
    board: Board
    lookups: Lookups
    audiences: Audiences = NOBODY

    async def declare(self, ask: Ask, wanted: Declaration) -> tuple[Incident, Acts]:
        """Open an incident that a person declares."""
        incident = await self._add(wanted, declared_by=ask.person.id, touched=True)
        what = "started the practice" if incident.practice else "declared the incident"
        words = f"{ask.person.name} {what}: {incident.title}"
        await self.record.note(incident.id, "opened", words, who=ask.person.id, key=True)
        if wanted.seen:
            await self.record.note(incident.id, "note", f"What people see: {wanted.seen}", who=ask.person.id, key=True)
        await self.record.did(ask, "incident.declare", incident)
        acts = list(self._opening(incident, ask))
        if wanted.page:
            once = page_key(incident.id, "declare")
            words = f"{ask.person.name} paged whoever is on call"
            await self.record.note(incident.id, "page", words, who=ask.person.id, key=True, once=once)
            given = {"incident": incident.id, "by": ask.person.id, "message": incident.title, "to": None}
            acts.append(Start(flow="incident.page", once=once, given=given))
        acts.extend(await self._gather(incident))
        return incident, tuple(acts)

    async def take_alert(self, row: AlertRow, *, by: str | None = None, follows: int | None = None) -> Acts:
        """An alert that opens an incident, or joins the one that is open. `by` is who asked for it, if a person did."""
        record, alert = self.record, row.alert
        await record.rows.lock(f"service:{row.service or alert.fingerprint or alert.key}")
        at = alert.occurred_at
        joined = await record.rows.joinable(
            service=row.service,
            fingerprint=alert.fingerprint,
            at=at,
            window=record.plan().incidents.join_window,
        )
        if joined is not None:
            return (*(await self.join(joined, row)), *self._invited(joined, by))
        wanted = Declaration(
            title=alert.title,
            severity=row.severity or record.plan().severities[-1].key,
            service=row.service,
            origin=alert.source,
            link=alert.url,
            follows=follows,
        )
        began = alert.started_at or at
        incident = await self._add(
            wanted,
            opened_at=began,
            last_alert_at=at,
            acknowledged_at=row.acknowledged_at,
            acknowledged_by=row.acknowledged_by,
            declared_by=by,
            touched=by is not None or row.acknowledged_at is not None,
        )
        await record.alerts.change(row.id, incident_id=incident.id, place=Place.INCIDENT)
        words = f"{alert.source}: {alert.title}"
        await record.note(incident.id, "opened", words, key=True, at=began, once=f"alert:{row.id}")
        if row.acknowledged_at is not None:
            words = f"{row.acknowledged_by} acknowledged"
            once = f"acknowledged:{row.id}:{row.acknowledged_at.timestamp()}"
            await record.note(incident.id, "acknowledged", words, key=True, at=row.acknowledged_at, once=once)
        if by is not None:
            await record.note(incident.id, "opened", f"{record.names.name(by)} declared it", who=by, key=True)
        return (*self._opening(incident), *(await self._gather(incident)))

    async def take_again(self, row: AlertRow, closed: Incident) -> Acts:
        """An alert of a closed incident fires again: that one stays closed, and a new one follows it."""
        await self.record.alerts.change(row.id, incident_id=None, place=Place.NONE)
        words = f"{row.alert.source} reopened {row.alert.title}; it goes on in a new incident"
        await self.record.note(closed.id, "alert", words, at=row.alert.occurred_at)
        return await self.take_alert(row, follows=closed.id)

    async def join(self, incident: Incident, row: AlertRow) -> Acts:
        """One more alert of an open incident. It may raise the severity, never lower it."""
        record, alert = self.record, row.alert
        await record.alerts.change(row.id, incident_id=incident.id, place=Place.INCIDENT)
        values: dict[str, Any] = {"cleared": False}
        if incident.last_alert_at is None or alert.occurred_at > incident.last_alert_at:
            values["last_alert_at"] = alert.occurred_at
        await record.change(incident, **values)
        words = f"{alert.source}: {alert.title}"
        new = await record.note(incident.id, "joined", words, at=alert.occurred_at, once=f"alert:{row.id}")
        raised = await self.raise_severity(incident, row)
        if not new:
            return raised
        count = await record.alerts.firing_in(incident.id)
        soon = STORM_PACE if count >= MANY else 1.0
        return (*raised, *record.redraw(replace(incident, **values), soon=soon))

    async def take_page(self, incident: Incident, row: AlertRow) -> Acts:
        """A page that somebody sent from an incident comes back as an alert: part of it, and no worse than it is."""
        while incident.merged_into is not None and (into := await self.record.rows.get_locked(incident.merged_into)):
            incident = into
        await self.record.alerts.change(row.id, incident_id=incident.id, place=Place.INCIDENT)
        words = f"{row.alert.source} pages: {row.alert.title}"
        await self.record.note(incident.id, "joined", words, at=row.alert.occurred_at, once=f"alert:{row.id}")
        return self.record.redraw(incident, soon=1.0)

    async def raise_severity(self, incident: Incident, row: AlertRow) -> Acts:
        """An alert that is worse than its incident raises it; one that is milder changes nothing."""
        record, plan = self.record, self.record.plan()
        if row.severity is None or plan.rank(row.severity) >= plan.rank(incident.severity):
            return ()
        await record.change(incident, severity=row.severity, **self._cadence(row.severity))
        words = f"Severity raised to {plan.severity(row.severity).name} by an alert"
        await record.note(incident.id, "severity", words, key=True)
        return record.redraw(replace(incident, severity=row.severity), topic=True, soon=1.0)

    async def channel_made(self, number: int, channel: ChannelMade) -> Acts:
        """The channel stands: everything else can go on."""
        incident = await self.record.rows.get_locked(number)
        if incident is None or incident.channel:
            return ()
        looked = self.lookups.known(number)
        people = {"responders": looked["users"], "missing": looked["missing"]} if looked else {}
        await self.record.change(incident, channel=channel["id"], channel_name=channel["name"], **people)
        await self.record.note(number, "channel", f"Channel #{channel['name']} opened", once="channel")
        return publishing(incident, self.audiences.mirrors, incident.status, ANNOUNCED)

    async def people_brought(self, number: int, brought: Mapping[str, Any]) -> Acts:
        """Who was invited, and who could not be."""
        incident = await self.record.rows.get_locked(number)
        if incident is None:
            return ()
        invited, missing = tuple(brought["invited"]), dict(brought["missing"])
        shown_already = invited == tuple(incident.responders) and missing == dict(incident.missing)
        await self.record.change(incident, responders=list(invited), missing=missing)
        if invited:
            names = ", ".join(self.record.names.name(user) for user in invited)
            await self.record.note(number, "people", f"Invited {names}", once="invited")
        for who, reason in missing.items():
            await self.record.note(number, "people", f"Not invited: {who} ({reason})", once=f"missing:{who}")
        # Nothing else shows who was invited.
        return () if shown_already else (Post(card_key(number)),)

    def _invited(self, incident: Incident, user: str | None) -> Acts:
        if user is None:
            return ()
        given = {"incident": incident.id, "user": user}
        return (Start(flow="incident.invite", once=f"incident:{incident.id}:declared:{user}", given=given),)

    def _opening(self, incident: Incident, ask: Ask | None = None) -> Acts:
        """Whoever asked in a form waits in it."""
        given: dict[str, Any] = {"incident": incident.id}
        if ask is not None and ask.view_id:
            given |= {"view": ask.view_id, "user": ask.person.id}
        return (
            Start(flow="incident.open", once=f"incident:{incident.id}:open", given=given),
            Happened("incident.opened", {"incident": incident.id}),
        )

    async def _add(self, wanted: Declaration, **more: Any) -> Incident:
        now = self.record.clock()
        plan = self.record.plan()
        links = [{"title": "Alert", "url": wanted.link}] if wanted.link else []
        service = plan.service(wanted.service)
        links += [{"title": board.title, "url": board.url} for board in (service.dashboards if service else ())[:2]]
        values = {
            "title": wanted.title.strip()[:500] or "Untitled incident",
            "severity": wanted.severity,
            "status": State.INVESTIGATING,
            "service": wanted.service,
            "team": plan.team_of(wanted.service).name,
            "private": wanted.private,
            "practice": wanted.practice,
            "origin": wanted.origin,
            "seen": wanted.seen or None,
            "opened_at": now,
            "changed_at": now,
            "links": links,
            "follows": wanted.follows,
        }
        return await self.record.rows.add(values | self._cadence(wanted.severity) | more)

    def _cadence(self, severity: str) -> dict[str, Any]:
        every: timedelta | None = self.record.plan().severity(severity).update_every
        return {"update_due_at": self.record.clock() + every if every else None, "nudged": 0}

    async def _gather(self, incident: Incident) -> Acts:
        """Alerts of the service that wait in triage join now; real ones are no part of a practice."""
        if incident.service is None or incident.practice:
            return ()
        since = self.record.clock() - self.record.plan().incidents.join_window
        acts: list[Any] = []
        for row in await self.record.alerts.waiting_for(incident.service, since):
            current = await self.record.rows.get(incident.id) or incident
            acts.extend(await self.join(current, row))
            acts.append(Happened("alert.joined", {"alert": row.id, "incident": incident.id}))
        return tuple(acts)
