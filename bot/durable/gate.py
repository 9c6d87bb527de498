"""Where work waits that may not begin now: the engine is closing, or this replica may be thought dead by the others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

LOOKS_EVERY = 0.1


class Gate:
    """Every try of a step goes through here, so that a shutdown can let those under way come to their end."""

    def __init__(self, *, alive: Callable[[], bool] = lambda: True) -> None:
        self._alive = alive
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self.closed = False

    def close(self) -> None:
        self.closed = True

    async def opened(self) -> None:
        """Wait until work may begin. It may never: then the waiting is ended by cancellation, and nothing is lost."""
        while self.closed or not self._alive():  # noqa: ASYNC110  # being alive is a matter of time, which has no event
            await asyncio.sleep(LOOKS_EVERY)

    async def ours(self) -> None:
        """Wait until the others must think us alive. What we had when they did not, they have now: it is taken from us
        before we are alive again, and the waiting ends with it.
        """
        while not self._alive():  # noqa: ASYNC110  # as above
            await asyncio.sleep(LOOKS_EVERY)

    @asynccontextmanager
    async def passage(self) -> AsyncIterator[None]:
        await self.opened()
        self._under_way += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def drained(self, seconds: float) -> bool:
        """Wait for what is under way, at most so long; True when nothing is."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True


class Lane:
    """A place among the few flows of a kind that may be busy at once; left while the flow waits."""

    def __init__(self, places: asyncio.Semaphore | None) -> None:
        self._places = places
        self._held = False

    async def enter(self) -> None:
        if self._places is not None and not self._held:
            await self._places.acquire()
            self._held = True

    def leave(self) -> None:
        if self._places is not None and self._held:
            self._places.release()
            self._held = False
