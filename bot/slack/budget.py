"""The rate budget: each call waits for its turn, so that Slack is never asked faster than it allows.

Every method has its pace (posting also one for each channel). Who waits is served by lane, then in order. Slack's own
"not now" (429) stops that method for all lanes until the time it named, here and in the other replicas.
"""

import asyncio
import heapq
import itertools
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Final

from bot.domain.errors import RateLimited

Sleep = Callable[[float], Awaitable[None]]
Told = Callable[[str, str | None, datetime], Awaitable[None]]

MINUTE: Final = 60.0
_LONGEST_PAUSE: Final = timedelta(hours=1)
_MOST_PACES: Final = 2_000

# https://docs.slack.dev/apis/web-api/rate-limits: floors, per minute, method and workspace.
_TIERS: Final = {1: 1, 2: 20, 3: 50, 4: 100}
_GENEROUS: Final = 300
_POSTS_OF_A_WORKSPACE: Final = 240
_POSTS_OF_A_CHANNEL: Final = (4, 4.0)  # one a second, in short bursts

_METHODS: Final[Mapping[int, frozenset[str]]] = {
    1: frozenset({"apps.connections.open"}),
    2: frozenset(
        {
            "bookmarks.add",
            "bookmarks.edit",
            "bookmarks.remove",
            "canvases.create",
            "conversations.archive",
            "conversations.canvases.create",
            "conversations.create",
            "conversations.list",
            "conversations.rename",
            "conversations.setPurpose",
            "conversations.setTopic",
            "conversations.unarchive",
            "emoji.list",
            "pins.add",
            "pins.list",
            "pins.remove",
            "reactions.remove",
            "usergroups.list",
            "usergroups.update",
            "usergroups.users.list",
            "usergroups.users.update",
            "users.conversations",  # the tables disagree, so the smaller
            "users.list",
        }
    ),
    4: frozenset(
        {
            "chat.postEphemeral",
            "conversations.members",
            "files.completeUploadExternal",
            "files.getUploadURLExternal",
            "files.info",
            "users.info",
            "users.profile.get",
            "views.open",
            "views.publish",
            "views.push",
            "views.update",
        }
    ),
}
_FREE: Final = frozenset({"auth.test", "api.test", "chat.getPermalink"})
_POST: Final = "chat.postMessage"


class Lane(IntEnum):
    """Who goes first when not all can."""

    OPEN = 0
    """A new incident's channel, and the people in it."""
    CARDS = 1
    """Cards, and answers to people."""
    REMINDERS = 2
    """Reminders and digests."""
    TRIMMINGS = 3
    """Topic, pin, bookmarks."""


def per_minute(method: str) -> int:
    """How often Slack lets a workspace's app call a method."""
    if method in _FREE:
        return _GENEROUS
    if method == _POST:
        return _POSTS_OF_A_WORKSPACE
    return next((_TIERS[tier] for tier, methods in _METHODS.items() if method in methods), _TIERS[3])


@dataclass(slots=True, eq=False)
class _Ticket:
    """Somebody who waits. `turn` is set when it may be its turn."""

    turn: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class _Pace:
    """At most `calls` in any `window` seconds: a short burst is let through, the published floor is never passed."""

    calls: int
    window: float
    share: float = 1.0
    taken: deque[float] = field(default_factory=deque)
    closed_until: float = 0.0
    line: list[tuple[int, int, _Ticket]] = field(default_factory=list)

    def room(self) -> tuple[int, float]:
        """Our share of the pace. A share of less than one call makes the window longer."""
        mine = max(int(self.calls * self.share), 1)
        return mine, self.window * max(mine / (self.calls * self.share), 1.0)

    def free_at(self, now: float, ahead: int = 0) -> float:
        """When the next call may go, `ahead` others going first."""
        calls, window = self.room()
        times = deque(self.taken, maxlen=calls)
        moment = now
        for _ in range(ahead + 1):
            moment = max(moment, self.closed_until)
            if len(times) == calls:
                moment = max(moment, times[0] + window)
            times.append(moment)
        return moment

    def take(self, now: float) -> None:
        calls, _ = self.room()
        self.taken.append(now)
        while len(self.taken) > max(calls, self.calls):
            self.taken.popleft()

    def idle(self, now: float) -> bool:
        _, window = self.room()
        return not self.line and self.closed_until <= now and (not self.taken or self.taken[-1] + window <= now)


async def _tell_nobody(_method: str, _channel: str | None, _until: datetime) -> None:
    return


