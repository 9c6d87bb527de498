"""Asking for the postmortem: on resolve, taken back on reopen, waived with a reason, brought up again by the clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.acts import Act, Acts, Ask, Happened, Post
from bot.domain.days import Workdays
from bot.domain.incident import Incident, State
from bot.features.postmortems.record import Record
from bot.store.postmortems import Postmortem, Stage

FIRST_NUDGE = 3
"""Working days."""
QUIET_FOR = timedelta(days=1)
"""An incident that needs no postmortem is closed so long after its end: until then it can be reopened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Called inside the caller's transaction."""

    record: Record

    async def resolved(self, number: int, *, wanted: bool, by: str | None) -> Acts:
        """An incident is over. News that a reopening has overtaken asks nobody."""
        record, now = self.record, self.record.clock()
        incident = await record.incidents.get_locked(number)
        if incident is None or incident.status is not State.RESOLVED:
            return ()
        known = await record.rows.begin(number, Stage.NOT_ASKED, now)
        if known.state is Stage.FILING:
            return ()
        if not wanted:
            settled = known.state in (Stage.FILED, Stage.SAVED)
            await record.rows.change(number, state=known.state if settled else Stage.NOT_ASKED, asked_at=now)
            return ()
        if known.state is not Stage.ASKED or not known.round:
            await record.rows.change(
                number,
                state=Stage.ASKED,
                asked_at=now,
                asked_who=self._whom(incident, by),
                round=known.round + 1,
                nudged_at=None,
                waived_reason=None,
            )
        return await self._redrawn(number)

    async def reopened(self, number: int) -> Acts:
        """It is not over: the prompt is taken back. What was written stays."""
        known = await self.record.rows.get_locked(number)
        if known is None or known.state not in (Stage.ASKED, Stage.NOT_ASKED, Stage.WAIVED):
            return ()
        await self.record.rows.change(number, state=Stage.WITHDRAWN)
        return await self._redrawn(number)

    async def waive(self, ask: Ask, incident: Incident, reason: str) -> Acts:
        """No postmortem, and why. It closes the incident."""
        record = self.record
        known = await record.rows.begin(incident.id, Stage.NOT_ASKED, record.clock())
        await record.rows.change(
            incident.id, state=Stage.WAIVED, waived_reason=reason, by=ask.person.id, asked_at=known.asked_at
        )
        words = f"{ask.person.name}: no postmortem needed: {reason}"
        await record.note(incident.id, words, who=ask.person.id, key=True)
        await record.did(ask, "postmortem.waive", incident.name)
        why = f"no postmortem needed: {reason}"
        done = Happened("postmortem.done", {"incident": incident.id, "why": why})
        return (*(await self._redrawn(incident.id)), done)

    async def nudges(self, now: datetime) -> Acts:
        """After three working days, then weekly; in the team's working hours, a new message each time."""
        acts: list[Act] = []
        for one in await self.record.rows.waiting(now - timedelta(days=FIRST_NUDGE)):
            incident = await self.record.incidents.get(one.incident_id)
            if incident is None or not self._due(incident, one, now):
                continue
            await self.record.rows.change(one.incident_id, nudged_at=now, nudges=one.nudges + 1)
            if one.nudges:
                acts.append(Post(f"postmortem.nudge:{one.incident_id}:{one.nudges}"))
            acts.append(Post(f"postmortem.nudge:{one.incident_id}:{one.nudges + 1}"))
        return tuple(acts)

    async def close_quiet(self, now: datetime) -> Acts:
        """Resolved incidents of which nobody wants a (further) postmortem are closed a day later."""
        acts: list[Act] = []
        for one in await self.record.rows.quiet(now - QUIET_FOR):
            why = f"its postmortem is {one.ticket}" if one.ticket else "no postmortem was asked for"
            why = "its postmortem is saved" if one.state is Stage.SAVED else why
            # Asked for again so much later if the incident does not close, not at every tick.
            await self.record.rows.change(one.incident_id, asked_at=now)
            acts.append(Happened("postmortem.done", {"incident": one.incident_id, "why": why}))
        return tuple(acts)

    def _whom(self, incident: Incident, by: str | None) -> str | None:
        """The lead; without one whoever ended it, or opened it."""
        people = (incident.lead, by, incident.declared_by)
        return next((one for one in people if one and self.record.names.known(one)), None)

    def _due(self, incident: Incident, one: Postmortem, now: datetime) -> bool:
        team = self.record.team(incident)
        workdays = Workdays.of(team)
        there = now.astimezone(ZoneInfo(team.timezone))
        if there.date() not in workdays or there.time() < team.digest.at:
            return False
        if one.nudged_at is not None:
            return there.date() >= one.nudged_at.astimezone(there.tzinfo).date() + timedelta(days=7)
        asked = one.asked_at.astimezone(there.tzinfo).date()
        return there.date() >= workdays.after(asked, FIRST_NUDGE)

    async def _redrawn(self, number: int) -> Acts:
        found = await self.record.rows.get(number)
        return self.record.redraw(found) if found else ()
