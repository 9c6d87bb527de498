"""Looks things up in the library beside the event loop, so that nobody else waits while pages are read or searched."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import structlog

from bot.domain.runbook import Runbook, RunbookMatch
from bot.features.runbooks.library import Library
from bot.features.runbooks.matching import AlertLike
from bot.features.runbooks.search import Found

log = structlog.get_logger(__name__)
T = TypeVar("T")

_THREADS: Final = 2  # one may be reading a slow folder while the other answers
_PATIENCE: Final = 2.0  # seconds; a form waits three for its answer


@dataclass(slots=True, kw_only=True)
class Librarian:
    """The one way to the library from the event loop. Single pages come from memory at once."""

    library: Library
    patience: float = _PATIENCE
    _desk: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_THREADS, thread_name_prefix="runbooks"), repr=False
    )

    @classmethod
    async def open(cls, folder: Path) -> "Librarian":
        """Reads the folder for the first time. A folder that is not there is an empty library with a problem in it."""
        with ThreadPoolExecutor(1) as reading:
            library = await asyncio.get_running_loop().run_in_executor(reading, Library.load, folder)
        return cls(library=library)

    def page(self, slug: str) -> Runbook | None:
        return self.library.page(slug)

    def count(self) -> int:
        return len(self.library.pages)

    async def search(self, words: str, today: date) -> Found:
        """Raises `TimeoutError` when the library does not answer in time."""
        return await self._asked(partial(self.library.search, words, today))

    async def best_for(self, alerts: Sequence[AlertLike], service: str | None) -> Sequence[RunbookMatch]:
        return await self._asked(partial(self.library.best_for, alerts, service))

    async def stale(self, today: date) -> Sequence[Runbook]:
        return await self._asked(partial(self.library.stale, today))

    async def keep_fresh(self, every: float = 15.0) -> None:
        """Until cancelled: pages that changed in the folder are read again. One look at a time."""
        while True:
            await asyncio.sleep(every)
            try:
                changed = await asyncio.get_running_loop().run_in_executor(self._desk, self.library.refresh)
            except Exception:
                log.exception("the runbook folder could not be read again")
                continue
            if changed:
                log.info("runbooks read again", pages=self.count(), problems=len(self.library.problems))

    def close(self) -> None:
        self._desk.shutdown(wait=True, cancel_futures=True)
        self.library.close()

    async def _asked(self, look: Callable[[], T]) -> T:
        async with asyncio.timeout(self.patience):
            return await asyncio.get_running_loop().run_in_executor(self._desk, look)
