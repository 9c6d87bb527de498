"""Collects what the messages of an incident show, from stored state; nothing is drawn from a payload."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.errors import Unavailable
from bot.domain.incident import Incident
from bot.domain.suspicion import Changed
from bot.domain.timeline import Moment
from bot.features.incidents import around, views
from bot.features.incidents.record import MILLISECOND, Record, card_key, moment_of
from bot.features.incidents.views import Seen
from bot.slack.blocks import clean, cut, short_name
from bot.slack.drawn import Drawn
from bot.store.pending import Pending, PendingRows
from bot.store.tasks import TaskRows


async def _nobody_knows(_incident: Incident) -> Changed | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeing:
    """One method a surface; each takes the business key behind the surface's name."""

    record: Record
    tasks: TaskRows
    pendings: PendingRows
    ticket_of: Callable[[int], Any]
    """incident number → (ticket key, address) or None."""
    looking: Callable[[int], bool] = lambda _incident: False
    """incident number → whether it is being looked up who is on call for it."""
    silenceable: Callable[[str], bool] = lambda _source: False
    """source → whether anything that is connected silences its alerts."""
    changed: Callable[[Incident], Awaitable[Changed | None]] = _nobody_knows
    """incident → what was changed before it began."""

    async def seen(self, incident: Incident) -> Seen:
        plan = self.record.plan()
        all_tasks = await self.tasks.shown(incident.id)
        merged = await self.record.rows.get(incident.merged_into) if incident.merged_into else None
        return Seen(
            incident=incident,
            severity=plan.severity(incident.severity),
            rank=plan.rank(incident.severity),
            alerts=await self.record.alerts.of_incident(incident.id),
            now=self.record.clock(),
            names=self.record.names.name,
            moments=await self.record.timeline.count(incident.id),
            tasks=(sum(one.done_at is not None for one in all_tasks), len(all_tasks)),
            pending=[self._pending_line(one) for one in await self.pendings.open_of(f"incident:{incident.id}:")],
            ticket=await self.ticket_of(incident.id),
            merged_name=merged.name if merged else None,
            looking=self.looking(incident.id),
            silenceable=self.silenceable,
        )

    def _pending_line(self, one: Pending) -> str:
        return f":repeat: {short_name(around.what_failed(one.step), 80)}: see the thread"

    async def card(self, key: str) -> Drawn | None:
        incident = await self._incident(key)
        if incident is None or incident.channel is None or incident.gone:
            return None
        seen = replace(await self.seen(incident), changed=await self.changed(incident))
        return Drawn(channel=incident.channel, message=views.card(seen))

    async def news(self, key: str) -> Drawn | None:
        """The announcement; private and practice incidents have none."""
        incident = await self._incident(key)
        if incident is None or incident.private or incident.practice:
            return None
        plan = self.record.plan()
        team = plan.team_of(incident.service)
        channel = plan.incidents.announce or team.channel
        return Drawn(channel=channel, message=views.announcement(await self.seen(incident)))

    async def update(self, key: str) -> Drawn | None:
        """`<incident>:<moment of the update>`; drawn once, from the timeline entry of that moment."""
        number, _, stamp = key.partition(":")
        incident = await self._incident(number)
        if incident is None:
            return None
        said = await self._update(incident.id, int(stamp))
        if said is None:
            return None
        seen = await self.seen(incident)
        who = self.record.names.name(said.who)
        return Drawn(channel=_channel(incident), message=around.update(seen, _said(said), who))

    async def update_words(self, number: int, stamp: int) -> str:
        """What the update of that moment says; empty when there is none."""
        said = await self._update(number, stamp)
        return _said(said) if said else ""

    async def public_words(self, number: int, stamp: int) -> tuple[str, str] | None:
        """Title and words for customers of that moment; None when newer ones were written since, which tell more."""
        at = moment_of(stamp)
        said = await self.record.timeline.last_words(number, "public", at, self.record.clock() + MILLISECOND)
        if said is None or said.at >= at + MILLISECOND:
            return None
        title, _, words = _said(said).partition("\n")
        return title, words

    async def _update(self, number: int, stamp: int) -> Moment | None:
        at = moment_of(stamp)
        return await self.record.timeline.last_words(number, "update", at, at + MILLISECOND)

    async def copy(self, key: str) -> Drawn | None:
        """`<incident>:<moment of the update>:<follower>`: the update as a direct message."""
        update, _, follower = key.rpartition(":")
        drawn = await self.update(update)
        return replace(drawn, channel=follower) if drawn else None

    async def nudge(self, key: str) -> Drawn | None:
        """`<incident>:<unix time it was due>:<1, or 2 for the one to everybody>`."""
        number, stamp, which = key.split(":")
        incident = await self._incident(number)
        if incident is None or incident.channel is None:
            return None
        now = self.record.clock()
        due = datetime.fromtimestamp(int(stamp), UTC)
        waits_for = int(incident.update_due_at.timestamp()) if incident.update_due_at else None
        if not incident.open or waits_for != int(stamp):
            message = around.nudge_over(incident, now, by=await self._updated_by(incident))
            return Drawn(channel=incident.channel, message=message)
        if int(which) < incident.nudged:
            return Drawn(channel=incident.channel, message=around.nudge_passed_on(incident))
        lead = incident.communications or incident.lead
        people = [lead] if lead and incident.nudged < 2 else [one for one in (lead, *incident.responders) if one]
        unique = list(dict.fromkeys(people)) or list(incident.responders)
        return Drawn(channel=incident.channel, message=around.nudge(incident, unique, due, now))

    async def _updated_by(self, incident: Incident) -> str:
        at = incident.last_update_at
        said = at and await self.record.timeline.last_words(incident.id, "update", at, at + MILLISECOND)
        return self.record.names.name(said.who) if said else "Somebody"

    async def cleared(self, key: str) -> Drawn | None:
        incident = await self._incident(key)
        if incident is None or incident.channel is None:
            return None
        return Drawn(channel=incident.channel, message=around.cleared(incident))

    async def role(self, key: str) -> Drawn | None:
        """`<incident>:<duty>:<person>:<when>`."""
        number, duty, holder, _ = key.split(":", 3)
        incident = await self._incident(number)
        if incident is None:
            return None
        return Drawn(channel=_channel(incident), message=around.role_given(incident, duty, holder))

    async def task_list(self, key: str) -> Drawn | None:
        incident = await self._incident(key)
        if incident is None:
            return None
        shown = await self.tasks.shown(incident.id)
        names = [self.record.names.name(one.owner) if one.owner else "" for one in shown]
        return Drawn(channel=_channel(incident), message=around.tasks(incident, shown, names))

    async def catch_up(self, key: str) -> Drawn | None:
        """The story so far."""
        incident = await self._incident(key)
        if incident is None or incident.channel is None:
            return None
        moments, _ = await self.record.timeline.page(incident.id, key_only=True, limit=200)
        return Drawn(channel=incident.channel, message=around.catch_up(await self.seen(incident), moments))

    async def gone(self, key: str) -> Drawn | None:
        """An open incident whose channel cannot be used any more: the team is told."""
        incident = await self._incident(key)
        if incident is None or not incident.gone:
            return None
        team = self.record.plan().team_of(incident.service)
        return Drawn(channel=team.channel, message=around.channel_gone(incident))

    async def moved(self, key: str) -> Drawn | None:
        """The last line of a merged incident's channel."""
        incident = await self._incident(key)
        if incident is None or incident.channel is None or incident.merged_into is None:
            return None
        into = await self.record.rows.get(incident.merged_into)
        if into is None:
            return None
        return Drawn(channel=incident.channel, message=around.merged(incident, into))

    async def pending(self, key: str) -> Drawn | None:
        """`<flow key>|<step>`; in the incident's thread, or the team's channel while there is no other."""
        flow_key, _, step = key.rpartition("|")
        one = await self.pendings.get(flow_key, step)
        if one is None:
            return None
        now = self.record.clock()
        parts = flow_key.split(":")
        incident = await self._incident(parts[1]) if parts[0] in ("incident", "postmortem") and len(parts) > 1 else None
        # Without a channel it is told to the team: there the incident has to be named, also once it has one.
        about = _told_as(incident) if one.step == "create" or (incident and incident.gone) else ""
        if incident is not None and incident.channel and not incident.gone:
            thread = None if one.step == "card" else card_key(incident.id)
            return Drawn(channel=incident.channel, message=around.pending(one, now, thread, about))
        team = self.record.plan().team_of(incident.service if incident else None)
        return Drawn(channel=team.channel, message=around.pending(one, now, None, about))

    async def _incident(self, key: str) -> Incident | None:
        return await self.record.rows.get(int(key)) if key.isdigit() else None


def _said(update: Moment) -> str:
    """`Update by Ann: we roll back` → `we roll back`."""
    return update.words.partition(": ")[2]


def _channel(incident: Incident) -> str:
    """Where it is said once and not again. While there is no channel yet, it waits."""
    if incident.channel is None:
        raise Unavailable("the incident's channel is not there yet")
    return incident.channel


def _told_as(incident: Incident | None) -> str:
    """An incident's number and title; of a private one the number alone."""
    if incident is None:
        return ""
    return incident.name if incident.private else f"{incident.name} {cut(clean(incident.title), 80)}"
