"""What one visitor looks at: as whom, which place, what stands beside it, and what is open in front of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from bot.local.slack.slack import Slack
from bot.local.slack.things import Channel, Message, User, View

SHOWN: Final = 100  # newest messages of a place; more on request
MOST_SHOWN: Final = 2000
FIRST_PLACE: Final = "C0PLATOPS"
FIRST_SIDE: Final = "pagerduty"
SIDES: Final = ("pagerduty", "jira", "faults")
COLUMNS: Final = ("places", "chat", "side")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Everything that is drawn, and how to look elsewhere from here."""

    person: User
    people: list[User]
    channels: list[Channel]
    directs: list[Channel]
    place: str
    channel: Channel | None
    messages: list[Message]
    earlier: int
    shown: int
    thread: Message | None
    replies: list[Message]
    side: str
    ticket: str
    about: Message | None
    edited: str
    column: str
    modals: list[View]
    home: View | None
    told: str
    connected: int
    since: str = ""

    def other(self, channel: Channel) -> User | None:
        """The person at the other end of a direct message; None for the bot."""
        return next((each for each in self.people if each.id in channel.members and each.id != self.person.id), None)

    @property
    def with_bot(self) -> Channel | None:
        return next((each for each in self.directs if self.other(each) is None), None)

    def with_person(self, person: User) -> Channel | None:
        return next((each for each in self.directs if self.other(each) is person), None)

    @property
    def member(self) -> bool:
        return self.channel is not None and self.person.id in self.channel.members

    def to(self, **changes: str) -> str:
        """The address of another look from here; `place` and `as` stay unless they change."""
        side = f"message:{self.about.ts}" if self.about else f"jira:{self.ticket}" if self.ticket else self.side
        thread = self.thread.ts if self.thread else ""
        here = {"as": self.person.name, "place": self.place, "side": side, "thread": thread}
        if changes.get("place", self.place) != self.place:
            here["thread"] = ""
            here["side"] = FIRST_SIDE if self.about else side
        asked = here | changes
        if asked["side"] == FIRST_SIDE and not asked["thread"]:
            asked["side"] = ""
        return f"/?{urlencode({name: value for name, value in asked.items() if value})}"


def look_at(slack: Slack, asked: Mapping[str, str], since: str = "") -> Look:
    """Find what a page address asks for; anything unknown falls back to the first place."""
    world = slack.world
    people = [each for each in world.real_people() if each.id != "USLACKBOT"]
    person = next((each for each in people if each.name == asked.get("as")), people[0])
    visible = [each for each in world.channels.values() if person.id in each.members or _open_to(each, person)]
    place = asked.get("place") or FIRST_PLACE
    channel = next((each for each in visible if each.id == place), None)
    shown = min(int(asked["shown"]), MOST_SHOWN) if asked.get("shown", "").isdigit() else SHOWN
    messages = _messages(slack, person, channel.id, "") if channel else []
    thread = world.message(place, asked.get("thread", "")) if channel else None
    side, _, of = asked.get("side", "").partition(":")
    column = asked.get("on", "")
    return Look(
        person=person,
        people=people,
        channels=[each for each in visible if not each.direct],
        directs=[each for each in visible if each.direct],
        place=place,
        channel=channel,
        messages=messages[-shown:],
        earlier=max(0, len(messages) - shown),
        shown=shown,
        thread=thread,
        replies=_messages(slack, person, place, thread.ts)[-MOST_SHOWN:] if thread else [],
        side=side if side in SIDES else FIRST_SIDE if not thread else "",
        ticket=of if side == "jira" else "",
        about=world.message(place, of) if channel and side == "message" else None,
        edited=asked.get("edit", ""),
        column=column if column in COLUMNS else "side" if thread or side else "chat",
        modals=[world.views[each] for each in world.stacks.get(person.id, [])],
        home=world.homes.get(person.id),
        told=asked.get("told", "")[:500],
        connected=len(slack.socket.links) if slack.socket_mode_on else 1,
        since=since,
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
    return sorted([*shown, *hidden], key=lambda each: each.ts) if hidden else shown


def _belongs(message: Message, thread_ts: str) -> bool:
    if thread_ts:
        return message.thread_ts == thread_ts and message.ts != thread_ts
    return not message.thread_ts or message.thread_ts == message.ts or message.subtype == "thread_broadcast"
