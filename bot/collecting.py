"""Fetches the notices that nobody sends us, such as mails in a mailbox, and puts them into intake under their keys."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from bot.domain.capabilities import Source
from bot.domain.errors import StoreDown, VendorError
from bot.store.deliveries import Delivery
from bot.web.inbox import Inbox

log = structlog.get_logger(__name__)

EVERY: Final = 30.0
LONGEST: Final = 600.0
"""Seconds between two tries where the last ones failed: some systems lock an account that is refused too often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """Every replica looks for itself; intake keeps what they find once, by its key.

    A source is asked for what came after its last look only when all of that was kept, so that nothing is passed over.
    """

    sources: Sequence[Source]
    inbox: Inbox
    clock: Callable[[], datetime]
    every: float = EVERY
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def run(self) -> None:
        """Until cancelled; each source at its own pace."""
        async with asyncio.TaskGroup() as group:
            for source in self.sources:
                group.create_task(self._follow(source))

    async def _follow(self, source: Source) -> None:
        upto, wait = None, self.every
        while True:
            try:
                upto = await self.look(source, upto)
                wait = self.every
            except (StoreDown, VendorError) as error:
                wait = min(wait * 2, LONGEST)
                log.warning("nothing fetched", source=source.source, reason=str(error), again_after=wait)
            except Exception:
                wait = min(wait * 2, LONGEST)
                log.exception("fetching failed", source=source.source)
            await self.pause(wait)

    async def look(self, source: Source, after: str | None) -> str | None:
        """One look; answers where the next one begins."""
        found = await source.arrived(after)
        for one in found.notices:
            await self.inbox.keep(
                Delivery(
                    source=source.source,
                    object_key=one.object_key,
                    delivery_key=one.key,
                    body=one.body,
                    received_at=self.clock(),
                )
            )
        return found.upto