@dataclass(slots=True, kw_only=True)
class RateBudget:
    """This replica's part of what Slack allows. `told` hears of each pause, so that other replicas can be `pause`d."""

    share: float = 1.0
    told: Told = _tell_nobody
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Sleep = asyncio.sleep
    jitter: Callable[[], float] = random.random
    _paces: dict[tuple[str, str | None], _Pace] = field(default_factory=dict)
    _order: "itertools.count[int]" = field(default_factory=itertools.count)

    def set_replicas(self, living: int) -> None:
        """Each of the living replicas takes an equal part of every limit."""
        self.share = 1 / max(living, 1)
        for pace in self._paces.values():
            pace.share = self.share

    def expected(self, method: str, channel: str | None = None, lane: Lane = Lane.CARDS) -> float:
        """How many seconds a call would wait now: what a message means by "delayed 2 min by Slack's limits"."""
        now = self.clock()
        return max(pace.free_at(now, self._ahead(pace, lane)) - now for _, pace in self._on_the_way(method, channel))

    async def wait(
        self, method: str, channel: str | None = None, *, lane: Lane = Lane.CARDS, patience: float = 30.0
    ) -> None:
        """Return when the call may be made. Raises `RateLimited` instead of waiting longer than `patience` seconds."""
        if (expected := self.expected(method, channel, lane)) > patience:
            raise self._too_long(method, expected)
        deadline = self.clock() + patience
        for _, pace in self._on_the_way(method, channel):
            await self._through(pace, method, lane, deadline)

    async def refused(self, method: str, channel: str | None, retry_after: float) -> None:
        """Slack said "not now": nobody calls this method (when posting: for this channel) until then."""
        # Not all replicas come back in the same instant.
        until = self.now() + min(timedelta(seconds=retry_after + self.jitter()), _LONGEST_PAUSE)
        place = channel if method == _POST else None
        self.pause(method, place, until)
        await self.told(method, place, until)

    def pause(self, method: str, channel: str | None, until: datetime) -> None:
        """Another replica (or this one) was refused: wait until then."""
        seconds = min(until - self.now(), _LONGEST_PAUSE).total_seconds()
        pace = self._pace(method, channel)
        pace.closed_until = max(pace.closed_until, self.clock() + seconds)

    def _on_the_way(self, method: str, channel: str | None) -> list[tuple[str | None, _Pace]]:
        """The paces that a call must pass: a channel's own first, then the workspace's."""
        places = [channel, None] if method == _POST and channel else [None]
        return [(place, self._pace(method, place)) for place in places]

    def _pace(self, method: str, channel: str | None) -> _Pace:
        if (found := self._paces.get((method, channel))) is not None:
            return found
        if len(self._paces) >= _MOST_PACES:
            now = self.clock()
            self._paces = {key: pace for key, pace in self._paces.items() if not pace.idle(now)}
        calls, window = (per_minute(method), MINUTE) if channel is None else _POSTS_OF_A_CHANNEL
        made = _Pace(calls=calls, window=window, share=self.share)
        self._paces[(method, channel)] = made
        return made

    @staticmethod
    def _ahead(pace: _Pace, lane: Lane) -> int:
        return sum(waiting_lane <= lane for waiting_lane, _, _ in pace.line)

    async def _through(self, pace: _Pace, method: str, lane: Lane, deadline: float) -> None:
        ticket = _Ticket()
        place = (int(lane), next(self._order), ticket)
        heapq.heappush(pace.line, place)
        try:
            while True:
                now = self.clock()
                if pace.line[0] is place and pace.free_at(now) <= now:
                    pace.take(now)
                    return
                if now >= deadline:
                    raise self._too_long(method, max(pace.free_at(now, self._ahead(pace, lane) - 1) - now, 1.0))
                await self._until_something(pace, place, now, deadline)
        finally:
            pace.line.remove(place)
            heapq.heapify(pace.line)
            if pace.line:
                pace.line[0][2].turn.set()

    async def _until_something(self, pace: _Pace, place: tuple[int, int, _Ticket], now: float, deadline: float) -> None:
        """Sleep until the pace is free (for the first in line), one's turn has come, or patience ends."""
        ticket = place[2]
        ticket.turn.clear()
        wake = pace.free_at(now) if pace.line[0] is place else deadline
        sleeping = asyncio.ensure_future(self.sleep(max(min(wake, deadline) - now, 0.0)))
        turning = asyncio.ensure_future(ticket.turn.wait())
        try:
            await asyncio.wait({sleeping, turning}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            turning.cancel()
            await asyncio.gather(sleeping, turning, return_exceptions=True)

    @staticmethod
    def _too_long(method: str, seconds: float) -> RateLimited:
        return RateLimited(f"Slack's limits delay {method} by {delay_words(seconds)}", retry_after=seconds)


def delay_words(seconds: float) -> str:
    """As a context line says it: "40 s", "2 min"."""
    return f"{max(round(seconds), 1)} s" if seconds < MINUTE else f"{round(seconds / MINUTE)} min"
