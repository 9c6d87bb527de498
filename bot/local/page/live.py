"""Tells open pages that something changed, as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from starlette.responses import StreamingResponse

from bot.local.slack.world import World

_CALM: Final = 0.15  # seconds in which a burst of changes becomes one
_HEARTBEAT: Final = 15.0


class Live:
    """One per workspace; `closing` ends all streams so that the server can stop."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._closing = asyncio.Event()

    def close(self) -> None:
        self._closing.set()
        self._world.changed()

    def stream(self) -> StreamingResponse:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._changes(), media_type="text/event-stream", headers=headers)

    async def _changes(self) -> AsyncIterator[str]:
        changed = asyncio.Event()
        self._world.watchers.append(changed.set)
        try:
            yield "event: hello\ndata: {}\n\n"
            while not self._closing.is_set():
                try:
                    await asyncio.wait_for(changed.wait(), _HEARTBEAT)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                await asyncio.sleep(_CALM)
                changed.clear()
                yield "event: changed\ndata: {}\n\n"
        finally:
            self._world.watchers.remove(changed.set)
