"""When a snapshot policy was last due, from its schedule: an interval ("30m") or Elasticsearch's cron with seconds."""

import re
from datetime import datetime, timedelta
from typing import Final

from cronsim import CronSim, CronSimError

_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_DAYS: Final = ("", "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
"""Weekdays are counted from 1 there."""


def last_due(schedule: str, moment: datetime) -> datetime | None:
    """The latest time at or before `moment` (UTC) at which the policy should have run; None when nobody can tell."""
    interval = re.fullmatch(r"(\d{1,5})([dhms])", schedule.strip())
    if interval:
        length = timedelta(**{_UNITS[interval[2]]: int(interval[1])})
        return moment - length if length else None
    parts = schedule.split()
    if len(parts) not in (6, 7):
        return None
    day_of_week = re.sub(r"(?<![#/\w])[1-7](?!\w)", lambda found: _DAYS[int(found[0])], parts[5].upper())
    fields = ["*" if part == "?" else part for part in (*parts[:5], day_of_week)]
    try:
        return next(CronSim(" ".join(fields), moment + timedelta(seconds=1), reverse=True))
    except (CronSimError, StopIteration, ValueError):
        return None
