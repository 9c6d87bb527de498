"""When something that runs by a cron schedule was last due, as Kubernetes and what lives in it read schedules."""

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
_UNITS: Final = {"h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 1e-3}
_LENGTH: Final = re.compile(r"(?:\d{1,9}(?:\.\d{1,9})?(?:ms|[hms]))+")
_LONGEST: Final = timedelta(days=3_650)


def length_of(text: str) -> timedelta | None:
    """How long `1h30m0s` is, as Go writes it; None when it is no such length."""
    if not _LENGTH.fullmatch(text.strip()):
        return None
    parts = re.findall(r"([\d.]+)(ms|[hms])", text)
    return timedelta(seconds=min(sum(float(number) * _UNITS[unit] for number, unit in parts), 1e11))


def last_due(schedule: str, zone: str, moment: datetime) -> datetime | None:
    """The latest time at or before `moment` at which it should have started; None when nobody can tell.

    Without a zone it is the controller's own, which is UTC nearly everywhere.
    """
    words = schedule.strip()
    prefix = re.match(r"(?:CRON_)?TZ=(\S+)\s+(.*)", words)
    if prefix:
        zone, words = zone or prefix[1], prefix[2]
    if words.startswith("@every "):
        length = length_of(words.removeprefix("@every "))
        return moment - length if length and length < _LONGEST else None
    words = _MACROS.get(words, words).replace("?", "*")
    if len(words.split()) != 5:
        return None
    try:
        local = (moment + timedelta(seconds=1)).astimezone(ZoneInfo(zone or "UTC"))
        return next(CronSim(words, local, reverse=True)).astimezone(UTC)
    except (CronSimError, StopIteration, ValueError, KeyError, OSError):
        return None
