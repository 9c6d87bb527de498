"""When a cron job was last due, by its schedule as Kubernetes reads it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_MACROS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_UNITS: Final = {"h": "hours", "m": "minutes", "s": "seconds"}


def last_due(schedule: str, zone: str, moment: datetime) -> datetime | None:
    """The latest time at or before `moment` at which it should have started; None when nobody can tell.

    Without a zone it is the controller's own, which is UTC nearly everywhere.
    """
    words = schedule.strip()
    prefix = re.match(r"(?:CRON_)?TZ=(\S+)\s+(.*)", words)
    if prefix:
        zone, words = zone or prefix[1], prefix[2]
    every = re.fullmatch(r"@every ((?:\d{1,6}[hms])+)", words)
    if every:
        parts = re.findall(r"(\d+)([hms])", every[1])
        length = sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
        return moment - length if length else None
    words = _MACROS.get(words, words).replace("?", "*")
    if len(words.split()) != 5:
        return None
    try:
        local = (moment + timedelta(seconds=1)).astimezone(ZoneInfo(zone or "UTC"))
        return next(CronSim(words, local, reverse=True)).astimezone(UTC)
    except (CronSimError, StopIteration, ValueError, KeyError, OSError):
        return None
