"""People acting as in Slack's client: saying, reacting, coming and going. Page and state API go through here."""

import re
from collections.abc import Callable, Sequence
from typing import Final
from uuid import uuid4

from bot.local.slack import marking
from bot.local.slack.errors import SlackError
from bot.local.slack.happenings import add_member, change, publish, remove, rename_channel, say_in_channel, take_member
from bot.local.slack.ids import fresh_id
from bot.local.slack.methods import finding
from bot.local.slack.slack import Slack
from bot.local.slack.things import Channel, File, Message, User

LONGEST: Final = 12_000


class NotPossible(Exception):
    """What was asked cannot be done by this person here; the text says why."""


def person(slack: Slack, user: str) -> User:
    """Find somebody by id or name."""
    found = slack.world.users.get(user) or next(
        (each for each in slack.world.users.values() if each.name == user), None
    )
    if found is None or found.bot_id:
        raise NotPossible(f"there is no person {user!r}")
    return found


def place(slack: Slack, channel: str) -> Channel:
    """Find a channel by id or name."""
    found = slack.world.channels.get(channel) or slack.world.channel_named(channel)
    if found is None:
        raise NotPossible(f"there is no channel {channel!r}")
    return found


def _own_place(slack: Slack, user: User, channel: str) -> Channel:
    where = place(slack, channel)
    if user.id not in where.members:
        raise NotPossible(f"{user.name} is not in this channel")
    if where.archived:
        raise NotPossible("this channel is archived")
    return where


def message_at(slack: Slack, channel: Channel, ts: str) -> Message:
    found = slack.world.message(channel.id, ts)
    if found is None:
        raise NotPossible("there is no such message")
    return found


_PICKED: Final = re.compile(r"(<[@#!][^<>\n]+>)")


def command_text(slack: Slack, typed: str) -> str:
    """What follows a command that wants its text escaped; what was picked from a list is a link already."""
    parts = _PICKED.split(typed)
    return "".join(part if _PICKED.fullmatch(part) else typed_text(slack, part, named=True) for part in parts)


def typed_text(slack: Slack, typed: str, *, named: bool = False) -> str:
    """Words as a client sends them: escaped, and @names and #channels made into links."""
    text = typed[:LONGEST].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    names = {each.name: each.id for each in slack.world.users.values()}
    groups = {each.handle: each.id for each in slack.world.groups.values()}

    def mention(match: re.Match[str]) -> str:
        name = match[1].lower()
        if name in names:
            return f"<@{names[name]}|{name}>" if named else f"<@{names[name]}>"
        return f"<!subteam^{groups[name]}|@{name}>" if name in groups else match[0]

    def link(match: re.Match[str]) -> str:
        where = slack.world.channel_named(match[1])
        return f"<#{where.id}|{where.name}>" if where else match[0]

    text = re.sub(r"(?<![\w<])@([\w.-]*\w)", mention, text)
    text = re.sub(r"(?<![\w&<])#([\w-]+)", link, text)
    return re.sub(r"(?<![<|])\bhttps?://[^\s<>|]+", lambda match: f"<{match[0]}>", text)


def say(slack: Slack, user: str, channel: str, text: str, thread_ts: str = "", files: Sequence[str] = ()) -> Message:
    who = person(slack, user)
    where = _own_place(slack, who, channel)
    if not text.strip() and not files:
        raise NotPossible("there is nothing to say")
    shared = [_own_file(slack, who, each) for each in files]
    if thread_ts:
        parent = message_at(slack, where, thread_ts)
        thread_ts = parent.thread_ts or parent.ts
    message = Message(
        ts=slack.world.stamps.next(),
        channel=where.id,
        user=who.id,
        text=typed_text(slack, text),
        thread_ts=thread_ts,
        subtype="file_share" if shared else "",
        files=[each.id for each in shared],
        extra={"client_msg_id": str(uuid4())},
    )
    for each in shared:
        each.channels.append(where.id)
        slack.world.keep_file(each)
    return publish(slack, message)


def _own_file(slack: Slack, who: User, file_id: str) -> File:
    found = slack.world.files.get(file_id)
    if found is None or found.user != who.id or not found.completed:
        raise NotPossible("there is no such file of theirs")
    return found


def _own_message(slack: Slack, user: str, channel: str, ts: str) -> Message:
    who = person(slack, user)
    message = message_at(slack, _own_place(slack, who, channel), ts)
    if message.user != who.id:
        raise NotPossible("this is somebody else's message")
    return message


