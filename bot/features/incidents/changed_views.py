"""The part of an incident's card that tells what was changed before it began. Pure functions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from slack_sdk.models.blocks import Block

from bot.domain.suspicion import Changed, nearest_first
from bot.slack.blocks import (
    and_more,
    bold,
    bullets,
    change_parts,
    did_not_answer,
    line,
    rich,
    span,
    when_before,
    words,
)
from bot.slack.message import Cut

SHOWN: Final = 3


def changed_before(changed: Changed | None, now: datetime) -> Sequence[Block | Cut]:
    """Up to three changes from before it began; what was not found out is said, so that nobody takes it for nothing."""
    if changed is None or not changed.known:
        return ()
    if not changed.before:
        return (rich(line(bold("Changed before it began "), words(_no_change(changed)))),)
    return (Cut(2, [_suspects(changed, SHOWN, now)], [_suspects(changed, 1, now)]),)


def _no_change(changed: Changed) -> str:
    if changed.looking:
        return "looking"
    if changed.silent:
        return did_not_answer(changed.silent)
    whose = f" to {changed.service}" if changed.service else ""
    elsewhere = f" · {changed.others} elsewhere" if changed.others else ""
    return f"No change{whose} in {span(changed.within)}{elsewhere}"


def _suspects(changed: Changed, most: int, now: datetime) -> Block:
    """The most suspicious ones, the nearest first."""
    shown = nearest_first(changed.before[:most])
    items = [line(*change_parts(one.recorded, now, ended=False), f", {when_before(one)}") for one in shown]
    if changed.total > len(shown):
        items.append(line(and_more(changed.total - len(shown))))
    if changed.silent:
        items.append(line(did_not_answer(changed.silent)))
    elif changed.looking:
        items.append(line("looking for more"))
    return rich(line(bold("Changed before it began")), bullets(*items))
