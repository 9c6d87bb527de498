"""A number a day, and whether it is on its way over its limit."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

AHEAD: Final = 7
"""So many days ahead a crossing is news."""
FEWEST: Final = 7
"""Days that it takes to see a trend."""
STEADY: Final = 0.6
"""How closely the days must follow the line (their correlation): what jumps about has no trend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """`points` are whole days, oldest first; a day of which nothing is known is left out."""

    name: str
    unit: str
    limit: float
    points: Sequence[tuple[date, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A trend that rises over its limit soon: `level` is where the line is now, `on` the day it gets there."""

    trend: Trend
    today: date
    level: float
    slope: float
    on: date

    def at(self, day: date) -> float:
        """Where the line is on a day."""
        return self.level + self.slope * (day - self.today).days

    @property
    def words(self) -> str:
        """What the picture shows, for whoever does not see it, with the last value."""
        (first, was), (last, now) = self.trend.points[0], self.trend.points[-1]
        unit, limit = self.trend.unit, _number(self.trend.limit)
        return (
            f"{self.trend.name}: {_number(was)} {unit} on {_day(first)}, {_number(now)} {unit} on {_day(last)} "
            f"and rising; at this pace over the limit of {limit} {unit} on {_day(self.on)}."
        )


def crossing(trend: Trend, today: date) -> Crossing | None:
    """None for what falls, stands, jumps about, is known too little, is over its limit already, or stays below it."""
    if len(trend.points) < FEWEST:
        return None
    days = [float((day - today).days) for day, _ in trend.points]
    values = [value for _, value in trend.points]
    if len(set(values)) < 2 or statistics.correlation(days, values) < STEADY:
        return None
    line = statistics.linear_regression(days, values)
    if line.slope <= 0 or line.intercept >= trend.limit or values[-1] >= trend.limit:
        return None
    left = math.ceil((trend.limit - line.intercept) / line.slope)
    if left > AHEAD:
        return None
    on = today + timedelta(days=left)
    return Crossing(trend=trend, today=today, level=line.intercept, slope=line.slope, on=on)


def _number(value: float) -> str:
    """Two significant digits; whole numbers as they are."""
    return f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
