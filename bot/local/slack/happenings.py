"""What happens in channels whoever does it: somebody comes or goes, a name changes, a message appears or goes."""

from bot.local.slack import shapes
from bot.local.slack.slack import Slack
from bot.local.slack.things import Channel, Json, Message


def publish(slack: Slack, message: Message) -> Message:
    """Put a new message into its channel, marking its thread, and tell the app."""
    world = slack.world
    if message.thread_ts:
        parent = world.message(message.channel, message.thread_ts)
        if parent is not None and not parent.thread_ts:
            parent.thread_ts = parent.ts
            world.keep_message(parent)
    world.keep_message(message)
    slack.news.message(message)
    return message


def say_in_channel(
    slack: Slack, channel: Channel, user: str, subtype: str, text: str, *, extra: Json | None = None
) -> Message:
    """A system message such as "Ann has joined the channel"."""
    message = Message(
        ts=slack.world.stamps.next(), channel=channel.id, user=user, text=text, subtype=subtype, extra=extra or {}
    )
    return publish(slack, message)


def add_member(slack: Slack, channel: Channel, user: str, inviter: str = "") -> None:
    channel.members.append(user)
    slack.world.keep_channel(channel)
    extra: Json = {"inviter": inviter} if inviter else {}
    say_in_channel(slack, channel, user, "channel_join", f"<@{user}> has joined the channel", extra=extra)
    slack.news.member("member_joined_channel", channel, user, inviter)


def take_member(slack: Slack, channel: Channel, user: str, by: str = "") -> None:
    say_in_channel(slack, channel, user, "channel_leave", f"<@{user}> has left the channel")
    channel.members.remove(user)
    slack.world.keep_channel(channel)
    slack.news.member("member_left_channel", channel, user)
    if user == slack.world.ids.bot_user:
        slack.news.bot_left(channel, by or user)


def rename_channel(slack: Slack, channel: Channel, name: str, by: str) -> None:
    old = channel.name
    channel.previous_names.append(old)
    channel.name = name
    slack.world.keep_channel(channel)
    told = f'<@{by}> has renamed the channel from "{old}" to "{name}"'
    say_in_channel(slack, channel, by, "channel_name", told, extra={"old_name": old, "name": name})
    slack.news.channel("channel_rename", channel, by)


def change(slack: Slack, message: Message, changes: Json, *, by: str) -> None:
    """Edit a message in place; `changes` are fields of `Message`."""
    before = shapes.message(message, slack.world)
    for name, value in changes.items():
        setattr(message, name, value)
    message.edited = {"user": by, "ts": slack.world.stamps.next()}
    slack.world.keep_message(message)
    slack.news.edited(message, before)


def remove(slack: Slack, message: Message) -> None:
    """Delete a message; one with replies leaves a tombstone, so that its thread stays."""
    before = shapes.message(message, slack.world)
    if slack.world.replies(message.channel, message.ts):
        message.text, message.subtype, message.user = "This message was deleted.", "tombstone", "USLACKBOT"
        message.blocks = message.metadata = message.attachments = message.edited = None
        message.bot_id = message.app_id = ""
        message.extra = {"hidden": True}
        slack.world.keep_message(message)
        tell = slack.news.buried
    else:
        slack.world.drop_message(message)
        tell = slack.news.deleted
    channel = slack.world.channels[message.channel]
    kept = [pin for pin in channel.pins if pin["ts"] != message.ts]
    if len(kept) != len(channel.pins):
        channel.pins = kept
        slack.world.keep_channel(channel)
    tell(message, before)


def whisper(slack: Slack, message: Message) -> None:
    """Show a message to one person only; the newest few hundred are kept, as nobody's copy of record."""
    slack.world.ephemerals.append(message)
    del slack.world.ephemerals[:-500]
    slack.world.changed()
