"""Which of a team's own numbers is on its way over its limit: alerts a day, minutes until an incident is taken."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.plan import Plan
from bot.domain.trend import Crossing, Trend, crossing
from bot.store.alerts import AlertRows
from bot.store.incidents import IncidentRows

DAYS: Final = 14
ALERTS: Final = "daywatch.alerts_a_day"
ACKNOWLEDGED: Final = "daywatch.minutes_to_acknowledge"
LIMITS: Final[Mapping[str, float]] = {ALERTS: 20, ACKNOWLEDGED: 15}
"""`checklist.thresholds` may set another `limit` for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trends:
    """From our own store alone."""

    alerts: AlertRows
    incidents: IncidentRows
    plan: Callable[[], Plan]

    async def soonest(self, team: str, zone: ZoneInfo, today: date) -> Crossing | None:
        """The one that crosses first. Today is not over, so the days before it count."""
        found = [
            crossing(await self._alerts(team, zone, today), today),
            crossing(await self._acknowledged(team, zone, today), today),
        ]
        return min((one for one in found if one is not None), key=lambda one: one.on, default=None)

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
