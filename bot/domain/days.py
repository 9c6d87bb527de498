"""A team's working days: its weekdays without the public holidays of where it is."""

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import structlog

from bot.domain.plan import WEEKDAYS, Team

log = structlog.get_logger(__name__)

_LOOKED_AHEAD: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Workdays:
    """`holidays` is a country (`DE`) or a part of one (`DE-BY`)."""

    weekdays: Collection[str]
    holidays: str | None = None

    @classmethod
    def of(cls, team: Team) -> "Workdays":
        return cls(weekdays=team.digest.days, holidays=team.holidays)

    def __contains__(self, day: date) -> bool:
        return WEEKDAYS[day.weekday()] in self.weekdays and not is_holiday(self.holidays, day)

    def after(self, start: date, count: int) -> date:
        """The `count`th working day after `start`. Who never works gets plain days."""
        day, left = start, count
        for _ in range(_LOOKED_AHEAD):
            day += timedelta(days=1)
            left -= day in self
            if left == 0:
                return day
        return start + timedelta(days=count)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


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
