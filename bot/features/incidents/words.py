"""What is said in an incident: status updates with their cadence, notes, and messages put on the timeline."""

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.acts import Act, Acts, Ask, Post, Start
from bot.domain.incident import Incident, State
from bot.features.incidents.audiences import NOBODY, Audiences, publishing
from bot.features.incidents.record import Record, nudge_keys, stamp_of

MOST_TOLD = 3
"""Alerts of an incident that get a note of each update."""
NUDGE_AGAIN = timedelta(minutes=15)
LONGEST = 3900
"""Characters of a message that are kept, so that what happened to it still fits behind them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A status update as it was written; `public` are its own words for customers."""

    text: str
    status: State
    stakeholders: bool = True
    next_in: int = 0
    """Minutes until the next one is due; 0 for no reminder."""
    public: str = ""
    public_title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Called with the incident held, inside the caller's transaction."""

    record: Record
    audiences: Audiences = NOBODY

    async def update(self, ask: Ask, incident: Incident, said: Update) -> Acts:
        """A status update: the channel gets it, stakeholders when they are chosen, and the next one becomes due."""
        now = self.record.clock()
        due = now + timedelta(minutes=said.next_in) if said.next_in else None
        values = {
            "last_update": said.text,
            "last_update_at": now,
            "status": said.status,
            "update_due_at": due,
            "nudged": 0,
            "touched": True,
        }
        if said.stakeholders:
            values |= {"told": said.text, "told_at": now, "impact": incident.impact or said.text}
        await self.record.change(incident, **values)
        words = f"Update by {ask.person.name}: {said.text}"
        # The message is drawn from this entry, which is found by the moment in its key.
        await self.record.note(incident.id, "update", words, at=now, who=ask.person.id, key=True)
        pages = self.audiences.pages if said.public and not (incident.private or incident.practice) else ()
        if pages:
            for_customers = f"Public update by {ask.person.name}: {said.public_title}\n{said.public}"
            await self.record.note(incident.id, "public", for_customers, at=now, who=ask.person.id, key=True)
        if said.status is not incident.status:
            status_words = f"{ask.person.name} set the status to {said.status}"
            await self.record.note(incident.id, "status", status_words, who=ask.person.id, key=True)
        await self.record.did(ask, "incident.update", incident)
        acts: list[Act] = list(
            self.record.redraw(replace(incident, status=said.status), topic=said.status is not incident.status)
        )
        stamp = stamp_of(now)
        acts.append(Post(f"incident.update:{incident.id}:{stamp}"))
        if said.stakeholders and not incident.private:
            given = {"incident": incident.id, "stamp": stamp}
            acts.append(Start(flow="incident.broadcast", once=f"incident:{incident.id}:broadcast:{stamp}", given=given))
            acts += () if incident.practice else await self._tell_pagers(ask, incident, stamp)
            acts += self.record.follows(incident, f"update:{stamp}")
        told = [*(self.audiences.mirrors if said.stakeholders else ()), *pages]
        acts += publishing(incident, told, said.status, stamp)
        acts += [Post(key) for key in nudge_keys(incident)]
        return tuple(acts)

    async def _tell_pagers(self, ask: Ask, incident: Incident, stamp: int) -> Acts:
        """Who follows an alert where it was raised reads the update there; of a storm's alerts the first few say it."""
        firing = [row.id for row in await self.record.alerts.of_incident(incident.id) if row.firing]
        if not firing:
            return ()
        given = {"incident": incident.id, "alerts": firing[:MOST_TOLD], "by": ask.person.id, "stamp": stamp}
        return (Start(flow="alert.note", once=f"incident:{incident.id}:note:{stamp}", given=given),)

    async def note(self, ask: Ask, incident: Incident, words: str) -> Acts:
        await self.record.note(incident.id, "note", f"{ask.person.name}: {words}", who=ask.person.id, key=True)
        await self.record.change(incident, touched=True)
        return self.record.redraw_card(incident, soon=1.0)

    async def add_link(self, ask: Ask, incident: Incident, url: str, title: str) -> Acts:
        links = [*incident.links, {"title": title, "url": url}]
        await self.record.change(incident, links=links[:50], touched=True)
        await self.record.note(incident.id, "link", f"{ask.person.name} linked {title}: {url}", who=ask.person.id)
        stamp = int(self.record.clock().timestamp() * 1000)
        given = {"incident": incident.id, "title": title, "url": url}
        start = Start(flow="incident.bookmark", once=f"incident:{incident.id}:bookmark:{stamp}", given=given)
        return (*self.record.redraw_card(incident), start)

    async def keep_message(
        self, incident: Incident, *, channel: str, ts: str, words: str, author: str | None, by: str
    ) -> Acts:
        """Somebody put a message on the timeline; it follows the message's edits and deletion from now on."""
        name = self.record.names.name(author)
        once = f"message:{channel}:{ts}"
        text, ref = f"{name}: {words}", f"{channel}:{ts}"
        if not await self.record.note(incident.id, "message", text, who=by, ref=ref, once=once, key=True):
            return ()
        given = {"channel": channel, "ts": ts}
        return (
            *self.record.redraw_card(incident, soon=1.0),
            Start(flow="incident.marked", once=f"marked:{channel}:{ts}", given=given),
        )

    async def message_changed(self, channel: str, ts: str, words: str | None, at: str, author: str | None) -> Acts:
        """A message on a timeline was edited (or deleted: None)."""
        ref = f"{channel}:{ts}"
        old = await self.record.timeline.words_at(ref)
        if old is None:
            return ()
        if words is None:
            text = f"{old.partition(' (edited')[0][:LONGEST]} (deleted by its author {at})"
        else:
            text = f"{self.record.names.name(author)}: {words[:LONGEST]} (edited {at})"
        numbers = await self.record.timeline.reword(ref, text)
        return tuple(Post(f"incident.card:{number}", 2.0) for number in numbers)

    async def nudges(self) -> Acts:
        """Updates that are due: one open nudge an incident; 15 minutes later once to all, then rest."""
        acts: list[Act] = []
        now = self.record.clock()
        for incident in await self.record.rows.updates_due(now):
            due = incident.update_due_at
            if due is None or incident.nudged > 1 or (incident.nudged == 1 and now < due + NUDGE_AGAIN):
                continue
            await self.record.change(incident, nudged=incident.nudged + 1)
            # A new message each time, since an edit reminds nobody; the first then says that all were asked.
            acts += [Post(key) for key in nudge_keys(replace(incident, nudged=incident.nudged + 1))]
        return tuple(acts)

    async def later(self, incident: Incident, minutes: int | None) -> Acts:
        """The nudge is answered with "in 15 min" or "not needed" (None)."""
        due = self.record.clock() + timedelta(minutes=minutes) if minutes else None
        await self.record.change(incident, update_due_at=due, nudged=0)
        return (*self.record.redraw(incident), *(Post(key) for key in nudge_keys(incident)))
