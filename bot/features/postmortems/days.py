"""A team's working days: its weekdays without its public holidays."""

from datetime import date, timedelta
from functools import lru_cache

import structlog

from bot.domain.plan import WEEKDAYS, Team

log = structlog.get_logger(__name__)


def works_on(team: Team, day: date) -> bool:
    return WEEKDAYS[day.weekday()] in team.digest.days and not _holiday(team.holidays, day)


def working_days_after(team: Team, start: date, count: int) -> date:
    """The `count`th working day after `start`. A team that never works gets plain days."""
    day, left = start, count
    for _ in range(60):
        day += timedelta(days=1)
        left -= works_on(team, day)
        if left == 0:
            return day
    return start + timedelta(days=count)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _holiday(where: str | None, day: date) -> bool:
    return bool(where) and day in _calendar(where or "", day.year)


@lru_cache(maxsize=64)
def _calendar(where: str, year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415 - slow to import, and most teams name no place

    country, _, part = where.partition("-")
    try:
        found = holidays.country_holidays(country.upper(), subdiv=part.upper() or None, years=year)
    except (NotImplementedError, KeyError, ValueError):
        log.warning("no such calendar of public holidays", holidays=where)
        return frozenset()
    return frozenset(found)
