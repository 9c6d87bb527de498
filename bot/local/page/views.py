"""What one visitor looks at: as whom, which place, which thread, and what is open in front of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.local.slack.slack import Slack
from bot.local.slack.things import Channel, Message, User, View

_SHOWN = 200  # newest messages of a place


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Everything the template draws."""

    person: User
    people: list[User]
    channels: list[Channel]
    directs: list[Channel]
    place: str
    channel: Channel | None
    messages: list[Message]
    thread: Message | None
    replies: list[Message]
    modal: View | None
    depth: int
    home: View | None
    told: str
    connected: int


def look_at(slack: Slack, asked: Mapping[str, str]) -> Look:
    """Find what a page address asks for; anything unknown falls back to the first place."""
    world = slack.world
    people = [each for each in world.real_people() if each.id != "USLACKBOT"]
    person = next((each for each in people if each.name == asked.get("as")), people[0])
    visible = [each for each in world.channels.values() if person.id in each.members or _open_to(each, person)]
    place = asked.get("place") or "C0PLATOPS"
    channel = next((each for each in visible if each.id == place), None)
    thread = world.message(place, asked.get("thread", "")) if channel else None
    stack = world.stacks.get(person.id, [])
    return Look(
        person=person,
        people=people,
        channels=[each for each in visible if not each.direct],
        directs=[each for each in visible if each.direct and each.partner == person.id],
        place=place,
        channel=channel,
        messages=_messages(slack, person, channel.id, "") if channel else [],
        thread=thread,
        replies=_messages(slack, person, place, thread.ts) if thread else [],
        modal=world.views[stack[-1]] if stack else None,
        depth=len(stack),
        home=world.homes.get(person.id),
        told=asked.get("told", "")[:500],
        connected=len(slack.socket.links),
    )


def _open_to(channel: Channel, person: User) -> bool:
    return not channel.private and not channel.direct and not person.guest


def _messages(slack: Slack, person: User, channel: str, thread_ts: str) -> list[Message]:
    """A place's own messages, or a thread's, with what only this person sees in between."""
    hidden = [
        each
        for each in slack.world.ephemerals
        if each.channel == channel and each.ephemeral_for == person.id and each.thread_ts == thread_ts
    ]
    shown = [each for each in slack.world.in_order(channel) if _belongs(each, thread_ts)]
    return sorted([*shown, *hidden], key=lambda each: each.ts)[-_SHOWN:]


def _belongs(message: Message, thread_ts: str) -> bool:
    if thread_ts:
        return message.thread_ts == thread_ts and message.ts != thread_ts
    return not message.thread_ts or message.thread_ts == message.ts or message.subtype == "thread_broadcast"
