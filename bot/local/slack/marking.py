"""Pins and reactions, whoever sets them: the app through its methods, or a person."""

from typing import Final

from bot.local.slack.errors import SlackError
from bot.local.slack.slack import Slack
from bot.local.slack.things import Json, Message

_MOST_PINS: Final = 100
_MOST_EMOJI: Final = 50


def pin(slack: Slack, message: Message, user: str) -> None:
    channel = slack.world.channels[message.channel]
    if any(each["ts"] == message.ts for each in channel.pins):
        raise SlackError("already_pinned")
    if message.subtype.startswith("channel_") or message.subtype == "tombstone":
        raise SlackError("not_pinnable")
    if len(channel.pins) >= _MOST_PINS:
        raise SlackError("too_many_pins")
    pinned: Json = {"ts": message.ts, "user": user, "created": int(slack.world.now())}
    channel.pins.append(pinned)
    slack.world.keep_channel(channel)
    slack.news.pin("pin_added", message, user, pinned)


def unpin(slack: Slack, message: Message, user: str) -> None:
    channel = slack.world.channels[message.channel]
    pinned = next((each for each in channel.pins if each["ts"] == message.ts), None)
    if pinned is None:
        raise SlackError("no_pin")
    channel.pins.remove(pinned)
    slack.world.keep_channel(channel)
    slack.news.pin("pin_removed", message, user, pinned)


def react(slack: Slack, message: Message, user: str, name: str) -> None:
    known = next((each for each in message.reactions if each["name"] == name), None)
    if known is not None and user in known["users"]:
        raise SlackError("already_reacted")
    if known is None:
        if len(message.reactions) >= _MOST_EMOJI:
            raise SlackError("too_many_emoji")
        known = {"name": name, "users": []}
        message.reactions.append(known)
    known["users"].append(user)
    slack.world.keep_message(message)
    slack.news.reaction("reaction_added", message, user, name)


def unreact(slack: Slack, message: Message, user: str, name: str) -> None:
    known = next((each for each in message.reactions if each["name"] == name), None)
    if known is None or user not in known["users"]:
        raise SlackError("no_reaction")
    known["users"].remove(user)
    message.reactions = [each for each in message.reactions if each["users"]]
    slack.world.keep_message(message)
    slack.news.reaction("reaction_removed", message, user, name)
