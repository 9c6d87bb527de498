"""How changes look in Slack: the list of suspects with the reason for its order. Pure functions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from slack_sdk.models.blocks import Block

from bot.domain.change import Recorded
from bot.domain.suspicion import Changed, Suspect
from bot.slack.blocks import (
    and_more,
    bold,
    bullets,
    change_parts,
    count,
    did_not_answer,
    foreign,
    line,
    numbered,
    reasons,
    rich,
    span,
    words,
)
from bot.slack.blocks.rich import Part
from bot.slack.message import Cut, Message, Surface

SHOW: Final = "changes.show.v1"
MOST: Final = 8
FEWER: Final = 4
MOST_ELSEWHERE: Final = 5
MOST_SINCE: Final = 5


def nobody_tells() -> Message:
    words_ = "No system that tells of changes is connected. /daywatch tells what is, and what to do."
    return Message(words_)


def listed(changed: Changed, now: datetime, *, incident: str | None) -> Message:
    """The most suspicious first; `incident` is the one they are listed for."""
    hours = span(changed.within)
    whose = f" to {changed.service}" if changed.service else ""
    where = f"before {incident} began" if incident else "until now"
    found = changed.before
    head = f"{count(changed.total, 'change') if found else 'No change'}{whose} in {hours} {where}"
    blocks: list[Block | Cut] = [rich(line(words(head, bold=True)))]
    if found:
        blocks.append(Cut(3, [_suspects(changed, MOST, now)], [_suspects(changed, FEWER, now)]))
    if changed.since and incident:
        blocks.append(Cut(2, [_since(changed.since, MOST_SINCE, now)], [_since(changed.since, 2, now)]))
    if changed.others:
        whole = _elsewhere(changed, MOST_ELSEWHERE, now)
        blocks.append(Cut(1, [whole], [_elsewhere(changed, 2, now)], [_elsewhere(changed, 0, now)]))
    blocks.append(rich(line(words(_note(changed, incident), italic=True))))
    return Message(head, blocks=blocks, surface=Surface.CALENDAR)


def _suspects(changed: Changed, most: int, now: datetime) -> Block:
    rows = [line(*_suspect(one, now)) for one in changed.before[:most]]
    more = changed.total - len(rows)
    rest = [line(and_more(more))] if more > 0 else []
    return rich(numbered(*rows), *rest)


def _suspect(one: Suspect, now: datetime, *belongs: Part) -> Sequence[Part]:
    """What it was, and why it stands where it stands."""
    return (*change_parts(one.recorded, now, ended=False), *belongs, "\n", words(reasons(one), italic=True))


def _since(found: Sequence[Recorded], most: int, now: datetime) -> Block:
    """The newest of them: what people tried."""
    rows = [line(*change_parts(one, now)) for one in found[-most:]]
    earlier = len(found) - len(rows)
    head = f"Since it began ({len(found)})" if earlier else "Since it began"
    return rich(line(bold(head)), bullets(*rows))


def _elsewhere(changed: Changed, most: int, now: datetime) -> Block:
    head = line(bold(f"Elsewhere ({changed.others})"))
    rows = []
    for one in changed.elsewhere[:most]:
        whose = one.recorded.service
        belongs = (" · ", foreign(whose, 60)) if whose else ()
        rows.append(line(*_suspect(one, now, *belongs)))
    if not rows:
        return rich(head)
    more = changed.others - len(rows)
    return rich(head, bullets(*rows), *([line(and_more(more))] if more > 0 else []))


def _note(changed: Changed, incident: str | None) -> str:
    parts = [did_not_answer(changed.silent)] if changed.silent else []
    if changed.looking:
        parts.append("Systems are still being asked")
    parts.append("Most suspicious first" if incident else "As if something began now; the most suspicious first")
    return " · ".join(parts)
