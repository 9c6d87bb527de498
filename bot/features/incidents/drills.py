"""Practice: a scripted incident whose alerts come by the clock, measured at its end beside the earlier ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.acts import Act, Acts, Ask
from bot.domain.alert import Alert, AlertState, Change
from bot.domain.incident import Incident, State
from bot.domain.timeline import Moment
from bot.features.incidents.course import ITSELF, Course, News
from bot.features.incidents.drill_scripts import Cue, Scenario
from bot.features.incidents.record import Record
from bot.features.incidents.service import Declaration, Incidents
from bot.store.alerts import AlertRow

SOURCE: Final = "drill"
LASTS: Final = timedelta(hours=2)
"""After that a practice that nobody resolved ends by itself, so that the next one can begin."""
EARLIER: Final = 5
"""Drills shown beside the one that is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long each thing took from the beginning; None for what never happened."""

    incident: Incident
    acknowledged: timedelta | None
    lead: timedelta | None
    update: timedelta | None
    mitigated: timedelta | None

    @property
    def by_itself(self) -> bool:
        """Nobody resolved it."""
        return self.incident.resolved_by == ITSELF


@dataclass(frozen=True, slots=True, kw_only=True)
class Drills:
    """What is played stands in the incident's row and its alerts', so that a restart goes on where it was."""

    record: Record
    incidents: Incidents
    course: Course
    scenarios: Mapping[str, Scenario]

    def scenario_of(self, incident: Incident) -> Scenario | None:
        """The script behind an incident; None when it is no drill, or its script is gone."""
        return self.scenarios.get(scenario_name(incident))

    async def running(self) -> Incident | None:
        return next(iter(await self.record.rows.drills_open()), None)

    async def next_one(self) -> str:
        """The scenario that was not played for the longest time, in the order of their names."""
        last = await self.record.rows.drills_played()
        return min(self.scenarios, key=lambda name: (last.get(f"{SOURCE}:{name}", 0), name))

    async def start(self, ask: Ask, name: str) -> tuple[Incident, Acts]:
        """Opens it, with what fires at once."""
        scenario, plan = self.scenarios[name], self.record.plan()
        wanted = Declaration(
            title=scenario.title,
            severity=self._severity(scenario.severity),
            service=service.name if (service := plan.service(scenario.service)) else None,
            seen=scenario.seen,
            practice=True,
            origin=f"{SOURCE}:{name}",
        )
        incident, acts = await self.incidents.declare(ask, wanted)
        return incident, (*acts, *(await self._play(incident, scenario)))

    async def play(self) -> Acts:
        """One tick: what is due in each drill that is open. Once watched, what fired clears."""
        acts: list[Act] = []
        for one in await self.record.rows.drills_open():
            incident, scenario = await self.record.rows.get_locked(one.id), self.scenario_of(one)
            if incident is None or not incident.open:
                continue
            if self.record.clock() - await self._begun(incident) >= LASTS:
                acts += await self.course.run_out(incident)
            elif scenario is None:
                continue
            elif incident.status is State.MONITORING:
                acts += await self._clear(incident)
            else:
                acts += await self._play(incident, scenario)
        return tuple(acts)

    async def times(self, incident: Incident) -> Times:
        moments, _ = await self.record.timeline.page(incident.id, key_only=True, limit=500)

        ended = None if incident.resolved_by == ITSELF else incident.ended_at

        def after(at: datetime | None) -> timedelta | None:
            return at - incident.opened_at if at is not None else None

        return Times(
            incident=incident,
            acknowledged=after(incident.acknowledged_at),
            lead=after(_first(moments, "role")),
            update=after(_first(moments, "update")),
            mitigated=after(next((one.at for one in moments if one.eased), None) or ended),
        )

    async def earlier(self, incident: Incident) -> Sequence[Times]:
        """Drills that were over before, the newest first."""
        return [await self.times(one) for one in await self.record.rows.drills_ended(incident.id, limit=EARLIER)]

    async def _begun(self, incident: Incident) -> datetime:
        """Opened, or reopened the last time."""
        moments, _ = await self.record.timeline.page(incident.id, key_only=True, limit=500)
        return max((one.at for one in moments if one.kind == "reopened"), default=incident.opened_at)

    async def _play(self, incident: Incident, scenario: Scenario) -> Acts:
        here = {row.alert.id for row in await self.record.alerts.of_incident(incident.id)}
        now, acts = self.record.clock(), list[Act]()
        for number, cue in enumerate(scenario.alerts, 1):
            at = incident.opened_at + timedelta(seconds=cue.after)
            alert_id = f"{incident.id}-{number}"
            if at > now or alert_id in here:
                continue
            row = await self._fire(incident, cue, alert_id, at)
            current = await self.record.rows.get(incident.id) or incident
            acts += await self.incidents.join(current, row)
        return tuple(acts)

    async def _fire(self, incident: Incident, cue: Cue, alert_id: str, at: datetime) -> AlertRow:
        alert = Alert(
            source=SOURCE,
            id=alert_id,
            title=cue.title,
            state=AlertState.FIRING,
            occurred_at=at,
            started_at=at,
            fingerprint=f"{SOURCE}:{alert_id}",
        )
        severity = self._severity(cue.severity) if cue.severity else incident.severity
        return await self.record.alerts.add(alert, service=incident.service, severity=severity, reason="a drill")

    async def _clear(self, incident: Incident) -> Acts:
        now, acts = self.record.clock(), list[Act]()
        for row in await self.record.alerts.of_incident(incident.id):
            if not row.firing:
                continue
            over = replace(row.alert, state=AlertState.RESOLVED, occurred_at=now)
            await self.record.alerts.apply(row.id, over)
            acts += await self.course.alert_news(incident, News(row=row, change=Change.RESOLVED, at=now))
        return tuple(acts)

    def _severity(self, rank: int) -> str:
        known = self.record.plan().severities
        return known[min(rank, len(known)) - 1].key


def scenario_name(incident: Incident) -> str:
    """The script behind an incident; empty when it is no drill."""
    source, _, name = (incident.origin or "").partition(":")
    return name if source == SOURCE else ""


def _first(moments: Sequence[Moment], kind: str) -> datetime | None:
    return next((one.at for one in moments if one.kind == kind), None)
