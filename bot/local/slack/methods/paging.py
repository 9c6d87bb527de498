"""Cursors: how long lists are cut into pages."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from bot.local.slack.arguments import Arguments
from bot.local.slack.errors import SlackError
from bot.local.slack.things import Json

Item = TypeVar("Item")


def page(items: Sequence[Item], args: Arguments, *, usual: int, most: int) -> tuple[list[Item], Json]:
    """Cut one page and make the `response_metadata` that leads to the next."""
    limit = limit_of(args, usual=usual, most=most)
    start = _offset(args.text("cursor"))
    part = list(items[start : start + limit])
    more = start + limit < len(items)
    cursor = base64.b64encode(f"next:{start + limit}".encode()).decode() if more else ""
    return part, {"next_cursor": cursor}


def limit_of(args: Arguments, *, usual: int, most: int) -> int:
    """How many a page may hold; more than Slack gives is cut, as Slack does."""
    limit = args.number("limit", usual) or usual
    if limit < 0:
        raise SlackError("invalid_limit")
    return min(limit, most)


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        name, _, number = base64.b64decode(cursor.encode(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise SlackError("invalid_cursor") from None
    if name != "next" or not number.isdigit():
        raise SlackError("invalid_cursor")
    return int(number)
