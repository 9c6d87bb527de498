"""Dates as Slack's clients write them: `{date_short_pretty} {time}` in the reader's zone."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_LATEST: Final = 253_402_300_799  # the last second of the year 9999, where Python's calendar ends
_DAYS: Final = {-1: "yesterday", 0: "today", 1: "tomorrow"}
_ZONE_MOST: Final = 64
_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def zone_named(name: str) -> tzinfo:
    """The zone a browser says it is in; one that nobody knows is UTC."""
    if not re.fullmatch(rf"[A-Za-z0-9_+/-]{{1,{_ZONE_MOST}}}", name):
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last: a name that is a folder of zones
        return UTC


def moment(seconds: float, zone: tzinfo = UTC) -> datetime:
    return datetime.fromtimestamp(max(0, min(seconds, _LATEST)), tz=UTC).astimezone(zone)


def written(seconds: float, form: str, zone: tzinfo, now: float) -> str:
    """Fill a date format in; what is not a known name stays as it is."""
    when, today = moment(seconds, zone), moment(now, zone)

    def name(match: re.Match[str]) -> str:
        writer = _WRITERS.get(match[1])
        return writer(when, today) if writer else match[0]

    return re.sub(r"\{(\w+)\}", name, form)


def picked(minute: str, zone: tzinfo, was: str = "") -> str:
    """A browser's picker read back as seconds; what was not changed keeps the seconds that the picker does not show."""
    try:
        when = datetime.fromisoformat(minute).replace(tzinfo=zone)
    except ValueError:
        return ""
    seconds = int(when.timestamp())
    return was if was.isdigit() and int(was) // 60 == seconds // 60 else str(seconds)


def _year(when: datetime, today: datetime) -> str:
    return "" if when.year == today.year else f" {when.year}"


def _short(when: datetime, today: datetime) -> str:
    return f"{when.day} {when:%b}{_year(when, today)}"


def _plain(when: datetime, today: datetime) -> str:
    return f"{when.day} {when:%B}{_year(when, today)}"


def _long(when: datetime, today: datetime) -> str:
    return f"{when:%A}, {_plain(when, today)}"


def _pretty(write: Callable[[datetime, datetime], str]) -> Callable[[datetime, datetime], str]:
    def near(when: datetime, today: datetime) -> str:
        return _DAYS.get((when.date() - today.date()) // timedelta(days=1)) or write(when, today)

    return near


def _ago(when: datetime, today: datetime) -> str:
    seconds = int((today - when).total_seconds())
    for size, name in _UNITS:
        count = abs(seconds) // size
        if count:
            words = f"{count} {name}{'s' if count > 1 else ''}"
            return f"{words} ago" if seconds > 0 else f"in {words}"
    return "just now"


_WRITERS: Final[dict[str, Callable[[datetime, datetime], str]]] = {
    "date_num": lambda when, _: f"{when:%Y-%m-%d}",
    "date_slash": lambda when, _: f"{when:%d/%m/%Y}",
    "date": _plain,
    "date_short": _short,
    "date_long": _long,
    "date_long_full": lambda when, _: f"{when:%A}, {when.day} {when:%B %Y}",
    "date_pretty": _pretty(_plain),
    "date_short_pretty": _pretty(_short),
    "date_long_pretty": _pretty(_long),
    "day_divider_pretty": _pretty(_long),
    "time": lambda when, _: f"{when:%H:%M}",
    "time_secs": lambda when, _: f"{when:%H:%M:%S}",
    "ago": _ago,
}
