"""What an access review is of: a month or a quarter."""

from datetime import date
from typing import Literal

Every = Literal["month", "quarter"]


def period_of(day: date, every: Every) -> str:
    """`2026-11` or `2026-Q4`."""
    return f"{day:%Y-%m}" if every == "month" else f"{day.year}-Q{(day.month + 2) // 3}"


def first_day(period: str) -> date:
    year, _, part = period.partition("-")
    month = int(part[1:]) * 3 - 2 if part.startswith("Q") else int(part)
    return date(int(year), month, 1)


def name_of(period: str) -> str:
    """As people say it: "November", "Q4 2026"."""
    year, _, part = period.partition("-")
    return f"{part} {year}" if part.startswith("Q") else f"{first_day(period):%B}"
