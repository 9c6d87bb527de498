"""Methods that post, change and take back messages."""

import re

from bot.local.slack import content, shapes
from bot.local.slack.arguments import Arguments
from bot.local.slack.errors import SlackError
from bot.local.slack.happenings import change, publish, remove, whisper
from bot.local.slack.methods import finding
from bot.local.slack.slack import Slack
from bot.local.slack.things import Channel, Json, Message


def _may_post(slack: Slack, where: Channel) -> None:
    if not slack.world.bot_is_in(where) and "chat:write.public" not in slack.scopes:
        raise SlackError("not_in_channel")


def _thread(slack: Slack, where: Channel, args: Arguments) -> str:
    """The parent a reply belongs to: a reply to a reply goes to the same thread."""
    thread_ts = args.text("thread_ts")
    if not thread_ts:
        return ""
    if not re.fullmatch(r"\d{5,}\.\d+", thread_ts):
        message = f"[ERROR] {thread_ts[:40]} is not a valid thread_ts"
        raise SlackError("invalid_thread_ts", response_metadata={"messages": [message]})
    parent = slack.world.message(where.id, thread_ts)
    if parent is None:
        # Slack answers ok and nobody ever sees the message: https://github.com/slackapi/python-slack-sdk/issues/840
        return thread_ts
    if parent.subtype.startswith("channel_"):
        raise SlackError("cannot_reply_to_message")
    return parent.thread_ts or parent.ts


async def post_message(slack: Slack, args: Arguments) -> Json:
    where = finding.place(slack, args)
    _may_post(slack, where)
    given = content.read(args)
    if given.empty:
        raise SlackError("no_text")
    if (args.has("username") or args.has("icon_url") or args.has("icon_emoji")) and (
        "chat:write.customize" not in slack.scopes
    ):
        raise SlackError("missing_scope", needed="chat:write.customize", provided=",".join(sorted(slack.scopes)))
    message = by_bot(slack, where, given, thread_ts=_thread(slack, where, args))
    if args.flag("reply_broadcast") and message.thread_ts:
        message.subtype = "thread_broadcast"
    publish(slack, message)
    answer: Json = {"channel": where.id, "ts": message.ts, "message": shapes.message(message, slack.world)}
    if len(args.text("text")) > content.LONGEST_TEXT:
        told = "message_truncated"
        answer |= {"warning": told, "response_metadata": {"warnings": [told]}}
    return answer


def by_bot(slack: Slack, where: Channel, given: content.Content, *, thread_ts: str = "") -> Message:
    ids = slack.world.ids
    return Message(
        ts=slack.world.stamps.next(),
        channel=where.id,
        user=ids.bot_user,
        bot_id=ids.bot,
        app_id=ids.app,
        text=given.text or content.NO_FALLBACK,
        blocks=given.blocks,
        attachments=given.attachments,
        metadata=given.metadata,
        thread_ts=thread_ts,
    )


async def post_ephemeral(slack: Slack, args: Arguments) -> Json:
    where = finding.place(slack, args)
    user = args.needed("user")
    if not slack.world.bot_is_in(where):
        raise SlackError("not_in_channel")
    if user not in where.members:
        raise SlackError("user_not_in_channel")
    given = content.read(args)
    if given.empty:
        raise SlackError("no_text")
    message = by_bot(slack, where, given, thread_ts=_thread(slack, where, args))
    message.ephemeral_for = user
    whisper(slack, message)
    return {"message_ts": message.ts}


async def update(slack: Slack, args: Arguments) -> Json:
    where = finding.channel(slack, args)
    ts = args.needed("ts")
    given = content.read(args)
    if given.empty and given.text is None and given.blocks is None and given.metadata is None:
        raise SlackError("no_text")
    if given.text is not None and len(given.text) > content.LONGEST_UPDATE:
        raise SlackError("msg_too_long")
    message = finding.message(slack, where, ts)
    if where.archived:
        raise SlackError("is_inactive")
    if message.bot_id != slack.world.ids.bot or message.subtype.startswith("channel_"):
        raise SlackError("cant_update_message")
    change(slack, message, _changes(given), by=slack.world.ids.bot_user)
    shape = shapes.message(message, slack.world)
    return {"channel": where.id, "ts": message.ts, "text": message.text, "message": shape}


def _changes(given: content.Content) -> Json:
    """Text without blocks removes the blocks; with neither given the old ones stay."""
    changes: Json = {}
    if given.text is not None or given.blocks is not None:
        changes |= {"text": given.text or content.NO_FALLBACK, "blocks": given.blocks or None}
    if given.attachments is not None:
        changes["attachments"] = given.attachments or None
    if given.metadata is not None:
        changes["metadata"] = given.metadata
    return changes


async def delete(slack: Slack, args: Arguments) -> Json:
    where = finding.channel(slack, args)
    message = finding.message(slack, where, args.needed("ts"))
    if message.bot_id != slack.world.ids.bot or message.subtype:
        raise SlackError("cant_delete_message")
    remove(slack, message)
    return {"channel": where.id, "ts": message.ts}


async def permalink(slack: Slack, args: Arguments) -> Json:
    where = finding.channel(slack, args)
    message = finding.message(slack, where, args.needed("message_ts"))
    return {"channel": where.id, "permalink": slack.world.permalink(message)}
