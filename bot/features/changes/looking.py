"""Asks the systems that keep a log of changes, every few minutes and when an incident opens.

A webhook may be lost, or never have been set up. One that does not answer costs nothing but its own part.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from bot.acts import Acts, Happened, Start
from bot.domain.capabilities import ChangeLog
from bot.domain.change import ChangeReported
from bot.domain.errors import StoreDown, VendorError
from bot.domain.incident import Incident
from bot.durable.ports import Recorder
from bot.features.changes.service import Changes
from bot.store.changes import Asked, ChangeRows

log = structlog.get_logger(__name__)

LOOK_EVERY: Final = 300.0
OVERLAP: Final = timedelta(minutes=10)
"""A system may list something later than it happened."""
FURTHEST: Final = timedelta(days=1)
"""So far back a system is asked that was not heard for long."""
BATCH: Final = 100
"""Changes that are written in one transaction: others write too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A system that is connected: what to call it, and what may be missing where it never told of anything."""

    name: str
    tells: str
    system: ChangeLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    changes: Changes
    rows: ChangeRows
    logs: Callable[[], Sequence[Log]]
    clock: Callable[[], datetime]
    first: Callable[[], timedelta]
    """How far back a system is asked that was never asked before."""
    patience: float = 40.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def due(self, now: datetime) -> Acts:
        """The look of these few minutes, when there is anybody to ask."""
        if not self.logs():
            return ()
        return (_look(f"changes:look:{int(now.timestamp() // LOOK_EVERY)}", now),)

    async def opened(self, incident: Incident) -> Acts:
        """Once more for an incident that opens: who was not asked since it began is asked now."""
        if incident.practice or not self.logs():
            return ()
        return (_look(f"changes:look:incident:{incident.id}", min(incident.opened_at, self.clock())),)

    async def look(self, recorder: Recorder, before: datetime) -> None:
        """Ask all that were last asked before then, at once; what each says is written as soon as it is there.

        In a storm of incidents the first look does for all: whoever waited finds it done.
        """
        async with self._lock:
            known = await self.rows.asked()
            todo = [one for one in self.logs() if one.name not in known or known[one.name].asked_at < before]
            asked = [self._ask(one, known.get(one.name), recorder) for one in todo]
            for ended in await asyncio.gather(*asked, return_exceptions=True):
                if isinstance(ended, BaseException):
                    raise ended

    async def _ask(self, one: Log, last: Asked | None, recorder: Recorder) -> None:
        at = self.clock()
        trouble = None
        try:
            async with asyncio.timeout(self.patience):
                found = await one.system.changed(self._since(last, at))
            for start in range(0, len(found), BATCH):
                told = [ChangeReported(change=change, at=at) for change in found[start : start + BATCH]]
                await recorder.record(partial(self.changes.heard, told))
        except TimeoutError:
            trouble = f"no answer in {self.patience:.0f} s"
        except VendorError as error:
            trouble = str(error) or "no answer"
        except StoreDown:
            raise
        except Exception:
            log.exception("asking for changes failed", system=one.name)
            trouble = "our own mistake, see the log"
        if trouble is not None:
            log.warning("changes not looked at", system=one.name, reason=trouble)
        answered = at if trouble is None else last.answered_at if last else None
        now = Asked(name=one.name, asked_at=at, answered_at=answered, trouble=trouble)
        await recorder.record(partial(self._looked, last, now))

    def _since(self, last: Asked | None, now: datetime) -> datetime:
        """From its last full answer on, so that nothing falls between two looks."""
        if last is None or last.answered_at is None:
            return now - self.first()
        return max(last.answered_at - OVERLAP, now - FURTHEST)

    async def _looked(self, last: Asked | None, now: Asked) -> Acts:
        """Written down; incidents are told that waited for it, or that had to do without until now."""
        await self.rows.looked(now)
        before = (last.asked_at, last.answered_at) if last else (None, None)
        waited = [
            one.id
            for one in await self.changes.incidents.open()
            if not one.practice
            and (_passed(before[0], one.opened_at, now.asked_at) or _passed(before[1], one.opened_at, now.answered_at))
        ]
        return (Happened("change.looked", {"incidents": waited}),) if waited else ()


def _look(once: str, before: datetime) -> Start:
    return Start(flow="change.look", once=once, given={"before": before.isoformat()})


def _passed(earlier: datetime | None, moment: datetime, later: datetime | None) -> bool:
    """Whether the moment lies between the two."""
    return later is not None and moment <= later and (earlier is None or earlier < moment)
