"""What is under way in the engine, as our own store knows it.

On SQLite the engine's journal is not forced to the disk with each commit, so a power cut may take its last moments, and
its file may be lost as a whole. What it forgot is handed over again, under the same keys.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from bot.domain.errors import StoreDown
from bot.durable.ports import Desk
from bot.durable.status import FlowStatus
from bot.store.outbox import Outbox, Saved
from bot.store.pending import PendingRows

log = structlog.get_logger(__name__)

EVERY = 5.0
AT_ONCE = 200


class Engine(Protocol):
    """What is asked of the durable engine."""

    async def status(self, once: str) -> FlowStatus | None: ...

    def ended(self) -> list[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """Looks once, at the start, for what the engine forgot; then notes which flows have ended."""

    outbox: Outbox
    pendings: PendingRows
    desk: Desk
    engine: Engine
    clock: Callable[[], datetime]

    async def run(self) -> None:
        """Until cancelled."""
        looked = False
        while True:
            try:
                if not looked:
                    await self.look()
                    looked = True
                await self.note()
            except StoreDown:
                log.warning("store down, what has ended is noted later")
            except Exception:
                log.exception("what is under way is not known")
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Hand over again what the engine does not know (any more)."""
        last = 0
        while found := await self.outbox.under_way(after=last, limit=AT_ONCE):
            for one in found:
                status = await self.engine.status(one.body["once"])
                if status is None:
                    await self._again(one)
                elif not status.state.alive:
                    await self.outbox.ended([one.body["once"]], self.clock())
            last = found[-1].id

    async def note(self) -> None:
        """Flows that have ended need not be looked after any more."""
        if ended := self.engine.ended():
            await self.outbox.ended(ended, self.clock())

    async def _again(self, one: Saved) -> None:
        once = one.body["once"]
        log.warning("forgotten by the engine, handed over again", flow=once)
        # It begins anew, and with it the count of what waits for a vendor.
        for pending in await self.pendings.open_of(once):
            if pending.flow_key == once:
                await self.desk.settled(once, pending.step, "done")
        await self.outbox.again(one.id)
