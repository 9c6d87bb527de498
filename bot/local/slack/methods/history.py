"""Reading back: the history of a channel and the replies of a thread."""

from bot.local.slack import shapes
from bot.local.slack.arguments import Arguments
from bot.local.slack.errors import SlackError
from bot.local.slack.ids import microseconds
from bot.local.slack.methods import finding
from bot.local.slack.methods.paging import page
from bot.local.slack.slack import Slack
from bot.local.slack.things import Channel, Json, Message


def _readable(slack: Slack, args: Arguments) -> Channel:
    where = finding.channel(slack, args)
    if not slack.world.bot_is_in(where):
        raise SlackError("not_in_channel")
    return where


def _within(messages: list[Message], args: Arguments) -> list[Message]:
    oldest = microseconds(args.text("oldest")) if args.has("oldest") else 0
    latest = microseconds(args.text("latest")) if args.has("latest") else 1 << 62
    if args.flag("inclusive"):
        return [each for each in messages if oldest <= microseconds(each.ts) <= latest]
    return [each for each in messages if oldest < microseconds(each.ts) < latest]


def _answer(slack: Slack, messages: list[Message], args: Arguments, usual: int) -> Json:
    part, more = page(messages, args, usual=usual, most=999)
    with_metadata = args.flag("include_all_metadata")
    answer: Json = {
        "messages": [shapes.message(each, slack.world, with_metadata=with_metadata) for each in part],
        "has_more": bool(more["next_cursor"]),
    }
    if more["next_cursor"]:
        answer["response_metadata"] = more
    return answer


async def history(slack: Slack, args: Arguments) -> Json:
    where = _readable(slack, args)
    top = [
        each
        for each in slack.world.in_order(where.id)
        if not each.thread_ts or each.thread_ts == each.ts or each.subtype == "thread_broadcast"
    ]
    answer = _answer(slack, list(reversed(_within(top, args))), args, usual=100)
    return {**answer, "pin_count": len(where.pins)}


async def replies(slack: Slack, args: Arguments) -> Json:
    where = _readable(slack, args)
    parent = slack.world.message(where.id, args.needed("ts"))
    if parent is None:
        raise SlackError("thread_not_found")
    root = parent.thread_ts or parent.ts
    first = slack.world.message(where.id, root)
    thread = _within([*([first] if first else []), *slack.world.replies(where.id, root)], args)
    return _answer(slack, thread, args, usual=1000)
