"""On which days a team gets its digest, and at which moment: working days, no public holidays, its own clock."""

from collections.abc import Container, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import structlog

from bot.domain.plan import WEEKDAYS
from bot.features.checklist.routine import Routine

log = structlog.get_logger(__name__)

AHEAD = 366
"""Days that are looked through for the next digest."""


def local_day(routine: Routine, now: datetime) -> date:
    return now.astimezone(routine.zone).date()


def due_moment(routine: Routine, day: date) -> datetime:
    """In UTC. A time that the clocks skip that night is taken after the gap; one that comes twice, the first time."""
    return datetime.combine(day, routine.at, tzinfo=routine.zone).astimezone(UTC)


def works_on(routine: Routine, day: date) -> bool:
    return WEEKDAYS[day.weekday()] in routine.days and not is_holiday(routine.holidays, day)


def next_due(routine: Routine, now: datetime) -> datetime | None:
    """When the next digest comes; None when no day is left for it."""
    day = local_day(routine, now)
    for ahead in range(AHEAD):
        due = due_moment(routine, day + timedelta(days=ahead))
        if due > now and works_on(routine, day + timedelta(days=ahead)):
            return due
    return None


def is_holiday(place: str | None, day: date) -> bool:
    """A public holiday there. An unknown place has none (`holiday_trouble` says so where people look)."""
    return place is not None and place != "" and day in _calendar(place, day.year)


def holiday_trouble(place: str | None) -> str | None:
    """What is wrong with a place whose holidays are wanted."""
    if not place:
        return None
    try:
        _made(place, 2026)
    except (NotImplementedError, KeyError, ValueError) as error:
        return f"{place!r} has no calendar of public holidays ({error}). Write a country such as DE, or DE-BY."
    return None


@lru_cache(maxsize=1)
def holiday_places() -> Sequence[str]:
    """Every country, and every part of one, whose public holidays are known: `DE`, `DE-BY`."""
    import holidays  # noqa: PLC0415 - only who chooses needs it

    countries = {name: parts for name, parts in holidays.list_supported_countries().items() if len(name) == 2}
    parts = [f"{country}-{part}" for country, known in countries.items() for part in known]
    return sorted([*countries, *parts])


@lru_cache(maxsize=200)
def _calendar(place: str, year: int) -> Container[date]:
    try:
        return _made(place, year)
    except (NotImplementedError, KeyError, ValueError) as error:
        log.warning("no public holidays known", place=place, reason=str(error))
        return ()


def _made(place: str, year: int) -> Container[date]:
    import holidays  # noqa: PLC0415 - a tenth of a second, and only teams with `holidays` need it

    country, _, part = place.strip().partition("-")
    country = country.upper()
    parts = {one.upper(): one for one in holidays.list_supported_countries().get(country, ())}
    part = parts.get(part.upper(), part)
    made: Container[date] = frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    return made
