"""Work that may block (files, imports) in a thread that is not the engine's, and waited for no longer than a call."""

from collections.abc import Callable
from typing import TypeVar

from bot.integrations.threads import Threads

T = TypeVar("T")


class _Nobody:
    def close(self) -> None: ...


class Aside:
    """`await aside(work)`. What the work raises is raised."""

    def __init__(self, title: str, patience: float) -> None:
        self._threads = Threads(_Nobody, title=title, patience=patience, told=lambda _: None)

    async def __call__(self, work: Callable[[], T]) -> T:
        return await self._threads.call(lambda _: work())
