"""The checklist's modals: done by hand, snooze, settings, and what stands in their place when time has moved on."""

from collections.abc import Sequence
from typing import Final

from slack_sdk.models.blocks import Block

from bot.domain.check import Item
from bot.features.checklist import actions
from bot.slack.blocks import actions as row_of
from bot.slack.blocks import (
    button,
    clean,
    context,
    cut,
    field,
    option,
    pick_day,
    plain,
    section,
    select,
    typed,
)
from bot.slack.message import Message, View

DONE_FORM: Final = "checklist.done_form.v1"
SNOOZE_FORM: Final = "checklist.snooze_form.v1"


def done(key: str, item: Item, words: str = "") -> View:
    return View(
        title="Mark as handled",
        callback_id=DONE_FORM,
        submit="Mark handled",
        blocks=(
            section(f"*{item.heading}*"),
            field(
                "words",
                "What did you do?",
                typed(most=500, multiline=True, initial=words or None, focus=True),
                optional=True,
                hint="Needed when a check fails or does not answer. Only a passing check makes it ok.",
            ),
        ),
        memory={"key": key},
    )


def snooze(key: str, item: Item, *, until: str = "tomorrow", reason: str = "") -> View:
    """Until tomorrow, Monday, or a date; it comes back by itself when it gets worse."""
    days = [option("tomorrow", "Tomorrow"), option("monday", "Monday"), option("date", "The date below")]
    known = {one.value for one in days}
    return View(
        title="Snooze",
        callback_id=SNOOZE_FORM,
        submit="Snooze",
        blocks=(
            section(f"*{item.heading}*"),
            field("until", "Until", select(days, initial=until if until in known else "tomorrow")),
            field("day", "Date", pick_day(), optional=True),
            field("reason", "Why can it wait?", typed(most=200, initial=reason or None)),
            context("It comes back earlier when something new or worse is found."),
        ),
        memory={"key": key},
    )


def told(title: str, words: str, kept: str = "") -> View:
    """In place of a form: how it ended. What was typed is shown, so that it can be copied."""
    blocks: list[Block] = [section(plain(words, 300))]
    if kept:
        blocks += [context("What you typed, to copy:"), section(plain(kept, 1000))]
    return View(title=title, close="Close", blocks=blocks)


def release_question(key: str, words: str) -> Message:
    return Message(
        words,
        blocks=(section(plain(words, 200)), row_of(button("Release it", actions.RELEASE_ANYWAY, key))),
    )


def moved_on(words: str) -> Message:
    """An old digest's button: the newest is one press away."""
    return Message(words, blocks=(section(plain(words, 200)), row_of(button("Show current", actions.NOW, "now"))))


def which_team(teams: Sequence[str], command: str, typed: str = "") -> Message:
    names = ", ".join(teams[:10])
    asked = f"No team is called “{cut(clean(typed), 40)}”." if typed else "Which team?"
    return Message(f"{asked} Type {command} and one of: {names}.")
