"""One PagerDuty account: its people, incidents and webhooks, shared by the REST app, the Events API and the panel."""

import asyncio
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from bot.local.keep import Keep
from bot.local.pagerduty.config import PagerDutyConfig
from bot.local.pagerduty.deliveries import Deliveries
from bot.local.pagerduty.desk import Desk
from bot.local.pagerduty.incident import Now, utc_now
from bot.local.pagerduty.ledger import Ledger
from bot.local.pagerduty.shapes import Shapes

_SNOOZE_TICK = 0.5  # seconds between two looks at snoozes that are over


class Account:
    """Enter it (`async with account:`) to send webhooks and to let snoozes end; everything else works without."""

    def __init__(self, config: PagerDutyConfig, keep: Keep, now: Now = utc_now) -> None:
        self.config = config
        self.now = now
        self.shapes = Shapes(config)
        self.ledger = Ledger(keep)
        self.deliveries = Deliveries(config, keep, self.shapes, now)
        self.desk = Desk(self.ledger, self.shapes, self.deliveries.announce, now)
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._running.enter_async_context(self.deliveries)
        alarm = asyncio.create_task(self._end_snoozes(), name="pagerduty snoozes")
        self._running.push_async_callback(_stopped, alarm)
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._running.aclose()

    async def _end_snoozes(self) -> None:
        while True:
            self.desk.wake(self.now())
            await asyncio.sleep(_SNOOZE_TICK)


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
