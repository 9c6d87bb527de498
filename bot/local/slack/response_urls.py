"""Response URLs: five answers within thirty minutes, kept in memory as Slack's own are short-lived."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bot.local.slack.ids import fresh_token

USES: Final = 5
SECONDS: Final = 30 * 60
MOST: Final = 5000


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """Where an answer goes: to a person in a channel, and maybe in place of the message they pressed."""

    user: str
    channel: str
    at: float
    source_ts: str = ""
    thread_ts: str = ""
    uses: int = 0


@dataclass(slots=True, kw_only=True)
class ResponseUrls:
    """Gives addresses out and counts their uses."""

    base: str
    now: Callable[[], float]
    _given: dict[str, ResponseUrl] = field(default_factory=dict)

    def give(self, user: str, channel: str, source_ts: str = "", thread_ts: str = "") -> str:
        token = fresh_token(32)
        self._given[token] = ResponseUrl(
            user=user, channel=channel, at=self.now(), source_ts=source_ts, thread_ts=thread_ts
        )
        while len(self._given) > MOST:
            self._given.pop(next(iter(self._given)))
        return f"{self.base}{token}"

    def take(self, token: str) -> ResponseUrl | str:
        """Spend one use, or name Slack's error."""
        given = self._given.get(token)
        if given is None:
            return "no_such_url"
        if self.now() - given.at > SECONDS:
            return "expired_url"
        if given.uses >= USES:
            return "used_url"
        given.uses += 1
        return given
