"""What a filing writes down: the text, the ticket it became, the tickets of its action items, or that it stays here."""

from dataclasses import dataclass
from datetime import date
from typing import TypedDict

from bot.acts import Act, Acts, Happened, Post, Start
from bot.domain.capabilities import Ticketing
from bot.domain.incident import Incident, marker
from bot.domain.ticket import Ticket, TicketDraft, TicketState
from bot.features.postmortems import draft
from bot.features.postmortems.record import Record, filed_key
from bot.features.postmortems.writing import Writing, start_filing
from bot.store.action_items import ActionItem
from bot.store.postmortems import Stage

LABELS = ("daywatch",)
"""Beside each ticket's own label. Never another ticket's own: by that a repeat finds the first."""


class Filed(TypedDict):
    """A ticket as plain JSON, for the flow's journal."""

    key: str
    url: str
    state: str
    status: str


def plain(ticket: Ticket) -> Filed:
    return Filed(key=ticket.key, url=ticket.url, state=ticket.state.value, status=ticket.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """Called inside the caller's transaction. Every method may come twice."""

    record: Record
    writing: Writing

    async def draft(self, number: int) -> Acts:
        """The whole text, made of what stands in the store now."""
        incident = await self.record.incidents.get(number)
        if incident is None:
            return ()
        known = await self.writing.known(incident)
        row = await self.record.rows.get_locked(number)
        items = await self.record.actions.of_incident(number)
        fields = draft.filled(row, known)
        names = dict(row.fields) if row else {}
        body = draft.markdown(known, fields, items)
        # What was prefilled and never touched is kept as it was filed.
        await self.record.rows.change(number, body=body, fields=names | fields)
        return (Post(filed_key(number)),)

    async def follows(self, number: int) -> Acts:
        """The tracker did not take it yet: people see that it is saved and will follow."""
        return (Post(filed_key(number)),)

    async def filed(self, number: int, ticket: Filed) -> Acts:
        record = self.record
        row = await record.rows.get_locked(number)
        if row is None:
            return ()
        values = {"ticket": ticket["key"], "ticket_url": ticket["url"], "state": Stage.FILED, "gone": False}
        if row.ticket != ticket["key"]:
            values |= {"ticket_state": ticket["state"], "ticket_status": ticket["status"][:60], "ticket_at": None}
        await record.rows.change(number, **values)
        await record.note(number, f"Postmortem filed as {ticket['key']}", key=True, once=f"filed:{ticket['key']}")
        why = f"postmortem filed as {ticket['key']}"
        return (
            *(await self._redrawn(number)),
            Happened("postmortem.filed", {"incident": number, "ticket": ticket["key"], "url": ticket["url"]}),
            Happened("postmortem.done", {"incident": number, "why": why}),
        )

    async def kept(self, number: int) -> Acts:
        """No tracker, or done without it: it is saved here, and that is all right."""
        record = self.record
        row = await record.rows.get_locked(number)
        if row is None:
            return ()
        await record.rows.change(number, state=Stage.SAVED)
        await record.note(number, "Postmortem saved", key=True, once="saved")
        done = Happened("postmortem.done", {"incident": number, "why": "postmortem saved"})
        return (*(await self._redrawn(number)), done)

    async def finished(self, number: int, filing: int) -> Acts:
        """The next filing may begin, if somebody sent one meanwhile."""
        row = await self.record.rows.get_locked(number)
        if row is None or row.busy != filing:
            return ()
        follow = row.filings if row.filings > filing else None
        await self.record.rows.change(number, busy=follow)
        return (start_filing(number, follow),) if follow else ()

    async def action_filed(self, item: int, ticket: Filed) -> Acts:
        """Its ticket is there. If it was done here meanwhile, the ticket is moved after it."""
        record = self.record
        found = await record.actions.get_locked(item)
        if found is None or (found.filed and found.ticket == ticket["key"]):
            return ()
        values = {
            "ticket": ticket["key"],
            "ticket_url": ticket["url"],
            "ticket_status": ticket["status"][:60],
            "ticket_due": found.due,
            "gone": False,
        }
        if not found.done:
            done = ticket["state"] == TicketState.DONE
            values |= {"state": TicketState(ticket["state"]), "done_at": record.clock() if done else None}
        await record.actions.change(item, **values)
        number = found.incident_id
        await record.note(number, f"Action item {ticket['key']}: {found.what}", once=f"action:{ticket['key']}")
        once = f"postmortem:{number}:link:{item}:{ticket['key']}"
        acts: list[Act] = [
            Post(filed_key(number), 0.5),
            Start(flow="postmortem.link", once=once, given={"incident": number, "item": item}),
        ]
        if found.done and ticket["state"] != TicketState.DONE:
            acts.append(move(found, "filed"))
        return tuple(acts)

    # What the steps ask.

    async def leaves(self, number: int) -> bool:
        incident, row = await self.record.incidents.get(number), await self.record.rows.get(number)
        return bool(incident and row and self.record.leaves(incident, shared=row.shared))

    async def to_file(self, number: int) -> list[int]:
        """Numbers of the action items without a ticket; those that wait under an earlier filing are left to it."""
        waiting = {one.step for one in await self.record.pendings.open_of(f"postmortem:{number}:")}
        items = await self.record.actions.of_incident(number)
        return [one.number for one in items if not one.filed and file_step(one.number) not in waiting]

    async def file(self, ticketing: Ticketing, number: int) -> Filed | None:
        """The postmortem's ticket: the one there is, else a new one (a repeat finds the first by its label)."""
        row = await self.record.rows.get(number)
        if row is not None and row.ticket and not row.gone:
            state = row.ticket_state or TicketState.NEW.value
            return Filed(key=row.ticket, url=row.ticket_url or "", state=state, status=row.ticket_status or "")
        wanted = await self.wanted(number)
        return plain(await ticketing.file(wanted)) if wanted else None

    async def wanted(self, number: int) -> TicketDraft | None:
        """The postmortem's ticket as it should read."""
        row, incident = await self.record.rows.get(number), await self.record.incidents.get(number)
        if row is None or incident is None:
            return None
        return TicketDraft(
            once=marker(number),
            kind="postmortem",
            summary=f"Postmortem {incident.name}: {row.text('title') or incident.title}",
            body=row.body or "",
            labels=LABELS,
            assignee_email=self._email(row.by),
        )

    async def file_action(self, ticketing: Ticketing, number: int, action: int) -> tuple[int, Filed] | None:
        items = await self.record.actions.of_incident(number)
        item = next((one for one in items if one.number == action), None)
        incident = await self.record.incidents.get(number)
        if item is None or incident is None or item.filed:
            return None
        return item.id, plain(await ticketing.file(self._wanted(incident, item)))

    def _wanted(self, incident: Incident, item: ActionItem) -> TicketDraft:
        title = "" if incident.private else f" {draft.escaped(incident.title)}"
        body = f"{draft.escaped(item.what)}\n\nFrom the postmortem of {incident.name}{title}."
        if item.owner:
            body += f"\n\nOwner: {draft.escaped(self.record.names.name(item.owner))}"
        due: date | None = item.due
        return TicketDraft(
            once=f"{marker(incident.id)}-a{item.number}",
            kind="action",
            summary=item.what,
            body=body,
            labels=LABELS,
            assignee_email=self._email(item.owner),
            due=due,
        )

    def _email(self, user: str | None) -> str | None:
        person = self.record.names.known(user) if user else None
        return person.email if person else None

    async def _redrawn(self, number: int) -> Acts:
        found = await self.record.rows.get(number)
        return self.record.redraw(found) if found else ()


def file_step(action: int) -> str:
    """The step's name, which people see while it waits."""
    return f"file action {action}"


def move(item: ActionItem, stamp: str) -> Start:
    """The ticket follows what was pressed in Slack."""
    once = f"postmortem:{item.incident_id}:move:{item.id}:{stamp}"
    return Start(flow="action.move", once=once, given={"incident": item.incident_id, "item": item.id})
