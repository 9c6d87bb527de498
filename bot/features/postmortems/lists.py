"""Lists of postmortems and of their open action items, as answers to one person. Pure functions."""

from collections.abc import Sequence
from datetime import date

from slack_sdk.models.blocks import Block, RichTextSectionElement

from bot.domain.incident import Incident
from bot.features.postmortems.views import ALL_ACTIONS, CHANGE, LISTED, WRITE, Names, day
from bot.slack.blocks import (
    actions,
    and_more,
    bold,
    button,
    context,
    count,
    foreign,
    line,
    link,
    rich,
    section,
    table,
    words,
)
from bot.slack.blocks.rich import Part
from bot.slack.message import Cut, Message, Surface
from bot.store.action_items import ActionItem
from bot.store.postmortems import Postmortem, Stage


def actions_table(items: Sequence[ActionItem], names: Names, today: date) -> Message:
    """What, owner, due, ticket; nobody's first."""
    if not items:
        said = "No action item is open. They come from postmortems, and each has an owner, a date and a ticket."
        return Message("No action item is open", blocks=(section(said),), surface=Surface.FILED)
    late = sum(one.due is not None and one.due < today for one in items)
    nobodys = sum(one.owner is None for one in items)
    head = f"*{count(len(items), 'action item')} open* · {late} overdue · {nobodys} without an owner"
    rows = [
        [
            one.what,
            names(one.owner) if one.owner else "nobody yet",
            _due(one, today),
            rich(line(link(one.ticket_url, one.ticket, 40))) if one.filed and one.ticket else f"INC-{one.incident_id}",
        ]
        for one in items[:LISTED]
    ]
    more = (context(and_more(len(items) - LISTED)),) if len(items) > LISTED else ()
    return Message(
        f"{count(len(items), 'action item')} open, {late} overdue",
        blocks=(
            section(head),
            table(["What", "Owner", "Due", "Ticket"], rows),
            *more,
            actions(button("Change one", CHANGE, "all")),
        ),
        surface=Surface.FILED,
    )


def _due(one: ActionItem, today: date) -> str:
    if one.due is None:
        return "no date"
    late = (today - one.due).days
    return f"{day(one.due, today)} · {count(late, 'day')} late" if late > 0 else day(one.due, today)


def overview(found: Sequence[tuple[Incident, Postmortem]], names: Names, today: date) -> Message:
    """`/postmortem list`: what waits for somebody first."""
    if not found:
        said = "No postmortem yet. One is asked for when a severe incident is over; /postmortem INC-142 begins one."
        return Message("No postmortem yet", blocks=(section(said),))
    waiting = sum(row.state is Stage.ASKED for _, row in found)
    lines = [_overview_row(incident, row, names, today) for incident, row in found]
    rest = len(found) - waiting
    more = f", {rest} written or not needed lately" if rest else ""
    parts: list[Block | Cut] = [rich(line(words(f"{waiting} to write", bold=True), more))]
    for start in range(0, len(lines), 10):
        part = [rich(*lines[start : start + 10])]
        parts.append(Cut(1, part) if start else part[0])
    first = next((incident.name for incident, row in found if row.state is Stage.ASKED), None)
    shown = [button(f"Write {first}", WRITE, first)] if first else []
    parts.append(actions(*shown, button("Actions", ALL_ACTIONS, "all")))
    return Message(f"{count(waiting, 'postmortem')} to write", blocks=parts)


def _overview_row(incident: Incident, row: Postmortem, names: Names, today: date) -> RichTextSectionElement:
    title = foreign("private" if incident.private else incident.title, 80)
    match row.state:
        case Stage.ASKED:
            said: tuple[Part, ...] = (f" · to write, asked {day(row.asked_at.date(), today)} · {names(row.asked_who)}",)
        case Stage.WAIVED:
            said = (" · not needed: ", foreign(row.waived_reason or "", 80))
        case Stage.FILED:
            said = (" · ", link(row.ticket_url, row.ticket or "ticket", 40), f" {(row.ticket_status or '').lower()}")
        case _:
            said = (" · saved here",)
    return line(bold(f"{incident.name} "), title, *said)
