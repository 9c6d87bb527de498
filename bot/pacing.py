"""Slack's limits are the workspace's, not a replica's: replicas share them, and one's "not now" is everybody's."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from bot.domain.errors import StoreDown
from bot.slack.budget import RateBudget
from bot.store.patience import within
from bot.store.pauses import Pause, PauseRows

log = structlog.get_logger(__name__)

EVERY: Final = 2.0
PATIENCE: Final = 1.0
"""Seconds for writing a pause down: who was refused has to wait anyway, but not for a database that hangs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """Reads what the others were told, and takes the part of the limits that is ours among the living."""

    budget: RateBudget
    rows: PauseRows
    replicas: Callable[[], int]
    clock: Callable[[], datetime]

    async def told(self, method: str, channel: str | None, until: datetime) -> None:
        """For `RateBudget.told`. A pause that is not written down still holds here."""
        try:
            await within(PATIENCE, self.rows.put(Pause(method=method, channel=channel, until=until), self.clock()))
        except (StoreDown, TimeoutError):
            log.warning("other replicas do not hear of a pause", method=method)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.once()
            except StoreDown:
                log.warning("store down, pauses of other replicas are not seen")
            except Exception:
                log.exception("pacing failed")
            await asyncio.sleep(EVERY)

    async def once(self) -> None:
        self.budget.set_replicas(self.replicas())
        for one in await self.rows.in_force(self.clock()):
            self.budget.pause(one.method, one.channel, one.until)
