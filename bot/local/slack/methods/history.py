"""Reading back: the history of a channel and the replies of a thread."""

import base64
import binascii
from typing import Final

from bot.local.slack import shapes
from bot.local.slack.arguments import Arguments
from bot.local.slack.errors import SlackError
from bot.local.slack.ids import is_stamp, microseconds
from bot.local.slack.methods import finding
from bot.local.slack.methods.paging import limit_of
from bot.local.slack.slack import Slack
from bot.local.slack.things import Channel, Json, Message

_MOST: Final = 999


def _readable(slack: Slack, args: Arguments) -> Channel:
    where = finding.channel(slack, args)
    if not slack.world.bot_is_in(where):
        raise SlackError("not_in_channel")
    return where


def _within(messages: list[Message], args: Arguments) -> list[Message]:
    for name in ("oldest", "latest"):
        if args.has(name) and not is_stamp(args.text(name)):
            raise SlackError(f"invalid_ts_{name}")
    oldest = microseconds(args.text("oldest")) if args.has("oldest") else -1
    latest = microseconds(args.text("latest")) if args.has("latest") else 1 << 62
    if args.flag("inclusive"):
        return [each for each in messages if oldest <= microseconds(each.ts) <= latest]
    return [each for each in messages if oldest < microseconds(each.ts) < latest]


def _page(messages: list[Message], args: Arguments, usual: int, *, falling: bool) -> tuple[list[Message], str]:
    """One page of them, and the cursor to the next: a moment, so that what comes or goes meanwhile shifts nothing."""
    limit = limit_of(args, usual=usual, most=_MOST)
    start = _moment(args.text("cursor"))
    if start:
        messages = [
            each for each in messages if (microseconds(each.ts) <= start if falling else microseconds(each.ts) >= start)
        ]
    part, rest = messages[:limit], messages[limit:]
    return part, base64.b64encode(f"next_ts:{microseconds(rest[0].ts)}".encode()).decode() if rest else ""


def _moment(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        name, _, number = base64.b64decode(cursor.encode(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise SlackError("invalid_cursor") from None
    if name != "next_ts" or not number.isdigit():
        raise SlackError("invalid_cursor")
    return int(number)


def _answer(slack: Slack, messages: list[Message], args: Arguments, cursor: str) -> Json:
    with_metadata = args.flag("include_all_metadata")
    answer: Json = {
        "messages": [shapes.message(each, slack.world, with_metadata=with_metadata) for each in messages],
        "has_more": bool(cursor),
    }
    if args.has("latest"):
        answer["latest"] = args.text("latest")
    return {**answer, "response_metadata": {"next_cursor": cursor}} if cursor else answer


async def history(slack: Slack, args: Arguments) -> Json:
    where = _readable(slack, args)
    top = [
        each
        for each in slack.world.in_order(where.id)
        if not each.thread_ts or each.thread_ts == each.ts or each.subtype == "thread_broadcast"
    ]
    within = _within(top, args)
    if args.has("oldest") and not args.has("latest"):
        # Then the pages go forward in time, from `oldest`; each of them shows its newest first all the same.
        part, cursor = _page(within, args, 100, falling=False)
        part.reverse()
    else:
        part, cursor = _page(within[::-1], args, 100, falling=True)
    beside = {"pin_count": len(where.pins), "channel_actions_ts": None, "channel_actions_count": 0}
    return {**_answer(slack, part, args, cursor), **beside}


async def replies(slack: Slack, args: Arguments) -> Json:
    where = _readable(slack, args)
    parent = slack.world.message(where.id, args.needed("ts"))
    if parent is None:
        raise SlackError("thread_not_found")
    root = parent.thread_ts or parent.ts
    first = slack.world.message(where.id, root)
    # The first message comes first, whatever span of time is asked for.
    thread = [*([first] if first else []), *_within(slack.world.replies(where.id, root), args)]
    part, cursor = _page(thread, args, 1000, falling=False)
    return _answer(slack, part, args, cursor)
