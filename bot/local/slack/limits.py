"""Slack's rate limits: a bucket for each method (and each channel when posting), filled at the published pace.

Slack publishes floors "with some burst". Here a bucket starts full with one minute's worth of calls (at least
`SMALL_BURST` for tier 1, so that a bot restarted a few times in a row still connects; `POSTING_BURST` for a channel).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import Final

PER_MINUTE: Final = {1: 1, 2: 20, 3: 50, 4: 100, 5: 600}  # 5 is ours: the methods called "generous"
SMALL_BURST: Final = 10
POSTING_BURST: Final = 8
WORKSPACE_POSTS_PER_MINUTE: Final = 400

TIERS: Final[dict[str, int]] = {
    "api.test": 5,
    "auth.test": 5,
    "chat.getPermalink": 5,
    "apps.connections.open": 1,
    "conversations.create": 2,
    "conversations.rename": 2,
    "conversations.archive": 2,
    "conversations.unarchive": 2,
    "conversations.list": 2,
    "conversations.setTopic": 2,
    "conversations.setPurpose": 2,
    "pins.add": 2,
    "pins.remove": 2,
    "pins.list": 2,
    "bookmarks.add": 2,
    "bookmarks.edit": 2,
    "bookmarks.remove": 2,
    "reactions.remove": 2,
    "usergroups.list": 2,
    "usergroups.users.list": 2,
    "users.list": 2,
    "conversations.info": 3,
    "conversations.invite": 3,
    "conversations.join": 3,
    "conversations.kick": 3,
    "conversations.leave": 3,
    "conversations.open": 3,
    "conversations.history": 3,
    "conversations.replies": 3,
    "conversations.mark": 3,
    "chat.update": 3,
    "chat.delete": 3,
    "reactions.add": 3,
    "reactions.get": 3,
    "users.lookupByEmail": 3,
    "users.conversations": 3,
    "bookmarks.list": 3,
    "bots.info": 3,
    "team.info": 3,
    "chat.postEphemeral": 4,
    "views.open": 4,
    "views.update": 4,
    "views.push": 4,
    "views.publish": 4,
    "conversations.members": 4,
    "users.info": 4,
    "files.getUploadURLExternal": 4,
    "files.completeUploadExternal": 4,
    "files.info": 4,
}


@dataclass(slots=True, kw_only=True)
class Bucket:
    """So many calls may be waiting to be spent; they come back one by one."""

    size: float
    per_second: float
    left: float
    at: float

    def wait(self, now: float) -> float:
        """Refill, and tell how many seconds until one call may be made (0: now)."""
        self.left = min(self.size, self.left + max(0.0, now - self.at) * self.per_second)
        self.at = now
        return 0.0 if self.left >= 1 else (1 - self.left) / self.per_second


@dataclass(slots=True, kw_only=True)
class Limits:
    """Counts calls and refuses the one too many. A refused call is not counted, as in Slack."""

    on: bool
    now: Callable[[], float]
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def take(self, method: str, channel: str) -> int:
        """Spend one call (0), or tell after how many whole seconds to come back."""
        if not self.on:
            return 0
        buckets = [self._bucket(*spec) for spec in _specs(method, channel)]
        wait = max(bucket.wait(self.now()) for bucket in buckets)
        if wait > 0:
            return max(1, ceil(wait))
        for bucket in buckets:
            bucket.left -= 1
        return 0

    def _bucket(self, key: str, per_minute: float, burst: float) -> Bucket:
        if key not in self._buckets:
            self._buckets[key] = Bucket(size=burst, per_second=per_minute / 60, left=burst, at=self.now())
        return self._buckets[key]


def _specs(method: str, channel: str) -> list[tuple[str, float, float]]:
    if method == "chat.postMessage":
        return [
            (f"{method}:{channel}", 60, POSTING_BURST),
            (method, WORKSPACE_POSTS_PER_MINUTE, WORKSPACE_POSTS_PER_MINUTE),
        ]
    pace = PER_MINUTE[TIERS.get(method, 3)]
    return [(method, pace, max(pace, SMALL_BURST))]
