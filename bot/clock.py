"""The clock: asks every row of `schedule.py`, again and again, what is due."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from bot.acts import Acts
from bot.domain.errors import StoreDown
from bot.perform import Performer
from bot.rows import Due

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Clock:
    """Ticks are idempotent: what is due carries a key, so two replicas and a restart make it once.

    One replica at a time asks a row, so that two never decide on the same old state.
    """

    rows: Sequence[Due[Any]]
    services: Mapping[type, object]
    performer: Performer
    now: Callable[[], datetime]

    async def run(self) -> None:
        """Until cancelled; each row at its own pace."""
        async with asyncio.TaskGroup() as group:
            for row in self.rows:
                group.create_task(self._tick(row))

    async def _tick(self, row: Due[Any]) -> None:
        while True:
            await self.strike(row)
            await asyncio.sleep(row.every)

    async def strike(self, row: Due[Any]) -> None:
        """One tick of one row."""

        async def due() -> Acts:
            if not await self.performer.store.alone(f"clock:{row.name}"):
                return ()
            acts: Acts = await row.run(self.services[row.service], self.now())
            return acts

        try:
            await self.performer.record(due)
        except StoreDown:
            log.warning("store down, the clock waits", row=row.name)
        except Exception:
            log.exception("a tick failed", row=row.name)
