"""How fast a system is asked that says what it takes: a few calls at once, and then one after the other."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class Pace:
    """Lets `at_once` through and then one after every `every` seconds."""

    def __init__(
        self,
        *,
        every: float,
        at_once: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._every, self._ahead = every, every * (at_once - 1)
        self._clock, self._sleep = clock, sleep
        self._next = float("-inf")

    async def turn(self) -> None:
        now = self._clock()
        mine = max(self._next, now - self._ahead)
        self._next = mine + self._every
        if mine > now:
            await self._sleep(mine - now)
