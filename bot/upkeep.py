"""Forgetting what is old: raw deliveries, results of checks, changes, finished flows. Incidents and audit stay."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.domain.errors import StoreDown
from bot.domain.plan import Retention
from bot.store.access import AccessRows
from bot.store.changes import ChangeRows
from bot.store.claims import ClaimRows
from bot.store.database import Store
from bot.store.deliveries import Deliveries
from bot.store.digests import DigestRows
from bot.store.heartbeats import HeartbeatRows
from bot.store.outbox import Outbox
from bot.store.pending import PendingRows
from bot.store.reports import ReportRows
from bot.store.requests import RequestRows

log = structlog.get_logger(__name__)

FIRST_AFTER: Final = 600.0
"""Seconds after the start: a start has better things to do."""
EVERY: Final = 86_400.0
AGAIN_AFTER: Final = 1_800.0
HANDED: Final = timedelta(days=30)
"""How long acts that were handed over, and steps that are settled, stay to be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """`flows` forgets the engine's finished flows from before; None where no engine runs (`daywatch db prune`).

    Replicas that do it at the same time do no harm.
    """

    store: Store
    keep: Callable[[], Retention]
    clock: Callable[[], datetime]
    flows: Callable[[datetime], Awaitable[int]] | None = None

    async def prune(self) -> Mapping[str, int]:
        """How many of each were forgotten. Each kind in a transaction of its own, so that others get their turn."""
        now, keep = self.clock(), self.keep()
        results = now - timedelta(days=keep.results)
        forgotten = {
            "deliveries": await Deliveries(self.store).prune(now - timedelta(days=keep.deliveries)),
            "requests": await RequestRows(self.store).prune(now - timedelta(days=keep.deliveries)),
            "acts": await Outbox(self.store).prune(now - HANDED),
            "steps": await PendingRows(self.store).prune(now - HANDED),
            "digests": await DigestRows(self.store).prune(results.date()),
            "claims": await ClaimRows(self.store).prune(results.date()),
            "access reviews": await AccessRows(self.store).prune(now - timedelta(days=keep.access)),
            "heartbeats": await HeartbeatRows(self.store).prune(results),
            "reports": await ReportRows(self.store).prune(now - timedelta(days=keep.reports)),
            "changes": await ChangeRows(self.store).prune(now - timedelta(days=keep.changes)),
        }
        if self.flows is not None:
            forgotten["flows"] = await self.flows(now - timedelta(days=keep.flows))
        return forgotten

    async def run(self) -> None:
        """Until cancelled: some minutes after the start, then daily."""
        wait = FIRST_AFTER
        while True:
            await asyncio.sleep(wait)
            wait = EVERY
            try:
                forgotten = await self.prune()
            except StoreDown:
                log.warning("store down, nothing forgotten")
                wait = AGAIN_AFTER
            except Exception:
                log.exception("forgetting failed")
            else:
                log.info("old things forgotten", **forgotten)
