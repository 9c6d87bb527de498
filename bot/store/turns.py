"""Whose turn it is to write on SQLite, which has one writer: what somebody waits for goes first."""

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count


class Turns:
    """One at a time; the urgent (intake, people's acts) before the rest, and in the order of their coming."""

    def __init__(self) -> None:
        self._busy = False
        self._line: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._order = count()

    @asynccontextmanager
    async def mine(self, *, urgent: bool) -> AsyncIterator[None]:
        await self._take(urgent=urgent)
        try:
            yield
        finally:
            self._next()

    async def _take(self, *, urgent: bool) -> None:
        if not self._busy:
            self._busy = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._line, (not urgent, next(self._order), turn))
        try:
            await turn
        except asyncio.CancelledError:
            # Given the turn in the very moment of giving up: it goes to the next.
            if turn.done() and not turn.cancelled():
                self._next()
            raise

    def _next(self) -> None:
        while self._line:
            _, _, turn = heapq.heappop(self._line)
            with suppress(asyncio.InvalidStateError):
                turn.set_result(None)
                return
        self._busy = False
