"""Intake, batched: what arrives together is committed together, and each sender is answered after that commit."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from bot.domain.errors import StoreDown
from bot.store.deliveries import Deliveries, Delivery

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 200
MOST_WAITING = 5000
PATIENCE = 8.0
"""Seconds until a sender is told to come again; what was kept all the same it repeats under the same key."""


@dataclass(slots=True, kw_only=True)
class Inbox:
    """`kept` is called after each commit, so that the worker begins at once."""

    deliveries: Deliveries
    kept: Callable[[], None]
    patience: float = PATIENCE
    _queue: asyncio.Queue[tuple[Delivery, asyncio.Future[None]]] = field(
        default_factory=lambda: asyncio.Queue(maxsize=MOST_WAITING)
    )

    async def keep(self, delivery: Delivery) -> None:
        """Returns when it is committed; raises `StoreDown` when that cannot be (the sender tries again)."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((delivery, done))
        except asyncio.QueueFull as error:
            raise StoreDown("intake is full") from error
        try:
            async with asyncio.timeout(self.patience):
                await done
        except TimeoutError as error:
            raise StoreDown("intake is not kept in time") from error

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            batch = [await self._queue.get()]
            while len(batch) < MOST_AT_ONCE and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._keep(batch)

    async def _keep(self, batch: list[tuple[Delivery, asyncio.Future[None]]]) -> None:
        try:
            await self.deliveries.keep([delivery for delivery, _ in batch])
        except StoreDown as error:
            log.warning("store down, intake is not taken", count=len(batch), reason=str(error))
            _refuse(batch, error)
            return
        except Exception:
            log.exception("intake not committed", count=len(batch))
            _refuse(batch, StoreDown("intake failed"))
            return
        for _, done in batch:
            if not done.done():
                done.set_result(None)
        self.kept()


def _refuse(batch: list[tuple[Delivery, asyncio.Future[None]]], trouble: StoreDown) -> None:
    for _, done in batch:
        if not done.done():
            done.set_exception(trouble)
