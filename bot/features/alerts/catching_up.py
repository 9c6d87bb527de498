"""Catches up after lost notices: sources are asked what became of their alerts, and what they say is heard as a notice.

Nothing is ever opened from it, and nothing is over because a source was not heard.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.acts import Act, Acts, Start
from bot.domain.alert import AlertChanged, AlertState, Change, Standing
from bot.domain.capabilities import AlertLookup, Connections
from bot.domain.errors import VendorError
from bot.features.alerts.service import Alerts
from bot.store.alerts import AlertRow

log = structlog.get_logger(__name__)

LOOK_EVERY: Final = 300.0
YOUNGEST: Final = timedelta(minutes=2)
"""So long a notice may be on its way."""
SURELY_GONE: Final = timedelta(minutes=10)
"""So long an alert has to be missing from the list: a server that has just started lists nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one source said of some of its alerts, and when it was asked."""

    source: str
    rows: Sequence[AlertRow]
    standing: Standing
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchingUp:
    alerts: Alerts
    connections: Connections
    clock: Callable[[], datetime]
    patience: float = 40.0

    async def due(self, now: datetime) -> Acts:
        """A look, when there is anything to look after."""
        if not await self.alerts.rows.firing_of(list(self._lookups()), now - YOUNGEST):
            return ()
        return (Start(flow="alert.catch_up", once=f"alerts:catch_up:{int(now.timestamp() // LOOK_EVERY)}"),)

    async def ask(self) -> Sequence[Look]:
        """Each source about its alerts that fire here; one that does not answer in full says nothing."""
        lookups, now = self._lookups(), self.clock()
        rows = await self.alerts.rows.firing_of(list(lookups), now - YOUNGEST)
        by_source = {name: [row for row in rows if row.alert.source == name] for name in lookups}
        asked = [self._ask(name, lookups[name], found, now) for name, found in by_source.items() if found]
        return [look for look in await asyncio.gather(*asked) if look is not None]

    async def _ask(
        self, source: str, lookups: Sequence[AlertLookup], rows: Sequence[AlertRow], now: datetime
    ) -> Look | None:
        """Of several servers each is asked: an alert is gone when it is at none of them."""
        alerts = [row.alert for row in rows]
        try:
            async with asyncio.timeout(self.patience):
                told = [await one.look(alerts) for one in lookups]
        except (TimeoutError, VendorError) as error:
            log.warning("alerts not looked at", source=source, reason=str(error) or "no answer in time")
            return None
        fires = {key for one in told for key in one.fires}
        gone = {alert.key for alert in alerts if all(alert.key in one.gone for one in told)}
        news = [one for standing in told for one in standing.news]
        return Look(source=source, rows=rows, at=now, standing=Standing(news=news, fires=fires, gone=gone - fires))

    async def heard(self, look: Look) -> Acts:
        """Inside a transaction. What came from the source itself in the meantime goes first."""
        if await self.alerts.deliveries.waiting(look.source):
            return ()
        news = {one.alert.key: one for one in look.standing.news}
        acts: list[Act] = []
        for row in look.rows:
            known = await self.alerts.rows.held(row.id)
            # Anything that was heard since the source was asked is newer than what it said then.
            if known is not None and known.alert == row.alert and known.acknowledged_at == row.acknowledged_at:
                acts += await self._settle(known, look, news.get(row.alert.key))
        return tuple(acts)

    async def _settle(self, row: AlertRow, look: Look, news: AlertChanged | None) -> Acts:
        key = row.alert.key
        if news is not None and (news.change is not Change.ACKNOWLEDGED or row.acknowledged_at is None):
            return await self._hear(row, news)
        if key in look.standing.fires:
            await self.alerts.rows.change(row.id, seen_at=look.at, missed_at=None)
        elif key in look.standing.gone and row.seen_at is not None:
            # Only of what it once listed does it mean something that it does not any more.
            if row.missed_at is None:
                await self.alerts.rows.change(row.id, missed_at=look.at)
            elif look.at - row.missed_at >= SURELY_GONE:
                over = replace(row.alert, state=AlertState.RESOLVED, occurred_at=row.missed_at)
                return await self._hear(row, AlertChanged(alert=over, change=Change.RESOLVED))
        return ()

    async def _hear(self, row: AlertRow, news: AlertChanged) -> Acts:
        """As a notice. It is how the alert stands now, so it is not older than what we know."""
        log.info("a notice was lost", alert=row.alert.key[:200], change=news.change.value)
        at = max(news.alert.occurred_at, row.alert.occurred_at)
        return await self.alerts.heard(replace(news, alert=replace(news.alert, occurred_at=at)))

    def _lookups(self) -> Mapping[str, Sequence[AlertLookup]]:
        found: dict[str, list[AlertLookup]] = {}
        for one in self.connections.all(AlertLookup):
            found.setdefault(one.source, []).append(one)
        return found
