"""Slack as the `Chat` that features know: every method may run twice, and looks before it repeats."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

import structlog

from bot.domain.capabilities import ChannelMade, Chat, MessageRead
from bot.domain.errors import NotFound, Refused, Unavailable, VendorError
from bot.slack.blocks import channel_mrkdwn, clean, cut, escape, safe_url, section
from bot.slack.budget import Lane
from bot.slack.channels import Channels
from bot.slack.client import SlackApi
from bot.slack.files import Files
from bot.slack.message import Message, View
from bot.slack.posts import Posts
from bot.slack.windows import Windows

log = structlog.get_logger()

Value = TypeVar("Value")

_REMEMBERED: Final = 1_000
_FRESH_FOR: Final = 600.0
_UNKNOWN_FOR: Final = 60.0
_BOOKMARK_TITLE: Final = 80


class Board(Protocol):
    """The messages that Daywatch keeps: where each stands, and how to bring one up to date."""

    async def show(self, key: str) -> None:
        """Post it, or redraw it, until what is shown is what is wanted."""

    async def place(self, key: str) -> tuple[str, str] | None:
        """Its channel and `ts`; None while it has not been posted."""

    async def draw(self, key: str) -> Message | None:
        """How it looks now; None when there is nothing (any more) to show."""


@dataclass(slots=True, kw_only=True)
class SlackChat(Chat):
    """`posts`, `windows`, `channels` and `files` are the finer tools; `board` knows the messages by key."""

    api: SlackApi
    posts: Posts
    windows: Windows
    channels: Channels
    files: Files
    board: Board
    clock: Callable[[], float] = time.monotonic
    # Bookmarks of channels made in this life: there nothing of an earlier life can stand, so the first of each address
    # needs no look. (Anything else is looked for first, since Slack would add it twice.)
    _bookmarked: "OrderedDict[str, set[str]]" = field(default_factory=OrderedDict)
    # Channels whose topic is what we set last, or none yet: there setting it needs no look. (Slack says each setting in
    # the channel, so what an earlier try did is not done once more.)
    _topics: "OrderedDict[str, None]" = field(default_factory=OrderedDict)
    _users: "OrderedDict[str, tuple[str | None, float]]" = field(default_factory=OrderedDict)

    async def create_channel(self, name: str, *, marker: str, private: bool) -> ChannelMade:
        made, just_now = await self.channels.create(name, marker=marker, private=private)
        if just_now:
            _remember(self._bookmarked, made["id"], set())
            _remember(self._topics, made["id"], None)
        return made

    async def show(self, key: str) -> None:
        await self.board.show(key)

    async def invite(self, channel: str, users: Sequence[str]) -> dict[str, str]:
        return await self.channels.invite(channel, users)

    async def topic(self, channel: str, text: str) -> None:
        known = channel in self._topics
        self._topics.pop(channel, None)
        await self.channels.topic(channel, text, look_first=not known)
        _remember(self._topics, channel, None)

    async def pin(self, key: str) -> None:
        place = await self.board.place(key)
        if place is None:
            # Its post failed, or only the answer was lost: the sooner it is looked for, the sooner it is pinned.
            await self.board.show(key)
            place = await self.board.place(key)
        if place is None:
            raise Unavailable(f"{key} is not posted yet, so it cannot be pinned")
        channel, ts = place
        await self.posts.pin(channel, ts)

    async def bookmark(self, channel: str, title: str, url: str) -> None:
        address = safe_url(url)
        if address is None:
            raise Refused("A bookmark needs an http or https address")
        tried = self._bookmarked.get(channel)
        if (tried is None or address in tried) and await self._has_bookmark(channel, address):
            return
        if tried is not None:
            tried.add(address)
        await self.api.call(
            "bookmarks.add",
            lane=Lane.TRIMMINGS,
            channel_id=channel,
            title=cut(clean(title), _BOOKMARK_TITLE) or address,
            type="link",
            link=address,
        )

    async def react(self, channel: str, ts: str, emoji: str) -> None:
        await self.api.call("reactions.add", channel=channel, timestamp=ts, name=emoji.strip(":"))

    async def rename(self, channel: str, name: str) -> str:
        return await self.channels.rename(channel, name)

    async def archive(self, channel: str) -> None:
        await self.channels.archive(channel)

    async def user_by_email(self, email: str) -> str | None:
        key = email.strip().casefold()
        found, until = self._users.get(key, (None, 0.0))
        if until > self.clock():
            return found
        found = await self._looked_up(key)
        _remember(self._users, key, (found, self.clock() + (_FRESH_FOR if found else _UNKNOWN_FOR)))
        return found

    async def whisper(self, key: str, channel: str, user: str) -> None:
        if (drawn := await self.board.draw(key)) is not None:
            await self.posts.ephemeral(channel, user, drawn)

    async def point_to(self, channel: str, *, view: str, user: str, title: str, words: str, key: str) -> None:
        body = (section(f"{escape(words)} {channel_mrkdwn(channel)}"),)
        try:
            await self.windows.update(view, View(title=title, close="Close", clear_on_close=True, blocks=body))
        except VendorError as error:
            log.info("told directly", key=key, reason=str(error))
            await self.post(user, Message(words, blocks=body), key, look_first=True)

    async def message(self, channel: str, ts: str) -> MessageRead | None:
        return await self.posts.read(channel, ts)

    async def post(
        self,
        place: str,
        message: Message,
        key: str | None = None,
        *,
        thread_ts: str | None = None,
        look_first: bool = False,
        lane: Lane = Lane.CARDS,
    ) -> tuple[str, str]:
        """Post to a channel's or person's id, or to a `#name`. Answers the channel's id and the `ts`."""
        channel = await self.channels.where(place)
        ts = await self.posts.post(channel, message, key, thread_ts=thread_ts, look_first=look_first, lane=lane)
        return channel, ts

    async def _has_bookmark(self, channel: str, address: str) -> bool:
        answer = await self.api.call("bookmarks.list", lane=Lane.TRIMMINGS, channel_id=channel)
        return any(one.get("link") == address for one in answer.get("bookmarks") or ())

    async def _looked_up(self, email: str) -> str | None:
        try:
            answer = await self.api.call("users.lookupByEmail", lane=Lane.OPEN, email=email)
        except NotFound:
            return None
        user = answer.get("user") or {}
        return None if user.get("deleted") else str(user["id"])


def _remember(shelf: "OrderedDict[str, Value]", key: str, value: Value) -> None:
    """Keep it, and forget what is oldest when there is too much."""
    shelf[key] = value
    shelf.move_to_end(key)
    while len(shelf) > _REMEMBERED:
        shelf.popitem(last=False)
