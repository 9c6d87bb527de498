"""Somebody's action items as they are brought up: one message, each with Done, New date and Hand over. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from slack_sdk.models.blocks import Block

from bot.features.postmortems.views import day
from bot.slack.blocks import (
    actions,
    and_more,
    button,
    context,
    count,
    foreign,
    line,
    link,
    link_mrkdwn,
    overflow,
    rich,
    section,
    short_name,
)
from bot.slack.message import Message, Surface
from bot.store.action_items import ActionItem

DONE: Final = "postmortems.done.v1"
NEW_DATE: Final = "postmortems.new_date.v1"
HAND_OVER: Final = "postmortems.hand_over.v1"
MENU: Final = "postmortems.item.v1"
VERBS: Final = {"done": "Done", "date": "New date", "owner": "Hand over"}
WIDE: Final = 3
"""Up to so many, each has its buttons in a row; more have a menu."""
MOST: Final = 10


def reminder(items: Sequence[ActionItem], today: date) -> Message:
    """The oldest first; what is done stays as a last line."""
    waiting = [one for one in items if not one.done]
    done = len(items) - len(waiting)
    if not waiting:
        said = f"☑ {count(done, 'action item')} done." if done else "Nothing of yours is due any more."
        return Message(said, blocks=(rich(line(said)),), surface=Surface.FILED)
    late = sum(one.due is not None and one.due < today for one in waiting)
    verb = "needs" if len(waiting) == 1 else "need"
    head = f"⏰ {count(len(waiting), 'action item')} of yours {verb} you" + (f", {late} overdue" if late else "")
    blocks: list[Block] = [section(head)]
    for one in waiting[:MOST]:
        blocks += _wide(one, today) if len(waiting) <= WIDE else [narrow(one, today)]
    rest = [and_more(len(waiting) - MOST)] if len(waiting) > MOST else []
    rest += [f"☑ {done} done"] if done else []
    if rest:
        blocks.append(context(" · ".join(rest)))
    return Message(f"{count(len(waiting), 'action item')} of yours due", blocks=blocks, surface=Surface.FILED)


def _wide(one: ActionItem, today: date) -> list[Block]:
    ticket = (" · ", link(one.ticket_url, one.ticket, 40)) if one.filed and one.ticket else ()
    key = str(one.id)
    return [
        rich(line("☐ ", foreign(one.what, 150, bold=True), f" · {_when(one, today)} · INC-{one.incident_id}", *ticket)),
        actions(
            button("Done", DONE, key, label=f"Done: {one.what}"),
            button("New date", NEW_DATE, key, label=f"New date for {one.what}"),
            button("Hand over", HAND_OVER, key, label=f"Hand over {one.what}"),
        ),
    ]


def narrow(one: ActionItem, today: date, owner: str = "") -> Block:
    ticket = f" · {link_mrkdwn(one.ticket_url, one.ticket, 40)}" if one.filed and one.ticket else ""
    whose = f" · {short_name(owner, 40)}" if owner else ""
    text = f"☐ *{short_name(one.what, 80)}*{whose} · {_when(one, today)} · INC-{one.incident_id}{ticket}"
    return section(text, overflow(MENU, str(one.id), VERBS))


def _when(one: ActionItem, today: date) -> str:
    if one.due is None:
        return "no date"
    return f"was due {day(one.due, today)}" if one.due < today else f"due {day(one.due, today)}"
