"""Keeps open pages true: after each change they get the pieces that became different, as server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from starlette.responses import StreamingResponse

from bot.local.page.pieces import Drawn
from bot.local.slack.world import World

_CALM: Final = 0.01  # seconds in which changes that belong together become one
_REST: Final = 0.04  # seconds between two drawings, so that a storm does not draw without end
_HEARTBEAT: Final = 15.0

Sent = dict[str, str]  # piece -> the version the page has
Draw = Callable[[], Awaitable[Drawn]]


class Live:
    """One per workspace; `close` ends all streams so that the server can stop."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._closing = asyncio.Event()

    def close(self) -> None:
        self._closing.set()
        self._world.changed()

    def stream(self, draw: Draw, sent: Sent, glance: Callable[[], float | None]) -> StreamingResponse:
        """Follow a look. `sent` is what the page has; `glance` says how often to look without being woken."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._changes(draw, sent, glance), media_type="text/event-stream", headers=headers)

    async def _changes(self, draw: Draw, sent: Sent, glance: Callable[[], float | None]) -> AsyncIterator[str]:
        changed = asyncio.Event()
        self._world.watchers.append(changed.set)
        quiet = 0.0
        try:
            yield "event: hello\ndata: {}\n\n"
            while not self._closing.is_set():
                changed.clear()
                news = difference(sent, await draw())
                if news:
                    yield f"event: draw\ndata: {json.dumps(news, separators=(',', ':'))}\n\n"
                await asyncio.sleep(_REST)
                pause = glance() or _HEARTBEAT
                try:
                    await asyncio.wait_for(changed.wait(), pause)
                    await asyncio.sleep(_CALM)
                except TimeoutError:
                    quiet += pause
                    if quiet >= _HEARTBEAT:
                        quiet = 0.0
                        yield ": still here\n\n"
        finally:
            self._world.watchers.remove(changed.set)


def versions(drawn: Drawn) -> Sent:
    """What a page has once it was drawn whole."""
    sent = {f"part {name}": piece.version for name, piece in drawn.parts.items()}
    for name, pieces in drawn.lists.items():
        sent[f"list {name}"] = _order(drawn, name)
        sent |= {f"{name} {piece.name}": piece.version for piece in pieces}
    return sent | {"frame": _frame(drawn)}


def difference(sent: Sent, drawn: Drawn) -> dict[str, Any]:
    """What has to travel, and `sent` brought up to it; empty when nothing changed."""
    now = versions(drawn)
    news: dict[str, Any] = {}
    parts = [[p.name, p.version, p.html] for n, p in drawn.parts.items() if sent.get(f"part {n}") != p.version]
    if parts:
        news["parts"] = parts
    lists = []
    for name, pieces in drawn.lists.items():
        fresh = [[p.name, p.html] for p in pieces if sent.get(f"{name} {p.name}") != p.version]
        if fresh or sent.get(f"list {name}") != now[f"list {name}"]:
            lists.append([name, [p.name for p in pieces], fresh])
    if lists:
        news["lists"] = lists
    if news or sent.get("frame") != now["frame"]:
        news |= {"title": drawn.title, "on": drawn.column, "place": drawn.place}
    sent.clear()
    sent.update(now)
    return news


def _order(drawn: Drawn, name: str) -> str:
    return " ".join(piece.name for piece in drawn.lists[name])


def _frame(drawn: Drawn) -> str:
    return f"{drawn.title} {drawn.column}"
