"""Socket Mode: one-use links for the app's websockets, envelopes on them, and the acks that come back."""

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.local.slack.delivery import Answer, Kind
from bot.local.slack.ids import fresh_token
from bot.local.slack.seed import Ids
from bot.local.slack.things import Json

MOST_CONNECTIONS: Final = 10
MOST_TICKETS: Final = 200


@dataclass(slots=True, kw_only=True, eq=False)
class Link:
    """One open websocket of the app and the envelopes it has not acked yet."""

    socket: WebSocket
    number: int
    leaving: bool = False  # asked to go: still listened to, given nothing new
    waiting: dict[str, asyncio.Future[Answer]] = field(default_factory=dict)

    async def say(self, message: Json) -> None:
        await self.socket.send_text(json.dumps(message))


@dataclass(slots=True, kw_only=True)
class SocketMode:
    """The connections of the app. Each payload goes to any one of them."""

    ids: Ids
    link_url: str
    ack_seconds: float
    refresh_grace_seconds: float
    now: Callable[[], float]
    links: list[Link] = field(default_factory=list)
    lost_until: float = 0.0
    _tickets: dict[str, None] = field(default_factory=dict)
    _closing: set[asyncio.Task[None]] = field(default_factory=set)
    _count: int = 0

    def open_link(self) -> str:
        """Give a one-use address (`apps.connections.open`)."""
        ticket = fresh_token(32)
        self._tickets[ticket] = None
        while len(self._tickets) > MOST_TICKETS:
            self._tickets.pop(next(iter(self._tickets)))
        return f"{self.link_url}?ticket={ticket}&app_id={self.ids.app}"

    # the websocket

    async def serve(self, socket: WebSocket) -> None:
        ticket = socket.query_params.get("ticket", "")
        # While "lost", the ticket is not spent: the app may come back with it, as with a real network outage.
        if self.now() < self.lost_until or ticket not in self._tickets:
            await socket.close(code=1008)
            return
        del self._tickets[ticket]
        await socket.accept()
        self._count += 1
        link = Link(socket=socket, number=self._count)
        if len(self.links) >= MOST_CONNECTIONS:
            await link.say(self._disconnect("too_many_websockets"))
            await socket.close()
            return
        self.links.append(link)
        try:
            await link.say(self._hello())
            while True:
                self._heard(link, await socket.receive_text())
        except WebSocketDisconnect:
            pass  # the app went away: its unacked envelopes are settled below
        finally:
            self._forget(link)

    def _heard(self, link: Link, text: str) -> None:
        try:
            message: Any = json.loads(text)
        except ValueError:
            return  # the SDK's own "ping" texts are not JSON; Slack ignores them too
        if not isinstance(message, dict):
            return
        future = link.waiting.get(str(message.get("envelope_id", "")))
        if future is not None and not future.done():
            body = message.get("payload")
            future.set_result(Answer(body=body if isinstance(body, dict) and body else None))

    def _forget(self, link: Link) -> None:
        if link in self.links:
            self.links.remove(link)
        for future in link.waiting.values():
            if not future.done():
                future.set_result(Answer(error="connection_failed"))

    # payloads

    async def send(self, kind: Kind, payload: Json, *, retry: int = 0, reason: str = "") -> Answer:
        ready = [link for link in self.links if not link.leaving] or self.links
        if not ready:
            return Answer(error="connection_failed")
        link = secrets.choice(ready)
        envelope_id = _envelope_id()
        envelope: Json = {
            "envelope_id": envelope_id,
            "payload": payload,
            "type": kind,
            "accepts_response_payload": _accepts_payload(kind, payload),
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": reason}
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        link.waiting[envelope_id] = future
        try:
            async with asyncio.timeout(self.ack_seconds):
                await link.say(envelope)
                return await future
        except TimeoutError:
            return Answer(error="timeout")
        except (RuntimeError, WebSocketDisconnect):  # Starlette's words for a socket that closed meanwhile
            return Answer(error="connection_failed")
        finally:
            link.waiting.pop(envelope_id, None)

    # what operators do

    async def disconnect(self, reason: str) -> int:
        """Tell every connection that it should be replaced; `warning` only announces it."""
        links = list(self.links)
        for link in links:
            await link.say(self._disconnect(reason))
            if reason != "warning":
                link.leaving = True
        if reason != "warning":
            grace = self.refresh_grace_seconds if reason == "refresh_requested" else 0
            self._closing = {task for task in self._closing if not task.done()}
            self._closing.add(asyncio.get_running_loop().create_task(_close_after(grace, links)))
        return len(links)

    async def lose(self, seconds: float) -> int:
        """Drop every socket and let none in for a while."""
        self.lost_until = self.now() + seconds
        links = list(self.links)
        for link in links:
            await _close(link, code=1011)
        return len(links)

    async def stop(self) -> None:
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        for link in tuple(self.links):
            await _close(link, code=1001)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.links),
            "debug_info": {"host": "applink-local-1", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self.ids.app},
        }

    def _disconnect(self, reason: str) -> Json:
        return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-local-1"}}


def _accepts_payload(kind: Kind, payload: Json) -> bool:
    return kind == "slash_commands" or payload.get("type") in {"view_submission", "block_suggestion"}


def _envelope_id() -> str:
    token = secrets.token_hex(16)
    return f"{token[:8]}-{token[8:12]}-{token[12:16]}-{token[16:20]}-{token[20:]}"


async def _close_after(seconds: float, links: list[Link]) -> None:
    await asyncio.sleep(seconds)
    for link in links:
        await _close(link, code=1000)


async def _close(link: Link, code: int) -> None:
    try:
        await link.socket.close(code=code)
    except RuntimeError:
        return  # it had closed by itself
