"""What the app says outside the Web API: at response URLs, in command acks and in ephemeral notes."""

from typing import Any

from bot.local.slack import content
from bot.local.slack.arguments import Arguments
from bot.local.slack.errors import SlackError
from bot.local.slack.happenings import change, publish, remove, whisper
from bot.local.slack.response_urls import ResponseUrl
from bot.local.slack.slack import Slack
from bot.local.slack.things import Json, Message


def reply(slack: Slack, to: ResponseUrl, said: Json) -> Message | None:
    """Do what a response asks: replace, delete, or show a new message. Raises Slack's error for bad content."""
    source = _source(slack, to)
    if said.get("delete_original") is True:
        if source is not None:
            _take_away(slack, source)
        return None
    given = content.read(Arguments(given=said))
    if given.empty:
        raise SlackError("no_text")
    in_channel = said.get("response_type") == "in_channel"
    if source is not None and said.get("replace_original") is True:
        _redraw(slack, source, given)
        return source
    message = _spoken(slack, to, given)
    message.thread_ts = str(said.get("thread_ts") or "")
    if in_channel:
        return publish(slack, message)
    message.ephemeral_for = to.user
    whisper(slack, message)
    return message


def _source(slack: Slack, to: ResponseUrl) -> Message | None:
    if not to.source_ts:
        return None
    hidden = (each for each in slack.world.ephemerals if each.ts == to.source_ts)
    return slack.world.message(to.channel, to.source_ts) or next(hidden, None)


def _take_away(slack: Slack, source: Message) -> None:
    if source.ephemeral_for:
        slack.world.ephemerals.remove(source)
        slack.world.changed()
    else:
        remove(slack, source)


def _redraw(slack: Slack, source: Message, given: content.Content) -> None:
    changes: Json = {"text": given.text or content.NO_FALLBACK, "blocks": given.blocks or None}
    if source.ephemeral_for:
        for name, value in changes.items():
            setattr(source, name, value)
        slack.world.changed()
    else:
        change(slack, source, changes, by=slack.world.ids.bot_user)


def _spoken(slack: Slack, to: ResponseUrl, given: content.Content) -> Message:
    ids = slack.world.ids
    return Message(
        ts=slack.world.stamps.next(),
        channel=to.channel,
        user=ids.bot_user,
        bot_id=ids.bot,
        app_id=ids.app,
        text=given.text or content.NO_FALLBACK,
        blocks=given.blocks,
        attachments=given.attachments,
        metadata=given.metadata,
    )


def note(slack: Slack, user: str, channel: str, text: str) -> Message:
    """Slackbot's word to one person, such as a command that failed."""
    message = Message(ts=slack.world.stamps.next(), channel=channel, user="USLACKBOT", text=text, ephemeral_for=user)
    whisper(slack, message)
    return message


def at_response_url(slack: Slack, token: str, said: Any) -> tuple[int, str]:
    """Answer a post to a response URL: HTTP status and plain text, as Slack's are."""
    given = slack.response_urls.take(token)
    if isinstance(given, str):
        return 404, given
    if not isinstance(said, dict):
        return 400, "invalid_payload"
    try:
        reply(slack, given, said)
    except SlackError as error:
        return 400, error.code
    return 200, "ok"
