"""How a postmortem looks in Slack: the prompt, the nudge, the filed message, lists of them and of actions. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from slack_sdk.models.blocks import Block, PlainTextObject, RichTextSectionElement

from bot.domain.incident import Incident
from bot.features.postmortems.draft import Known
from bot.slack.blocks import (
    actions,
    and_more,
    button,
    context,
    count,
    date_mrkdwn,
    ended,
    foreign,
    line,
    link,
    link_mrkdwn,
    plain,
    rich,
    section,
    short_name,
    span,
    user,
)
from bot.slack.blocks.rich import Part
from bot.slack.message import Cut, Message, Surface
from bot.store.action_items import ActionItem
from bot.store.pending import Pending
from bot.store.postmortems import Postmortem, Stage

WRITE: Final = "postmortems.write.v1"
WAIVE: Final = "postmortems.waive.v1"
READ: Final = "postmortems.read.v1"
ADD_ACTION: Final = "postmortems.add_action.v1"
OPEN_TICKET: Final = "postmortems.open_ticket.v1"
ALL_ACTIONS: Final = "postmortems.actions.v1"
CHANGE: Final = "postmortems.change.v1"
RETRY: Final = "pending.retry.v1"
SHOWN: Final = 5
LISTED: Final = 20
CONNECT: Final = (
    "No ticket tracker is connected. Set JIRA_URL, JIRA_EMAIL, JIRA_API_TOKEN and JIRA_PROJECT, then *Edit*."
)

Names = Callable[[str | None], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A postmortem with what its messages show."""

    incident: Incident
    row: Postmortem
    names: Names
    now: datetime
    items: Sequence[ActionItem] = ()
    pending: Pending | None = None
    """The filing, when the tracker did not take it yet."""
    leaves: bool = True
    """Whether it goes to a tracker."""
    connected: bool = True


def day(when: date, today: date | None = None) -> str:
    """As "4 Dec", with the year when it is another one."""
    year = f" {when.year}" if today is not None and when.year != today.year else ""
    return f"{when.day} {when:%b}{year}"


def prompt(known: Known, row: Postmortem, names: Names, now: datetime) -> Message:
    """Asked for, being written, or how it came out. The same message all the time."""
    name = known.incident.name
    if row.state is not Stage.ASKED:
        return outcome(row, names)
    lasted = f"{name} lasted {span(known.lasted)}."
    controls = [
        button("Write postmortem", WRITE, name, style="primary"),
        button("Not needed", WAIVE, name),
    ]
    last = row.last_saved
    if row.ticket:
        what = f"It was resolved again. Its postmortem is {row.ticket}: bring it up to date."
    elif last is not None:
        at = date_mrkdwn(datetime.fromisoformat(last[1]), now)
        what = f"{short_name(names(last[0]), 40)} is writing the postmortem, last saved {at}."
        controls[0] = button("Go on writing", WRITE, name, style="primary")
    else:
        what = f"A draft is ready: {known.counted}."
    return Message(
        f"{lasted} Its postmortem is to be written.",
        blocks=(section(f"📄 {lasted} {what}"), actions(*controls)),
        surface=Surface.NUDGE,
        event_type="daywatch_postmortem",
    )


def outcome(row: Postmortem, names: Names) -> Message:
    """What became of the question."""
    who = names(row.by)
    match row.state:
        case Stage.WAIVED:
            said = line(f"No postmortem for {row.name} ({who}): ", foreign(row.waived_reason or "", 200))
        case Stage.WITHDRAWN | Stage.NOT_ASKED | Stage.ASKED:
            said = line(f"{row.name} was reopened. Its postmortem is asked for when it is over.")
        case Stage.FILED:
            said = line(f"📄 Postmortem {row.name}, written by {who}: ", link(row.ticket_url, row.ticket or "ticket"))
        case Stage.FILING:
            said = line(f"📄 Postmortem {row.name}, written by {who}: saved here; the ticket will follow.")
        case _:
            said = line(f"📄 Postmortem {row.name}, written by {who}: saved here.")
    text = f"{row.name}: the question about the postmortem is answered"
    return Message(text, blocks=(rich(said),), surface=Surface.NUDGE, event_type="daywatch_postmortem")


def nudge(row: Postmortem, names: Names) -> Message:
    """Not written yet: a new message, since somebody is needed."""
    if row.state is not Stage.ASKED:
        return outcome(row, names)
    who = (user(row.asked_who), " ") if row.asked_who else ()
    return Message(
        f"{row.name}: the postmortem is not written yet",
        blocks=(
            rich(line("⏰ ", *who, f"the postmortem of {row.name} is not written yet. The draft takes ten minutes.")),
            actions(
                button("Write postmortem", WRITE, row.name, style="primary"), button("Not needed", WAIVE, row.name)
            ),
        ),
        surface=Surface.NUDGE,
    )


