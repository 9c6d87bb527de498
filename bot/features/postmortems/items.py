"""Action items after filing: done, another date, handed over; kept in step with their tickets; brought up in time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.acts import Act, Acts, Ask, Happened, Post, Start
from bot.domain.capabilities import TicketSearch
from bot.domain.days import Workdays, monday_of
from bot.domain.incident import Incident
from bot.domain.person import Person, Role
from bot.domain.ticket import Ticket, TicketChanged, TicketState
from bot.features.postmortems.filing import move
from bot.features.postmortems.record import Record, filed_key, reminder_key
from bot.store.action_items import ActionItem, LiveAction
from bot.store.postmortems import Postmortem

BEFORE = timedelta(days=2)
LOOKED_AFTER = 200
"""Tickets asked for in one look at the tracker."""
LOOK_EVERY = 3600
"""Seconds between two looks, for what no webhook told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a ticket should show: a date, or an owner by e-mail address."""

    ticket: str
    due: date | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """Called inside the caller's transaction, with the item held."""

    record: Record

    def may_change(self, person: Person, incident: Incident, item: ActionItem) -> bool:
        """Responders, whoever leads the incident, and whoever has it."""
        return person.role >= Role.RESPONDER or (person.id in (item.owner, incident.lead) and not person.guest)

    async def done(self, ask: Ask, item: ActionItem) -> Acts:
        now = self.record.clock()
        follows = item.ticket is None or (item.filed and self.record.ticketing() is not None)
        await self.record.actions.change(
            item.id, state=TicketState.DONE, done_at=now, done_by=ask.person.name, ticket_at=now, moving=follows
        )
        await self.record.note(item.incident_id, f"{ask.person.name} did: {item.what}", who=ask.person.id)
        await self.record.did(ask, "postmortem.action.done", f"{_name(item)}-a{item.number}")
        acts = list(self._redraw(item))
        if item.filed and self.record.ticketing() is not None:
            acts.append(move(item, str(int(now.timestamp() * 1000))))
        return tuple(acts)

    async def moved(self, number: int) -> Acts:
        """The tracker has it too. What it told from before is old news."""
        await self.record.actions.change(number, moving=False, ticket_at=self.record.clock())
        return ()

    async def new_date(self, ask: Ask, item: ActionItem, due: date, reason: str) -> Acts:
        await self.record.actions.change(item.id, due=due)
        before = item.due.isoformat() if item.due else "no date"
        words = f"{ask.person.name} moved “{item.what}” from {before} to {due.isoformat()}: {reason}"
        await self.record.note(item.incident_id, words, who=ask.person.id)
        await self.record.did(ask, "postmortem.action.date", f"{_name(item)}-a{item.number}")
        return (*self._redraw(item), *self._follow(item, "due"))

    async def hand_over(self, ask: Ask, item: ActionItem, to: Person) -> Acts:
        """Somebody else's now; they get it as a direct message, once."""
        incident = await self.record.incidents.get(item.incident_id)
        today = self.record.today(incident) if incident else self.record.clock().date()
        given = replace(item, owner=to.id, nudged_on=None if to.id == ask.person.id else today)
        await self.record.actions.change(item.id, owner=to.id, nudged_on=given.nudged_on)
        words = f"{ask.person.name} handed “{item.what}” to {to.name}"
        await self.record.note(item.incident_id, words, who=ask.person.id)
        await self.record.did(ask, f"postmortem.action.owner.{to.id}", f"{_name(item)}-a{item.number}")
        return (*self._redraw(item), *self._reminder(given), *self._follow(item, "owner"))

    async def wanted(self, number: int, what: str) -> Wanted | None:
        """What its ticket should show of it; None when there is no ticket (any more), or nothing to show."""
        item = await self.record.actions.get(number)
        if item is None or item.ticket is None or item.gone:
            return None
        if what == "due":
            return Wanted(ticket=item.ticket, due=item.due) if item.due else None
        owner = self.record.names.known(item.owner) if item.owner else None
        return Wanted(ticket=item.ticket, email=owner.email) if owner and owner.email else None

    async def followed(self, number: int, what: str, sent: Wanted) -> Acts:
        """The ticket shows it now. Changed once more while it was on its way, it is sent again."""
        item = await self.record.actions.get_locked(number)
        if item is None:
            return ()
        if sent.due is not None:
            # So that the tracker's news of other matters, which repeat this date, are not taken for a new one.
            await self.record.actions.change(number, ticket_due=sent.due)
        now = await self.wanted(number, what)
        return self._follow(item, what) if now is not None and now != sent else ()

    def _follow(self, item: ActionItem, what: str) -> Acts:
        """Its ticket is to show the new date or owner, too."""
        if not item.filed or self.record.ticketing() is None:
            return ()
        stamp = int(self.record.clock().timestamp() * 1000)
        once = f"postmortem:{item.incident_id}:change:{item.id}:{what}:{stamp}"
        given = {"incident": item.incident_id, "item": item.id, "what": what}
        return (Start(flow="action.change", once=once, given=given),)

    # The tracker's news.

    async def ticket_changed(self, news: TicketChanged) -> Acts:
        """Our own echo and what is older than known change nothing; what the tracker tells is never sent back to it."""
        moved = await self._another_key(news) if news.was else ()
        if news.ours:
            return moved
        item = await self.record.actions.by_ticket(news.key)
        if item is not None:
            return (*moved, *await self._action_news(item, news))
        row = await self.record.rows.by_ticket(news.key)
        return (*moved, *await self._postmortem_news(row, news)) if row is not None else moved

    async def _another_key(self, news: TicketChanged) -> Acts:
        """Moved to another project it has a new key, under which all further news of it comes."""
        was = news.was or ""
        words, once = f"{was} is {news.key} now", f"moved:{was}:{news.key}"
        item = await self.record.actions.by_ticket(was)
        if item is not None:
            url = _renamed(item.ticket_url, was, news.key)
            await self.record.actions.change(item.id, ticket=news.key, ticket_url=url)
            await self.record.note(item.incident_id, f"{words}: {item.what}", at=news.occurred_at, once=once)
            return self._redraw(item, 0.5)
        row = await self.record.rows.by_ticket(was)
        if row is None:
            return ()
        url = _renamed(row.ticket_url, was, news.key)
        await self.record.rows.change(row.incident_id, ticket=news.key, ticket_url=url)
        await self.record.note(row.incident_id, words, at=news.occurred_at, once=once)
        return self.record.redraw(row, 0.5)

    async def _action_news(self, item: ActionItem, news: TicketChanged) -> Acts:
        if item.ticket_at is not None and news.occurred_at < item.ticket_at:
            return ()
        after = self._after(item, news)
        if after == item:
            return ()
        values = {name: getattr(after, name) for name in _FOLLOWED if getattr(after, name) != getattr(item, name)}
        await self.record.actions.change(item.id, **values)
        if not set(values) - {"ticket_at", "ticket_status", "moving"}:
            return ()
        for words in _told(item, after, news):
            await self.record.note(item.incident_id, words, at=news.occurred_at, once=f"{words[:200]}:{_stamp(news)}")
        moved = Happened("postmortem.moved", {"incident": item.incident_id})
        return (*self._redraw(item, 0.5), moved)

    def _after(self, item: ActionItem, news: TicketChanged) -> ActionItem:
        if news.deleted:
            return replace(item, gone=True, ticket_status="deleted", ticket_at=news.occurred_at)
        done = news.state is TicketState.DONE
        if item.moving and not done:
            # It was done in Slack, and the ticket does not know that yet.
            return item
        after = replace(
            item,
            state=news.state,
            ticket_status=news.status[:60],
            ticket_at=news.occurred_at,
            gone=False,
            moving=False,
            done_at=(item.done_at or news.occurred_at) if done else None,
            done_by=(item.done_by or news.by or None) if done else None,
        )
        if news.due is not None and news.due != item.ticket_due:
            # The tracker's date changed; that it still shows the old one is no news, ours may be newer.
            after = replace(after, due=news.due, ticket_due=news.due)
        return after

    async def _postmortem_news(self, row: Postmortem, news: TicketChanged) -> Acts:
        if row.ticket_at is not None and news.occurred_at < row.ticket_at:
            return ()
        known = (row.ticket_state, row.ticket_status, row.gone)
        told = (row.ticket_state, "deleted", True) if news.deleted else (news.state.value, news.status[:60], False)
        values = dict(zip(("ticket_state", "ticket_status", "gone"), told, strict=True))
        await self.record.rows.change(row.incident_id, ticket_at=news.occurred_at, **values)
        if known == told:
            return ()
        what = "was deleted" if news.deleted else f"is {news.status}"
        words = f"{news.key} {what}" + (f" ({news.by})" if news.by else "")
        await self.record.note(row.incident_id, words, at=news.occurred_at, once=f"{words[:200]}:{_stamp(news)}")
        return self.record.redraw(replace(row, gone=news.deleted), 0.5)

    async def to_look_after(self) -> list[str]:
        """Tickets that are not done, as far as we know."""
        items = await self.record.actions.tracked(limit=LOOKED_AFTER)
        rows = await self.record.rows.tracked(limit=LOOKED_AFTER)
        keys = [*(one.ticket for one in items), *(one.ticket for one in rows)]
        return list(dict.fromkeys(key for key in keys if key))[:LOOKED_AFTER]

    async def seen(self, tickets: Sequence[Ticket], asked_at: datetime) -> Acts:
        """As the tracker showed them when it was asked."""
        acts: list[Act] = []
        for one in tickets:
            news = TicketChanged(
                source="", key=one.key, state=one.state, status=one.status, occurred_at=asked_at, was=one.was
            )
            acts.extend(await self.ticket_changed(news))
        return tuple(acts)

    async def look(self, now: datetime) -> Acts:
        """Each hour, if there is a tracker to ask and something to ask for."""
        if not self.record.connections.all(TicketSearch) or not await self.to_look_after():
            return ()
        return (Start(flow="postmortem.sync", once=f"postmortem:sync:{int(now.timestamp()) // LOOK_EVERY}"),)

    # The clock.

    async def reminders(self, now: datetime) -> Acts:
        """To each owner two days before, and on the Mondays after: one message with all of theirs."""
        owners: dict[str, list[LiveAction]] = defaultdict(list)
        for one in await self.record.actions.due_by(now.astimezone(UTC).date() + BEFORE + timedelta(days=1)):
            owners[one.item.owner or ""].append(one)
        acts: list[Act] = []
        for owner, theirs in owners.items():
            days = [day for day in (self._fires(one, now) for one in theirs) if day is not None]
            if not days:
                continue
            for one in theirs:
                if one.item.due is not None and one.item.due <= days[0] + BEFORE:
                    await self.record.actions.change(one.item.id, nudged_on=days[0])
            acts.append(Post(reminder_key(owner, days[0])))
            # Earlier reminders keep what is still told in them.
            earlier = {one.item.nudged_on for one in theirs if one.item.nudged_on is not None} - {days[0]}
            acts += [Post(reminder_key(owner, day)) for day in sorted(earlier)]
        return tuple(acts)

    def _fires(self, one: LiveAction, now: datetime) -> date | None:
        """The team's day, when this item is to be brought up on it."""
        plan = self.record.plan()
        team = next((team for team in plan.teams if team.name == one.team), plan.teams[0])
        there = now.astimezone(ZoneInfo(team.timezone))
        today, due, told = there.date(), one.item.due, one.item.nudged_on
        if due is None or today not in Workdays.of(team) or there.time() < team.digest.at:
            return None
        if today <= due:
            soon = due - BEFORE
            return today if today >= soon and (told is None or told < soon) else None
        monday = monday_of(today)
        return today if due < monday and (told is None or told < monday) else None

    def _redraw(self, item: ActionItem, soon: float = 0.0) -> Acts:
        return (Post(filed_key(item.incident_id), soon), *self._reminder(item))

    def _reminder(self, item: ActionItem) -> Acts:
        """The reminder in which it stands."""
        if item.owner is None or item.nudged_on is None:
            return ()
        return (Post(reminder_key(item.owner, item.nudged_on), 0.5),)


_FOLLOWED = ("moving", "state", "ticket_status", "ticket_at", "gone", "done_at", "done_by", "due", "ticket_due")


def _told(before: ActionItem, after: ActionItem, news: TicketChanged) -> list[str]:
    """What of it is worth the timeline."""
    by = f" ({news.by})" if news.by else ""
    told = []
    if after.gone and not before.gone:
        told.append(f"{news.key} was deleted{by}: {before.what}")
    elif after.done and not before.done:
        told.append(f"{news.key} is done{by}: {before.what}")
    elif before.done and not after.done:
        told.append(f"{news.key} is open again{by}: {before.what}")
    if after.due != before.due and after.due:
        told.append(f"{news.key} is due {after.due.isoformat()} now{by}: {before.what}")
    return told


def _renamed(url: str | None, was: str, key: str) -> str | None:
    return f"{url.removesuffix(was)}{key}" if url and url.endswith(was) else url


def _stamp(news: TicketChanged) -> str:
    return str(int(news.occurred_at.timestamp() * 1000))


def _name(item: ActionItem) -> str:
    return f"INC-{item.incident_id}"
