"""The state of the Slack stand-in: everything that is true in the workspace, kept over a restart."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.local.keep import Keep
from bot.local.slack import seed
from bot.local.slack.ids import Stamps, microseconds
from bot.local.slack.things import Channel, File, Group, Label, Message, User, View

Watcher = Callable[[], None]


@dataclass(slots=True, kw_only=True)
class World:
    """Who and what is in the workspace. Each `keep_…` writes through to the shelf and tells the watchers."""

    shelf: Keep
    ids: seed.Ids
    url: str = ""  # where the workspace can be reached
    now: Callable[[], float] = time.time
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: dict[str, dict[str, Message]] = field(default_factory=dict)
    threads: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)  # (channel, parent) -> replies
    ephemerals: list[Message] = field(default_factory=list)
    files: dict[str, File] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    stacks: dict[str, list[str]] = field(default_factory=dict)  # person -> view ids, the top one last
    homes: dict[str, View] = field(default_factory=dict)
    watchers: list[Watcher] = field(default_factory=list)
    stamps: Stamps = field(init=False)

    def __post_init__(self) -> None:
        self._load()
        if not self.users:
            seed.people(self)
        if not self.channels:
            seed.places(self)
        newest = max((ts for each in self.messages.values() for ts in each), key=microseconds, default="")
        self.stamps = Stamps(self.now, newest)

    def _load(self) -> None:
        self.users = {key: User(**each) for key, each in self.shelf.all("slack.user").items()}
        self.groups = {key: Group(**each) for key, each in self.shelf.all("slack.group").items()}
        self.files = {key: File(**each) for key, each in self.shelf.all("slack.file").items()}
        self.homes = {key: View(**each) for key, each in self.shelf.all("slack.home").items()}
        for key, each in self.shelf.all("slack.channel").items():
            topic, purpose = Label(**each.pop("topic")), Label(**each.pop("purpose"))
            self.channels[key] = Channel(topic=topic, purpose=purpose, **each)
        for each in self.shelf.all("slack.message").values():
            self._place(Message(**each))

    # what is kept

    def keep_user(self, user: User) -> None:
        self.users[user.id] = user
        self._put("slack.user", user.id, user)

    def keep_group(self, group: Group) -> None:
        self.groups[group.id] = group
        self._put("slack.group", group.id, group)

    def keep_channel(self, channel: Channel) -> None:
        self.channels[channel.id] = channel
        self._put("slack.channel", channel.id, channel)

    def keep_message(self, message: Message) -> None:
        self._place(message)
        self._put("slack.message", f"{message.channel}/{message.ts}", message)

    def keep_file(self, file: File) -> None:
        self.files[file.id] = file
        self._put("slack.file", file.id, file)

    def keep_home(self, view: View) -> None:
        self.homes[view.user] = view
        self._put("slack.home", view.user, view)

    def _place(self, message: Message) -> None:
        self.messages.setdefault(message.channel, {})[message.ts] = message
        if message.thread_ts and message.thread_ts != message.ts:
            self.threads.setdefault((message.channel, message.thread_ts), {})[message.ts] = None

    def drop_message(self, message: Message) -> None:
        self.messages[message.channel].pop(message.ts, None)
        self.threads.get((message.channel, message.thread_ts), {}).pop(message.ts, None)
        self.shelf.drop("slack.message", f"{message.channel}/{message.ts}")
        self.changed()

    def _put(self, kind: str, key: str, thing: Any) -> None:
        self.shelf.put(kind, key, {name: _plain(getattr(thing, name)) for name in thing.__slots__})
        self.changed()

    def changed(self) -> None:
        for watcher in tuple(self.watchers):
            watcher()

    # what is asked

    def channel_named(self, name: str) -> Channel | None:
        wanted = name.removeprefix("#")
        return next((each for each in self.channels.values() if each.name == wanted and not each.direct), None)

    def direct_with(self, user: str) -> Channel | None:
        """The person's direct message with the bot."""
        return next((each for each in self.channels.values() if each.partner == user and self.bot_is_in(each)), None)

    def permalink(self, message: Message) -> str:
        link = f"{self.url}/archives/{message.channel}/p{message.ts.replace('.', '')}"
        in_thread = message.thread_ts and message.thread_ts != message.ts
        return f"{link}?thread_ts={message.thread_ts}&cid={message.channel}" if in_thread else link

    def message(self, channel: str, ts: str) -> Message | None:
        return self.messages.get(channel, {}).get(ts)

    def in_order(self, channel: str) -> list[Message]:
        """Messages of a channel, oldest first; stamps only ever grow, so insertion order is time order."""
        return list(self.messages.get(channel, {}).values())

    def replies(self, channel: str, thread_ts: str) -> list[Message]:
        return [self.messages[channel][ts] for ts in self.threads.get((channel, thread_ts), ())]

    def bot_is_in(self, channel: Channel) -> bool:
        return self.ids.bot_user in channel.members

    def real_people(self) -> Iterator[User]:
        return (user for user in self.users.values() if not user.bot_id)


def _plain(value: Any) -> Any:
    # Not `asdict` of the whole: it would copy every block of every message, most of the cost of posting.
    return asdict(value) if isinstance(value, Label) else value
