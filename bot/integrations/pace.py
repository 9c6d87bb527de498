"""How fast Aqua is asked: ten calls a second and three at once, as its own client does."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

_EVERY: Final = 0.1
_AT_ONCE: Final = 3


class Pace:
    """Lets the first few through and then one every tenth of a second."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._next = float("-inf")

    async def turn(self) -> None:
        now = self._clock()
        mine = max(self._next, now - _EVERY * (_AT_ONCE - 1))
        self._next = mine + _EVERY
        if mine > now:
            await self._sleep(mine - now)
