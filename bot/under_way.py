"""What is under way in the engine, as our own store knows it.

On SQLite the engine's journal is not forced to the disk with each commit, so a power cut may take its last moments, and
its file may be lost as a whole. What it forgot is handed over again, under the same keys.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from bot.domain.errors import StoreDown
from bot.durable.ports import Desk
from bot.durable.status import Ended, FlowState, FlowStatus
from bot.store.outbox import Outbox, Saved
from bot.store.pending import PendingRows

log = structlog.get_logger(__name__)

EVERY = 5.0
AT_ONCE = 200
LIVES = 10
"""How often a flow that fails by our own mistake is gone on with, once a start."""


class Engine(Protocol):
    """What is asked of the durable engine."""

    async def status(self, once: str) -> FlowStatus | None: ...

    def ended(self) -> list[Ended]: ...

    async def stuck(self) -> Sequence[FlowStatus]: ...

    async def revive(self, once: str) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """Looks once, at the start, for what the engine forgot and what failed; then notes which flows have ended."""

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
                    await self.revive()
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

    async def revive(self) -> None:
        """Go on with what a mistake of ours had ended: a new start may bring the remedy. What is parked stays so, since
        it may be what ended the process ten times.
        """
        for one in await self.engine.stuck():
            if one.state is FlowState.FAILED and one.revived < LIVES and await self.engine.revive(one.key):
                log.warning("a flow that had failed goes on", flow=one.key)

    async def note(self) -> None:
        """Flows that have ended need not be looked after any more."""
        ended = self.engine.ended()
        if not ended:
            return
        await self._settle([one.key for one in ended if one.well])
        await self.outbox.ended([one.key for one in ended], self.clock())

    async def _again(self, one: Saved) -> None:
        once = one.body["once"]
        log.warning("forgotten by the engine, handed over again", flow=once)
        await self._settle([once])  # it begins anew, and with it what it has to wait for
        await self.outbox.again(one.id)

    async def _settle(self, flow_keys: Sequence[str]) -> None:
        """Nothing of these flows waits any more: a crash may have come between the note that something failed and its
        line in the journal, and then the flow itself does not know of the note.
        """
        for pending in await self.pendings.open_in(flow_keys):
            await self.desk.settled(pending.flow_key, pending.step, "done")
