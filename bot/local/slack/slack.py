"""The whole Slack stand-in in one value: its world, its ways to the app, its limits and what it remembers of calls."""

from collections import Counter, deque
from dataclasses import dataclass, field
from mimetypes import guess_type
from pathlib import Path
from typing import Final

from bot.local.slack.delivery import Delivery
from bot.local.slack.events import Newsroom
from bot.local.slack.limits import Limits
from bot.local.slack.response_urls import ResponseUrls
from bot.local.slack.socketmode import SocketMode
from bot.local.slack.things import Json
from bot.local.slack.triggers import Triggers
from bot.local.slack.world import World

CALLS_KEPT: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One Web API call as the log shows it: never with its token."""

    method: str
    args: Json
    ok: bool
    error: str
    at: float
    seconds: float

    def shape(self) -> Json:
        return {
            "method": self.method,
            "args": self.args,
            "ok": self.ok,
            "error": self.error,
            "at": self.at,
            "duration": round(self.seconds, 6),
        }


@dataclass(slots=True, kw_only=True)
class Slack:
    """Everything a method or an acting person needs at hand."""

    world: World
    url: str
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    scopes: frozenset[str]
    limits: Limits
    triggers: Triggers
    delivery: Delivery
    news: Newsroom
    socket: SocketMode
    response_urls: ResponseUrls
    uploads: Path | None = None
    socket_mode_on: bool = True
    escaped_commands: frozenset[str] = frozenset()
    """Commands whose text comes escaped, with links in it (`should_escape` of the manifest)."""
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))
    counts: Counter[str] = field(default_factory=Counter)

    _bytes: dict[str, bytes] = field(default_factory=dict)

    def keep_upload(self, file_id: str, content: bytes) -> None:
        """Keep what was uploaded: in the data folder, or in memory when there is none."""
        if self.uploads is None:
            self._bytes[file_id] = content
            return
        self.uploads.mkdir(parents=True, exist_ok=True)
        (self.uploads / file_id).write_bytes(content)

    def uploaded(self, file_id: str) -> bytes:
        if self.uploads is None:
            return self._bytes.get(file_id, b"")
        path = self.uploads / file_id
        return path.read_bytes() if path.is_file() else b""

    @staticmethod
    def mimetype_of(name: str) -> str:
        return guess_type(name)[0] or "application/octet-stream"

    async def stop(self) -> None:
        await self.delivery.stop()
        await self.socket.stop()