def nudge_past(row: Postmortem) -> Message:
    """An older nudge, when there is a newer one."""
    said = line(f"The postmortem of {row.name} was brought up again later.")
    return Message(f"{row.name}: brought up again", blocks=(rich(said),), surface=Surface.NUDGE)


def filed(seen: Seen) -> Message:
    """The postmortem and its actions, redrawn by the tracker's news."""
    row, name = seen.row, seen.incident.name
    parts: list[Block | Cut] = [section(_head(seen))]
    note = _note(seen)
    if note:
        parts.append(context(*note))
    if seen.items:
        five = _list(seen, SHOWN)
        parts.append(Cut(1, [five], [_list(seen, 2)]))
    parts.append(_filed_controls(seen))
    live = row.ticket if row.ticket and not row.gone else None
    ticket = f"filed as {live}" if live else "saved"
    return Message(
        f"Postmortem {name} is {ticket}" + (f" with {count(len(seen.items), 'action')}" if seen.items else ""),
        blocks=parts,
        surface=Surface.FILED,
        event_type="daywatch_postmortem",
        metadata={"incident": name, "part": "filed"},
    )


def _head(seen: Seen) -> str:
    row = seen.row
    head = f"📄 *Postmortem {seen.incident.name}*"
    if row.ticket and row.gone:
        return f"{head} · {short_name(row.ticket, 40)} was deleted in the tracker. It is saved here."
    if row.ticket:
        status = f" · {short_name(row.ticket_status.lower(), 40)}" if row.ticket_status else ""
        return f"{head} · {link_mrkdwn(row.ticket_url, row.ticket, 40)}{status}"
    if row.state is Stage.FILING and seen.leaves:
        return f"{head} · saved here; the ticket will follow"
    return f"{head} · saved here"


def _note(seen: Seen) -> tuple[str | PlainTextObject, ...]:
    if seen.pending is not None and seen.row.state is Stage.FILING:
        return _waiting(seen.pending, seen.now)
    if seen.row.state is not Stage.SAVED or seen.row.ticket:
        return ()
    if not seen.connected:
        return (CONNECT,)
    if seen.incident.private:
        return ("Private: it stays here. *Edit*, then tick on the last page to file it.",)
    return ()


def _waiting(one: Pending, now: datetime) -> tuple[str | PlainTextObject, ...]:
    """Why the tracker did not take it, and what comes next. The reason names settings, and so stays as it is."""
    reason = ended(one.reason, 140)
    if one.asked_again:
        return (plain(f"⏳ {reason}"), f"Trying again since {date_mrkdwn(one.at, now)}.")
    if one.final or one.next_try_at is None:
        return (plain(f"❌ {reason} Not tried again by itself."),)
    return (plain(f"🔁 {reason}"), f"Trying again at {date_mrkdwn(one.next_try_at, now)}, try {one.attempt + 1}.")


def _list(seen: Seen, most: int) -> Block:
    """Open ones first."""
    ordered = sorted(seen.items, key=lambda one: (one.done, one.number))
    rows = [_row(one, seen.names, seen.now.date()) for one in ordered[:most]]
    if len(ordered) > most:
        rows.append(line(and_more(len(ordered) - most)))
    return rich(*rows)


def _row(one: ActionItem, names: Names, today: date) -> RichTextSectionElement:
    if one.done:
        return line("☑ ", foreign(one.what, 80), f" · {names(one.owner)}" if one.owner else "", *_ticket(one))
    owner = names(one.owner) if one.owner else "no owner yet"
    due = f" · due {day(one.due, today)}" if one.due else ""
    return line("☐ ", foreign(one.what, 80), f" · {owner}{due}", *_ticket(one))


def _ticket(one: ActionItem) -> tuple[Part, ...]:
    if one.ticket is None:
        return ()
    if one.gone:
        return (f" · {one.ticket} was deleted",)
    return (" · ", link(one.ticket_url, one.ticket, 40))


def _filed_controls(seen: Seen) -> Block:
    row, name = seen.row, seen.incident.name
    shown = []
    if seen.pending is not None and row.state is Stage.FILING:
        shown.append(button("Retry now", RETRY, f"{seen.pending.flow_key}|{seen.pending.step}"[:2000], style="primary"))
    if row.ticket and row.ticket_url and not row.gone:
        shown.append(button("Open ticket", OPEN_TICKET, name, url=row.ticket_url))
    else:
        shown.append(button("Read", READ, name))
    shown += [button("Edit", WRITE, name), button("Add action", ADD_ACTION, name)]
    if seen.items:
        shown.append(button("Actions", CHANGE, name))
    return actions(*shown)
