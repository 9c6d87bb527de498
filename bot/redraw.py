"""Keeps every message in Slack at its last truth: drawn from stored state, one drawing at a time for each message."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from weakref import WeakValueDictionary

import structlog

from bot.domain.errors import RateLimited, Refused, StoreDown, Unavailable, VendorError
from bot.rows import Surface
from bot.slack.budget import Lane
from bot.slack.channels import Channels
from bot.slack.drawn import Drawn
from bot.slack.message import Message
from bot.slack.posts import Posts
from bot.slack.refusals import SlackNotFound, SlackRefused
from bot.store.messages import MessageRows, Place

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=45)
LEASE_LEFT = timedelta(seconds=5)
"""A drawing ends so long before its lease does: a replica that froze in it does not go on with what is another's."""
GONE_FOR_GOOD = ("is_archived", "channel_not_found", "user_disabled", "is_inactive")
ENDS_WITHIN = 3.0
LOOKS_BACK: Final = (20.0, 60.0)
"""Seconds after which it is looked whether a try that was given up came through after all."""
DELAYS = (2.0, 5.0, 15.0, 60.0, 300.0)


@dataclass(slots=True, kw_only=True)
class Drawer:
    """The row of a message says what is wanted and what is shown; whoever sees them differ brings them together.

    A row is leased while it is drawn, so that replicas share the work and a dead one's is taken over.
    """

    rows: MessageRows
    surfaces: Mapping[str, Surface[Any]]
    services: Mapping[type, object]
    posts: Posts
    channels: Channels
    me: str
    clock: Callable[[], datetime]
    looks_back: Sequence[float] = LOOKS_BACK
    _waiting: dict[str, tuple[float, asyncio.Task[None]]] = field(default_factory=dict)
    """Drawings that wait for their moment, each with it."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _looking_back: set[asyncio.Task[None]] = field(default_factory=set)
    _locks: "WeakValueDictionary[str, asyncio.Lock]" = field(default_factory=WeakValueDictionary)

    # What flows and the chat ask for.

    async def show(self, key: str) -> None:
        """Draw until what is shown is what was wanted when it was asked. Raises our error tree."""
        async with self._lock(key):
            await self._draw(key, first=True)

    async def place(self, key: str) -> tuple[str, str] | None:
        row = await self.rows.place(key)
        return (row.channel, row.ts) if row and row.channel and row.ts else None

    async def draw(self, key: str) -> Message | None:
        """The message as it would be shown now, for somebody who sees it alone."""
        drawn = await self.drawn(key)
        return drawn.message if drawn else None

    async def drawn(self, key: str) -> Drawn | None:
        """The message as it is to be shown now."""
        name, _, rest = key.partition(":")
        surface = self.surfaces.get(name)
        if surface is None:
            log.error("nobody draws this message", key=key)
            return None
        async with self.rows.reading():
            return await surface.draw(self.services[surface.service], rest)

    # What goes on by itself.

    def nudge(self, key: str, after: float = 0.0) -> None:
        """Draw soon; a burst of nudges is one drawing, at the earliest moment that any of them asked for."""
        due = asyncio.get_running_loop().time() + after
        waiting = self._waiting.get(key)
        if waiting is not None:
            if waiting[0] <= due:
                return
            waiting[1].cancel()
        task = asyncio.create_task(self._soon(key, after))
        self._waiting[key] = (due, task)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def run(self) -> None:
        """Until cancelled: what was left behind, by us or by a replica that died."""
        dead: str | None = self.me  # a process of our name was killed while it drew: first of all, that is ours now
        while True:
            try:
                for key in await self.rows.behind(self.clock(), leased_by=dead):
                    if key not in self._waiting:  # one of ours that waits for its moment is not left behind
                        self.nudge(key)
                dead = None
            except StoreDown:
                log.warning("store down, drawing waits")
            except Exception:
                log.exception("looking for messages to draw failed")
            await asyncio.sleep(2)

    async def stop(self) -> None:
        """Let the drawings under way come to their end, for a moment."""
        for task in (*(task for _, task in self._waiting.values()), *self._looking_back):
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=ENDS_WITHIN)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def leave(self) -> None:
        """Give back what we still hold, so that others need not wait for its end."""
        with suppress(StoreDown):
            await self.rows.leave(self.me)

    async def _soon(self, key: str, after: float) -> None:
        if after:
            await asyncio.sleep(after)
        self._waiting.pop(key, None)
        try:
            async with self._lock(key):
                await self._draw(key)
        except VendorError as error:
            log.info("message not shown yet", key=key, reason=str(error))
        except StoreDown:
            log.warning("store down, message waits", key=key)
        except Exception:
            log.exception("drawing failed", key=key)

    def _lock(self, key: str) -> asyncio.Lock:
        """One drawing of a message at a time in this process; forgotten when nobody holds it."""
        return self._locks.setdefault(key, asyncio.Lock())

    async def _draw(self, key: str, *, first: bool = False) -> None:
        row = await self.rows.lease(key, self.me, self.clock(), LEASE, first=first)
        if row is None:
            raise Unavailable("another replica is drawing this message")
        try:
            await self._bring_up_in_time(key, row)
        except Exception as error:
            await self._not_shown(key, row, error)
            raise

    async def _bring_up_in_time(self, key: str, row: Place) -> None:
        try:
            async with asyncio.timeout((LEASE - LEASE_LEFT).total_seconds()):
                await self._bring_up(key, row)
        except TimeoutError as error:
            if not row.ts:
                await self._take_back(key)  # frozen while we posted, perhaps
            raise Unavailable("drawing it took too long") from error

    async def _bring_up(self, key: str, row: Place) -> None:
        if row.gone or row.shown >= row.wanted:
            await self.rows.release(key, self.me)
            return
        drawn = await self.drawn(key)
        if drawn is None:
            await self.rows.nothing(key, self.me, row)
            return
        surface = self.surfaces[key.partition(":")[0]]
        lane = Lane(surface.lane)
        ts, channel = row.ts, row.channel
        if ts and channel:
            try:
                await self.posts.update(channel, ts, drawn.message, key, lane=lane)
            except SlackNotFound as error:
                if error.code != "message_not_found":
                    raise
                ts = None
        if not ts:
            channel, ts = await self._post(key, row, drawn, lane)
        if not await self.rows.shown(key, self.me, row.wanted, channel, ts) and ts != row.ts:
            await self._take_back(key, ts)
        elif surface.pinned and channel and row.ts and ts != row.ts:
            await self._pin_again(key, channel, ts)

    async def _pin_again(self, key: str, channel: str, ts: str) -> None:
        try:
            await self.posts.pin(channel, ts)
        except VendorError as error:  # it stands all the same
            log.warning("not pinned again", key=key, reason=str(error))

    async def _take_back(self, key: str, ts: str | None = None) -> None:
        """Of two messages with one key one is too many: the one that does not stand in the row.

        So it is when we froze while we posted and another replica has posted since, and when a try whose answer did
        not come was only slow. `ts`: the one too many, where we know it.
        """
        place, drawn = await self.rows.place(key), await self.drawn(key)
        if place is None or not place.channel or not place.ts or drawn is None or place.ts == ts:
            return
        thread = await self._thread(drawn)
        for one in [ts] if ts else await self.posts.beside(place.channel, place.ts, key, thread_ts=thread):
            log.warning("posted twice, taken back", key=key)
            await self.posts.delete(place.channel, one)

    def _look_back(self, key: str) -> None:
        task = asyncio.create_task(self._looked_back(key))
        self._looking_back.add(task)
        task.add_done_callback(self._looking_back.discard)

    async def _looked_back(self, key: str) -> None:
        for wait in self.looks_back:
            await asyncio.sleep(wait)
            try:
                await self._take_back(key)
            except (VendorError, StoreDown) as error:
                log.warning("not looked whether it stands twice", key=key, reason=str(error))

    async def _post(self, key: str, row: Place, drawn: Drawn, lane: Lane) -> tuple[str, str]:
        try:
            return await self._posted(key, row, drawn, lane)
        except SlackRefused as error:
            if error.code in GONE_FOR_GOOD and drawn.channel.startswith("#"):
                # A name from the settings: people can make that channel, or set another one.
                self.channels.forget(drawn.channel)
                raise Refused(str(error)) from error
            raise

    async def _posted(self, key: str, row: Place, drawn: Drawn, lane: Lane) -> tuple[str, str]:
        channel = await self.channels.where(drawn.channel)
        thread = await self._thread(drawn)
        if row.tried and (found := await self.posts.find(channel, key, thread_ts=thread)):
            # An earlier try got through although its answer was lost; what it shows may be older than what is wanted.
            await self.posts.update(channel, found, drawn.message, key, lane=lane)
            return channel, found
        ts = await self.posts.post(channel, drawn.message, key, thread_ts=thread, lane=lane)
        if row.tried:
            self._look_back(key)
        return channel, ts

    async def _thread(self, drawn: Drawn) -> str | None:
        if drawn.message.thread_of is None:
            return drawn.thread_ts
        place = await self.place(drawn.message.thread_of)
        if place is None:
            raise Unavailable("the message it belongs under is not there yet")
        return place[1]

    async def _not_shown(self, key: str, row: Place, error: Exception) -> None:
        if isinstance(error, SlackRefused) and error.code in GONE_FOR_GOOD:
            await self.rows.gone(key, str(error))
            return
        wait = DELAYS[min(row.tries, len(DELAYS) - 1)]
        if isinstance(error, RateLimited):
            wait = max(error.retry_after, 1.0)
        elif isinstance(error, Refused):
            wait = max(wait, 60.0)
        reason = str(error) if isinstance(error, VendorError) else f"our own mistake ({type(error).__name__})"
        await self.rows.not_shown(key, self.me, reason, self.clock() + timedelta(seconds=wait))
