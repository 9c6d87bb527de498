"""How far each person has read each place: unread marks, and where the line "new" stands."""

from dataclasses import dataclass, field

from bot.local.slack.ids import microseconds
from bot.local.slack.things import Channel, Message, User
from bot.local.slack.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """What waits for a person in one place."""

    messages: int = 0
    mentions: int = 0


@dataclass(slots=True, kw_only=True)
class Reading:
    """Remembered while the workspace runs; what was there before it started counts as read."""

    world: World
    _begun: str = field(init=False)
    _read: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._begun = f"{self.world.now():.6f}"

    def mark(self, person: User, place: str) -> str:
        """The stamp of the newest message the person has seen there."""
        return self._read.get((person.id, place), self._begun)

    def seen(self, person: User, place: str) -> None:
        newest = next(reversed(self.world.messages.get(place, {})), "")
        if newest:
            self._read[person.id, place] = newest

    def unread(self, person: User, channel: Channel) -> Unread:
        since = microseconds(self.mark(person, channel.id))
        count = mentions = 0
        for ts, message in reversed(self.world.messages.get(channel.id, {}).items()):
            if microseconds(ts) <= since:
                break
            if self._counts(message, person):
                count += 1
                mentions += channel.direct or self._mentions(message, person)
        return Unread(messages=count, mentions=mentions)

    def _counts(self, message: Message, person: User) -> bool:
        in_thread = bool(message.thread_ts) and message.thread_ts != message.ts
        return message.user != person.id and not in_thread and not message.subtype.startswith("channel_")

    def _mentions(self, message: Message, person: User) -> bool:
        groups = (each.id for each in self.world.groups.values() if person.id in each.users)
        called = [f"<@{person.id}>", *(f"<!subteam^{each}" for each in groups)]
        # The blocks too: the bot's own mentions stand there, never in the notification text.
        spoken = f"{message.text} {message.blocks or ''}"
        return f"'user_id': '{person.id}'" in spoken or any(name in spoken for name in called)
