"""The small modals around a postmortem: not needed, another date, hand over, add one, pick one. Pure functions."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from slack_sdk.models.blocks import Block

from bot.domain.incident import Incident
from bot.features.postmortems import reminder
from bot.features.postmortems.action_rows import MOST_WHAT
from bot.features.postmortems.views import WRITE, Names, day
from bot.slack.blocks import button, context, field, pick_day, pick_user, plain, section, short_name, typed
from bot.slack.message import Surface, View
from bot.store.action_items import ActionItem
from bot.store.postmortems import Postmortem, Stage

WAIVE_FORM: Final = "postmortems.waive_form.v1"
DATE_FORM: Final = "postmortems.date_form.v1"
OWNER_FORM: Final = "postmortems.owner_form.v1"
ADD_FORM: Final = "postmortems.add_form.v1"


def waive(name: str, channel: str) -> View:
    return View(
        title="No postmortem",
        callback_id=WAIVE_FORM,
        submit="Not needed",
        blocks=(
            field(
                "reason",
                f"Why does {name} need none?",
                typed(most=300, multiline=True, placeholder="Same cause as INC-140, whose actions are under way."),
                hint="Stands on the timeline. The incident is closed with it.",
            ),
        ),
        memory={"incident": name, "channel": channel},
    )


def new_date(item: ActionItem, channel: str, today: date) -> View:
    now = f"Due {day(item.due, today)} so far." if item.due else "It had no date so far."
    return View(
        title="New date",
        callback_id=DATE_FORM,
        submit="Change",
        blocks=(
            section(plain(item.what, 200)),
            field("due", "Due", pick_day(initial=item.due.isoformat() if item.due else None), hint=now),
            field("reason", "Why?", typed(most=300), hint="Stands on the timeline, so that the next one can plan."),
        ),
        memory={"item": item.id, "incident": f"INC-{item.incident_id}", "channel": channel},
    )


def hand_over(item: ActionItem, channel: str) -> View:
    return View(
        title="Hand over",
        callback_id=OWNER_FORM,
        submit="Hand over",
        blocks=(
            section(plain(item.what, 200)),
            field("owner", "To whom?", pick_user(), hint="They get it as a direct message."),
        ),
        memory={"item": item.id, "incident": f"INC-{item.incident_id}", "channel": channel},
    )


def add_action(incident: Incident) -> View:
    return View(
        title="Add an action",
        callback_id=ADD_FORM,
        submit="Add",
        blocks=(
            field("what", "What?", typed(most=MOST_WHAT, placeholder="Which guard would have caught this?")),
            field("owner", "Owner", pick_user(), optional=True),
            field("due", "Due", pick_day(), optional=True),
        ),
        memory={"incident": incident.name, "channel": incident.channel or ""},
    )


def pick(found: Sequence[tuple[Incident, Postmortem | None]]) -> View:
    """`/postmortem` where there is no incident: which one?"""
    if not found:
        words = "Every incident that is over is written up. A postmortem is asked for when the next severe one ends."
        return View(title="Postmortems", close="Close", blocks=(section(words),))
    blocks: list[Block] = [section("Which incident?")]
    for incident, row in found[:10]:
        asked = " · asked for" if row is not None and row.state is Stage.ASKED else ""
        text = f"*{incident.name}* {short_name(incident.title, 80)}{asked}"
        blocks.append(section(text, button("Write", WRITE, incident.name, label=f"Write {incident.name}")))
    return View(title="Postmortems", close="Close", blocks=blocks)


def changeable(items: Sequence[ActionItem], names: Names, today: date) -> View:
    """Open action items, each with what can be done to it."""
    if not items:
        return View(title="Action items", close="Close", blocks=(section("No action item is open here."),))
    blocks = [reminder.narrow(one, today, names(one.owner) if one.owner else "no owner yet") for one in items[:20]]
    more = [context(f"and {len(items) - 20} more: /postmortem actions")] if len(items) > 20 else []
    return View(title="Action items", close="Close", blocks=(*blocks, *more), surface=Surface.TIMELINE)


def said(title: str, words: str, kept: str = "") -> View:
    """The end of a form, or why it was not taken; what was typed is shown so that it can be copied."""
    blocks: list[Block] = [section(plain(words, 300))]
    if kept:
        blocks += [context("What you typed, to copy:"), section(plain(kept, 1000))]
    return View(title=title, close="Close", blocks=blocks)
