"""The course of an incident: status, severity, resolved, reopened, merged, and what its alerts do to it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bot.acts import Act, Acts, Ask, Happened, Post, Start
from bot.domain.alert import Agent, Change
from bot.domain.incident import Incident, State
from bot.features.incidents.record import Record, card_key
from bot.store.alerts import AlertRow

ITSELF: Final = "itself"
"""In the place of who resolved it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What a person says when an incident is over."""

    fixed_by: str
    impact: str = ""
    ended_at: datetime | None = None
    in_pager: bool = True
    tell: bool = True
    postmortem: bool | None = None
    """None: as the severity says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a source told about one of an incident's alerts. `words` is foreign."""

    row: AlertRow
    change: Change
    at: datetime
    by: Agent | None = None
    words: str = ""

    @property
    def name(self) -> str:
        return self.by.name if self.by else self.row.alert.source

    @property
    def once(self) -> str:
        """So that the same news told twice is written once."""
        return f"{self.change}:{self.row.id}:{self.at.timestamp()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Moves an incident along. Every method is called with the incident held, inside the caller's transaction."""

    record: Record

    async def set_status(self, ask: Ask, incident: Incident, status: State) -> Acts:
        if incident.status is status:
            return ()
        await self.record.change(incident, status=status, touched=True)
        words = f"{ask.person.name} set the status to {status}"
        await self.record.note(incident.id, "status", words, who=ask.person.id, key=True)
        await self.record.did(ask, f"incident.status.{status}", incident)
        return self.record.redraw(replace(incident, status=status), topic=True)

    async def set_severity(self, ask: Ask, incident: Incident, severity: str, reason: str) -> Acts:
        plan = self.record.plan()
        if severity == incident.severity:
            return ()
        every = plan.severity(severity).update_every
        due = self.record.clock() + every if every else None
        await self.record.change(incident, severity=severity, touched=True, update_due_at=due, nudged=0)
        old, new = plan.severity(incident.severity).name, plan.severity(severity).name
        words = f"{ask.person.name} changed the severity from {old} to {new}" + (f": {reason}" if reason else "")
        await self.record.note(incident.id, "severity", words, who=ask.person.id, key=True)
        await self.record.did(ask, f"incident.severity.{severity}", incident)
        return self.record.redraw(replace(incident, severity=severity), topic=True)

    async def resolve(self, ask: Ask, incident: Incident, how: Resolution) -> Acts:
        """Over, says a person. PagerDuty is told unless they unticked it."""
        values = {
            "fixed_by": how.fixed_by or None,
            "impact": how.impact or incident.impact,
            "ended_at": how.ended_at or self.record.clock(),
            "touched": True,
        }
        if how.tell and how.fixed_by:
            values |= {"told": how.fixed_by, "told_at": self.record.clock()}
        words = f"{ask.person.name} resolved the incident" + (f": {how.fixed_by}" if how.fixed_by else "")
        acts = await self._resolved(incident, words, by=ask.person.name, who=ask.person.id, values=values)
        await self.record.did(ask, "incident.resolve", incident)
        if how.in_pager:
            acts = (*acts, *(await self._tell_pagers(incident, "resolve", ask.person.id)))
        return (*acts, self._news(incident, postmortem=how.postmortem, by=ask.person.id))

    async def run_out(self, incident: Incident) -> Acts:
        """A practice that nobody resolved ends by itself."""
        now = self.record.clock()
        values = {"ended_at": now, "fixed_by": "ended by itself"}
        words = "Practice ended by itself; nobody resolved it"
        acts = await self._resolved(incident, words, by=ITSELF, values=values)
        return (*acts, self._news(incident, postmortem=False, by=None))

    async def reopen(self, ask: Ask, incident: Incident) -> Acts:
        acts = await self._reopened(incident, f"{ask.person.name} reopened the incident", who=ask.person.id)
        await self.record.did(ask, "incident.reopen", incident)
        return acts

    async def alert_news(self, incident: Incident, news: News) -> Acts:
        """Something happened to one of its alerts, at the vendor's."""
        if news.by is not None and news.by.person and not incident.touched:
            # From now on it does not resolve by itself: somebody is at it, if only over there.
            await self.record.change(incident, touched=True)
            incident = replace(incident, touched=True)
        if news.change is Change.ACKNOWLEDGED:
            return await self._acknowledged_there(incident, news)
        if news.change is Change.RESOLVED:
            return await self._cleared(incident, news)
        if news.change is Change.REOPENED:
            return await self._fires_again(incident, news)
        said = _NEWS.get(news.change)
        if said is None:
            return ()
        text = f"{news.name} {said}" + (f": {news.words}" if news.words else "")
        if not await self.record.note(incident.id, "alert", text, at=news.at, once=news.once):
            return ()
        if news.change is Change.UNACKNOWLEDGED:
            await self.record.change(incident, acknowledged_at=None, acknowledged_by=None)
        return self.record.redraw(incident, soon=2.0)

    async def late_news(self, incident: Incident, news: News) -> Acts:
        """News that is older than what is known: for the timeline only."""
        words = f"{news.name}: {news.change} (told late): {news.row.title}"
        await self.record.note(incident.id, "alert", words, at=news.at, once=news.once)
        return ()

    async def acknowledge(self, ask: Ask, incident: Incident) -> Acts:
        """A fact, not a state: who has it, and since when. PagerDuty hears it too."""
        now = self.record.clock()
        await self.record.change(incident, acknowledged_at=now, acknowledged_by=ask.person.name, touched=True)
        words = f"{ask.person.name} acknowledged"
        await self.record.note(incident.id, "acknowledged", words, who=ask.person.id, key=True)
        await self.record.did(ask, "incident.acknowledge", incident)
        told = await self._tell_pagers(incident, "acknowledge", ask.person.id)
        return (*self.record.redraw(incident), *told)

    async def merge(self, ask: Ask, incident: Incident, into: Incident) -> Acts:
        """This one's alerts and people go on in the other; its channel goes quiet."""
        await self.record.alerts.move(incident.id, into.id)
        await self.record.change(incident, status=State.MERGED, merged_into=into.id, update_due_at=None)
        latest = max((at for at in (into.last_alert_at, incident.last_alert_at) if at), default=None)
        await self.record.change(into, last_alert_at=latest, cleared=False)
        words = f"{ask.person.name} merged {incident.name} into {into.name}"
        for one in (incident, into):
            await self.record.note(one.id, "merged", words, who=ask.person.id, key=True)
        await self.record.did(ask, f"incident.merge.{into.name}", incident)
        given = {"incident": incident.id, "into": into.id}
        return (
            *self.record.redraw(replace(incident, status=State.MERGED), topic=True),
            *self.record.redraw(into),
            Start(flow="incident.merged", once=f"incident:{incident.id}:merged", given=given),
            Happened("incident.merged", given),
        )

    async def close(self, number: int, why: str) -> Acts:
        """Postmortem done or waived. The channel is archived later, by the clock."""
        incident = await self.record.rows.get_locked(number)
        if incident is None or incident.status is not State.RESOLVED:
            return ()
        await self.record.change(incident, status=State.CLOSED)
        await self.record.note(number, "status", f"Closed: {why}", once=f"closed:{incident.resolves}")
        return self.record.redraw(replace(incident, status=State.CLOSED), topic=True)

    # What several of them need.

    async def _acknowledged_there(self, incident: Incident, news: News) -> Acts:
        if incident.acknowledged_at is not None:
            # Our own acknowledgement coming back, or a second one: nothing new for people.
            return ()
        words = f"{news.name} acknowledged"
        if not await self.record.note(incident.id, "acknowledged", words, at=news.at, once=news.once, key=True):
            return ()
        await self.record.change(incident, acknowledged_at=news.at, acknowledged_by=news.name)
        return self.record.redraw(incident)

    async def _cleared(self, incident: Incident, news: News) -> Acts:
        person = news.by is not None and news.by.person
        if not (person and incident.status is State.RESOLVED):  # else it is most likely our own act coming back
            await self.record.note(incident.id, "alert", f"Cleared: {news.row.title}", at=news.at, once=news.once)
        if not incident.open:
            return (Post(card_key(incident.id), 2.0),) if incident.status is State.RESOLVED else ()
        if await self.record.alerts.firing_in(incident.id):
            return self.record.redraw(incident, soon=2.0)
        if news.by is not None and news.by.person:
            words = f"{news.by.name} resolved it in {news.row.alert.source}"
            acts = await self._resolved(incident, words, by=news.by.name, values={"ended_at": news.at})
            return (*acts, self._news(incident, postmortem=None, by=None))
        if incident.status is State.INVESTIGATING and not incident.touched:
            values = {"ended_at": news.at, "fixed_by": "cleared by itself"}
            acts = await self._resolved(incident, "Cleared by itself", by=ITSELF, values=values)
            return (*acts, self._news(incident, postmortem=False, by=None))
        await self.record.change(incident, cleared=True)
        once = f"cleared:{news.at.timestamp()}"
        await self.record.note(incident.id, "alert", "All alerts cleared", at=news.at, once=once, key=True)
        return (*self.record.redraw(incident), Post(f"incident.cleared:{incident.id}"))

    async def _fires_again(self, incident: Incident, news: News) -> Acts:
        words = f"{news.name} reopened it in {news.row.alert.source}: {news.row.title}"
        if incident.status is State.RESOLVED:
            acts = await self._reopened(incident, words, once=news.once)
        else:
            await self.record.note(incident.id, "alert", words, at=news.at, once=news.once)
            acts = self.record.redraw(incident)
        # Nobody has it there any more.
        fresh = {"acknowledged_at": None, "acknowledged_by": None}
        await self.record.change(incident, cleared=False, last_alert_at=news.at, **fresh)
        return acts

    async def _resolved(
        self, incident: Incident, words: str, *, by: str, values: Mapping[str, Any], who: str | None = None
    ) -> Acts:
        changed = {
            "status": State.RESOLVED,
            "resolved_at": self.record.clock(),
            "resolved_by": by,
            "resolves": incident.resolves + 1,
            "update_due_at": None,
            "cleared": False,
            **values,
        }
        await self.record.change(incident, **changed)
        await self.record.note(incident.id, "resolved", words, who=who, key=True)
        return self.record.redraw(replace(incident, status=State.RESOLVED), topic=True)

    async def _reopened(
        self, incident: Incident, words: str, *, who: str | None = None, once: str | None = None
    ) -> Acts:
        every = self.record.plan().severity(incident.severity).update_every
        due = self.record.clock() + every if every else None
        await self.record.change(
            incident,
            status=State.INVESTIGATING,
            resolved_at=None,
            resolved_by=None,
            ended_at=None,
            update_due_at=due,
            touched=True,
            cleared=False,
        )
        await self.record.note(incident.id, "reopened", words, who=who, key=True, once=once)
        acts: list[Act] = list(self.record.redraw(replace(incident, status=State.INVESTIGATING), topic=True))
        acts.append(Happened("incident.reopened", {"incident": incident.id, "resolves": incident.resolves}))
        return tuple(acts)

    def _news(self, incident: Incident, *, postmortem: bool | None, by: str | None) -> Happened:
        """For the postmortem. None: as the severity says; a practice needs none."""
        usual = self.record.plan().severity(incident.severity).postmortem and not incident.practice
        wanted = usual if postmortem is None else postmortem
        given = {"incident": incident.id, "resolves": incident.resolves + 1, "postmortem": wanted, "by": by}
        return Happened("incident.resolved", given)

    async def _tell_pagers(self, incident: Incident, what: str, by: str) -> Acts:
        """About every alert that fires; whose source cannot be told is passed over."""
        firing = [row.id for row in await self.record.alerts.of_incident(incident.id) if row.firing]
        if not firing:
            return ()
        stamp = int(self.record.clock().timestamp() * 1000)
        about = {"incident": incident.id} if what == "resolve" else {}
        given = {**about, "alerts": firing, "by": by}
        return (Start(flow=f"alert.{what}", once=f"incident:{incident.id}:{what}:{stamp}", given=given),)


_NEWS: Mapping[Change, str] = {
    Change.UNACKNOWLEDGED: "no longer has it (the acknowledgement ran out)",
    Change.ESCALATED: "escalated",
    Change.REASSIGNED: "reassigned it",
    Change.REPRIORITISED: "changed the priority",
    Change.NOTED: "noted",
}
