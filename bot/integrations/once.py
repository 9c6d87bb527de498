"""One fetch for all who ask: what several checks of a system need is asked for once and shared."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")
_FAILURE_KEPT: Final = 1.0
"""Seconds. Checks that ask in the same breath share a failure; the next press of a button tries anew."""


class Shared(Generic[T]):
    """A fetch that runs at most once at a time; its result serves everybody for some seconds.

    It runs in a task of its own, so that one asker's impatience does not take the answer from the others. When nobody
    waits any more it is given up.
    """

    def __init__(self, seconds: float, fetch: Callable[[], Awaitable[T]], clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._fetch = fetch
        self._clock = clock
        self._task: asyncio.Task[T] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._good_until = float("-inf")
        self._waiting = 0

    async def __call__(self) -> T:
        task = self._current()
        self._waiting += 1
        try:
            return await asyncio.shield(task)
        finally:
            if task is self._task:
                self._waiting -= 1
                if not self._waiting and not task.done():
                    self._task = None
                    task.cancel()

    def _current(self) -> asyncio.Task[T]:
        loop = asyncio.get_running_loop()
        if (
            self._task is not None
            and self._loop is loop
            and (not self._task.done() or self._clock() < self._good_until)
        ):
            return self._task
        self._loop = loop
        self._waiting = 0
        self._task = loop.create_task(self._fetched())
        self._task.add_done_callback(self._ended)
        return self._task

    async def _fetched(self) -> T:
        return await self._fetch()

    def _ended(self, task: asyncio.Task[T]) -> None:
        # Reading the exception here also keeps asyncio quiet about a failure whose askers have all gone.
        failed = task.cancelled() or task.exception() is not None
        if task is self._task:
            kept = min(self._seconds, _FAILURE_KEPT) if failed else self._seconds
            self._good_until = float("-inf") if task.cancelled() else self._clock() + kept


def once_per(
    seconds: float, fetch: Callable[[], Awaitable[T]], *, clock: Callable[[], float] = time.monotonic
) -> Shared[T]:
    """`fetch`, made once for all who ask within `seconds` of its answer; a failure is shared for a second at most."""
    return Shared(seconds, fetch, clock)
