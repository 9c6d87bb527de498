"""Which number is on its way over its limit: alerts a day, minutes until an incident is taken, errors in the logs."""

import asyncio
import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from bot.domain.capabilities import ErrorShare
from bot.domain.errors import VendorError
from bot.domain.plan import Plan
from bot.domain.trend import Crossing, Trend, crossing
from bot.store.alerts import AlertRows
from bot.store.incidents import IncidentRows

log = structlog.get_logger(__name__)

DAYS: Final = 14
ALERTS: Final = "daywatch.alerts_a_day"
ACKNOWLEDGED: Final = "daywatch.minutes_to_acknowledge"
ERRORS: Final = "daywatch.error_percent"
LIMITS: Final[Mapping[str, float]] = {ALERTS: 20, ACKNOWLEDGED: 15, ERRORS: 5}
"""`checklist.thresholds` may set another `limit` for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trends:
    """From our own store, and from the systems that keep logs."""

    alerts: AlertRows
    incidents: IncidentRows
    plan: Callable[[], Plan]
    logs: Callable[[], Sequence[ErrorShare]] = tuple
    patience: float = 40.0
    """Seconds for all that is asked of the systems that keep logs."""

    async def soonest(self, team: str, zone: ZoneInfo, today: date) -> Crossing | None:
        """The one that crosses first. Today is not over, so the days before it count."""
        trends = [await self._alerts(team, zone, today), await self._acknowledged(team, zone, today)]
        trends += await self._errors(team, zone, today)
        found = (crossing(one, today) for one in trends)
        return min((one for one in found if one is not None), key=lambda one: one.on, default=None)

    async def _errors(self, team: str, zone: ZoneInfo, today: date) -> Sequence[Trend]:
        """Of each system that keeps logs. One that does not answer in time has no trend; its own check says so."""
        systems = self.logs()
        points: list[list[tuple[date, float]]] = [[] for _ in systems]
        with suppress(TimeoutError):
            async with asyncio.timeout(self.patience):
                await asyncio.gather(
                    *(self._shares(one, zone, today, into) for one, into in zip(systems, points, strict=True))
                )
        limit = self._limit(ERRORS, team)
        return [
            Trend(name=f"Errors at noon, {one.kept_in}", unit="%", limit=limit, points=found)
            for one, found in zip(systems, points, strict=True)
        ]

    async def _shares(self, logs: ErrorShare, zone: ZoneInfo, today: date, into: list[tuple[date, float]]) -> None:
        """The hour until noon of each day: whole days would be much to count, and noon is busy everywhere."""
        for day in _days(today):
            try:
                share = await logs.error_share(_midnight(day, zone) + timedelta(hours=12))
            except VendorError as error:
                log.info("a day without its share of errors", kept_in=logs.kept_in, reason=str(error))
                return
            if share is not None:
                into.append((day, share * 100))

    async def _alerts(self, team: str, zone: ZoneInfo, today: date) -> Trend:
        """A day without alerts counts, once there have been any: before that nobody was watching."""
        plan, first = self.plan(), await self.alerts.first()
        points = []
        for day in _days(today):
            since, until = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
            if first is not None and first < since:
                counts = await self.alerts.started_between(since, until)
                ours = sum(count for service, count in counts.items() if plan.team_of(service).name == team)
                points.append((day, float(ours)))
        return Trend(name=f"Alerts a day, {team}", unit="a day", limit=self._limit(ALERTS, team), points=points)

    async def _acknowledged(self, team: str, zone: ZoneInfo, today: date) -> Trend:
        """The middle one of each day's incidents; a day without any is no point."""
        since, until = _midnight(today - timedelta(days=DAYS), zone), _midnight(today, zone)
        by_day: dict[date, list[float]] = {}
        for opened, taken in await self.incidents.acknowledged_between(team, since, until):
            by_day.setdefault(opened.astimezone(zone).date(), []).append((taken - opened).total_seconds() / 60)
        points = [(day, statistics.median(minutes)) for day, minutes in sorted(by_day.items())]
        name = f"Time to acknowledge, {team}"
        return Trend(name=name, unit="min", limit=self._limit(ACKNOWLEDGED, team), points=points)

    def _limit(self, name: str, team: str) -> float:
        return self.plan().thresholds_of(team).get(name, {}).get("limit", LIMITS[name])


def _days(today: date) -> list[date]:
    return [today - timedelta(days=ago) for ago in range(DAYS, 0, -1)]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)