def edit(slack: Slack, user: str, channel: str, ts: str, text: str) -> Message:
    message = _own_message(slack, user, channel, ts)
    change(slack, message, {"text": typed_text(slack, text)}, by=message.user)
    return message


def delete(slack: Slack, user: str, channel: str, ts: str) -> None:
    remove(slack, _own_message(slack, user, channel, ts))


def react(slack: Slack, user: str, channel: str, ts: str, name: str, *, on: bool = True) -> None:
    who = person(slack, user)
    message = message_at(slack, _own_place(slack, who, channel), ts)
    act = marking.react if on else marking.unreact
    _as_person(lambda: act(slack, message, who.id, name.strip(":")))


def pin(slack: Slack, user: str, channel: str, ts: str, *, on: bool = True) -> None:
    who = person(slack, user)
    message = message_at(slack, _own_place(slack, who, channel), ts)
    act = marking.pin if on else marking.unpin
    _as_person(lambda: act(slack, message, who.id))


def _as_person(act: Callable[[], None]) -> None:
    try:
        act()
    except SlackError as error:
        raise NotPossible(error.code) from error


def join(slack: Slack, user: str, channel: str) -> None:
    who, where = person(slack, user), place(slack, channel)
    if where.private:
        raise NotPossible("nobody joins a private channel without being invited")
    if who.guest:
        raise NotPossible("guests are invited; they do not join by themselves")
    if who.id not in where.members:
        add_member(slack, where, who.id)


def invite(slack: Slack, user: str, channel: str, invited: str) -> None:
    who = person(slack, user)
    where = _own_place(slack, who, channel)
    guest = invited if invited == slack.world.ids.bot_user else person(slack, invited).id
    if guest not in where.members:
        add_member(slack, where, guest, inviter=who.id)


def leave(slack: Slack, user: str, channel: str) -> None:
    who = person(slack, user)
    where = _own_place(slack, who, channel)
    if where.general:
        raise NotPossible("nobody leaves the general channel")
    take_member(slack, where, who.id)


def kick_bot(slack: Slack, user: str, channel: str) -> None:
    who = person(slack, user)
    where = _own_place(slack, who, channel)
    if not slack.world.bot_is_in(where):
        raise NotPossible("the bot is not in this channel")
    take_member(slack, where, slack.world.ids.bot_user, by=who.id)


def rename(slack: Slack, user: str, channel: str, name: str) -> None:
    who = person(slack, user)
    where = _own_place(slack, who, channel)
    if slack.world.channel_named(name) is not None:
        raise NotPossible("name_taken")
    rename_channel(slack, where, name, by=who.id)


def archive(slack: Slack, user: str, channel: str, *, on: bool = True) -> None:
    who, where = person(slack, user), place(slack, channel)
    if where.archived == on:
        raise NotPossible("already_archived" if on else "not_archived")
    if on:
        say_in_channel(slack, where, who.id, "channel_archive", f"<@{who.id}> archived the channel")
    where.archived = on
    slack.world.keep_channel(where)
    if not on:
        say_in_channel(slack, where, who.id, "channel_unarchive", f"<@{who.id}> un-archived the channel")
    slack.news.channel("channel_archive" if on else "channel_unarchive", where, who.id)
    if on and slack.world.bot_is_in(where):
        where.members.remove(slack.world.ids.bot_user)
        slack.world.keep_channel(where)


def make_private(slack: Slack, user: str, channel: str) -> None:
    """Turn a public channel private, as any of its members may at any time."""
    who = person(slack, user)
    where = _own_place(slack, who, channel)
    where.private = True
    slack.world.keep_channel(where)
    told = "made this channel private. Now, it can only be viewed or joined by invitation."
    say_in_channel(slack, where, who.id, "channel_convert_to_private", told)


def direct(slack: Slack, user: str, other: str = "") -> Channel:
    """The person's direct message with the bot, or with another person; opened at need."""
    who = person(slack, user)
    if not other:
        return finding.direct(slack, who)
    partner = person(slack, other)
    if partner.id == who.id:
        raise NotPossible("that is you")
    pair = {who.id, partner.id}
    known = next((each for each in slack.world.channels.values() if each.direct and set(each.members) == pair), None)
    if known is not None:
        return known
    made = Channel(
        id=fresh_id("D"),
        name="",
        creator=who.id,
        created=int(slack.world.now()),
        private=True,
        partner=partner.id,
        members=[who.id, partner.id],
    )
    slack.world.keep_channel(made)
    return made
