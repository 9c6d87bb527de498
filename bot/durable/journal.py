"""The few things that a run asks of the engine below it: a numbered step, a message, a pause."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

from bot.durable.plain import Json

Doing = Callable[[], Coroutine[Any, Any, Json]]


class Journal(Protocol):
    """Steps get their number where they are reserved, so a replay finds each one whatever the order of their ends."""

    def reserve(self, name: str) -> Callable[[Doing], Awaitable[Json]]:
        """The next number; what is done under it is done once, and its result kept."""

    async def receive(self, seconds: float) -> Json:
        """The next message for this flow, or None when none comes in time."""

    async def sleep(self, seconds: float) -> None: ...
