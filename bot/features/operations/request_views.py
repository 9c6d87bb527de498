"""A request to somebody who may, as it stands in its thread. Pure functions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from slack_sdk.models.blocks import RichTextSectionElement

from bot.domain.person import Person
from bot.slack import notes
from bot.slack.blocks import (
    actions,
    button,
    channel_mrkdwn,
    date,
    foreign,
    line,
    listed,
    marks,
    rich,
    section,
    short_name,
    user,
    utc,
    words,
)
from bot.slack.kept import Kept, Kind, numbered
from bot.slack.message import Message, Surface
from bot.store.requests import Request

MENTIONED: Final = 3
_WHAT: Final = 140


def request(
    found: Request, wanted: Kept, *, asker: str, able: Sequence[Person], taken_by: str, now: datetime
) -> Message:
    """Those who may are mentioned, three of them: it is a request for approval."""
    what = _what(wanted)
    head = f"{asker} asks: {wanted.label}"
    if found.taken_at is not None:
        done = "did it" if found.done else "took it over"
        told = line(foreign(taken_by, 40), words(f" {done}, "), date(found.taken_at, now))
        return Message(head, blocks=(rich(_asked(marks.OK, asker, what)), rich(told)), surface=Surface.NUDGE)
    mentions = [part for one in able[:MENTIONED] for part in (" ", user(one.id))]
    more = f" and {len(able) - MENTIONED} more" if len(able) > MENTIONED else ""
    needs = line(words(f"It needs the role {wanted.needs.word}:"), *mentions, words(f"{more} "))
    return Message(
        head,
        blocks=(
            rich(_asked(marks.WAITING, asker, what), needs),
            actions(
                button("Do it", notes.DO_IT, numbered(found.id, found.ask), style="primary", label=f"Do it: {what}")
            ),
        ),
        surface=Surface.NUDGE,
    )


def _asked(mark: marks.Mark, asker: str, what: str) -> RichTextSectionElement:
    return line(mark.element, " ", foreign(asker, 40, bold=True), words(" asks: "), foreign(what, _WHAT, mono=True))


def _what(wanted: Kept) -> str:
    """What it says on the button; of a command all that was typed."""
    return f"{wanted.label} {wanted.text}".strip() if wanted.kind is Kind.TYPED else wanted.label or "this"


def asked(able: Sequence[str], channel: str) -> Message:
    where = short_name(channel) if channel.startswith("#") else channel_mrkdwn(channel)
    who = listed(able, MENTIONED)
    return Message(
        f"Asked {who}.", blocks=(section(f"Asked {short_name(who)} in {where}. The first of them does it."),)
    )


def asked_already(wanted: Kept) -> Message:
    return Message(f"They are asked already: {_what(wanted)}")


def nobody(wanted: Kept) -> Message:
    return Message(f"Nobody has the role {wanted.needs.word}. An admin sets who has it under `permissions`.")


def taken_already(found: Request, who: str) -> Message:
    at = f" at {utc(found.taken_at)}" if found.taken_at else ""
    return Message(f"{who} {'did it' if found.done else 'took it over'}{at}.")
