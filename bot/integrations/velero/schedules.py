"""How schedules are judged: whether they are on, ran when due, and a usable backup came of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.check import Answer, Evidence, Status
from bot.integrations.cluster_answer import answered, finding
from bot.integrations.due import last_due
from bot.integrations.velero.house import AHEAD, RUNNING, Series
from bot.integrations.velero.shapes import Schedule

Judgement = tuple[Status, str, datetime | None]


def schedules(
    found: Sequence[Series], now: datetime, *, zone: str, late: timedelta, wanted: Sequence[str], namespace: str
) -> Answer:
    names = {one.name for one in found}
    missing = [one for one in dict.fromkeys(wanted) if one not in names]
    if not found and not missing:
        return Answer.unknown(f"No schedule is to be seen in the namespace {namespace}, so nothing is backed up by one")
    evidence: list[Evidence] = [finding("schedule", one, Status.FAIL, "is not there") for one in missing]
    evidence += [finding("schedule", one.name, *_judged(one, now, zone, late)) for one in found]
    well = f"All {len(found)} schedules have a usable backup in time"
    return answered(evidence, count=len(evidence), things="schedules", well=well)


def _judged(series: Series, now: datetime, zone: str, late: timedelta) -> Judgement:
    schedule = series.schedule
    match schedule.status.phase:
        case "Enabled":
            return _paused(series, now) or _punctual(series, now, zone, late)
        case "" | "New":
            return Status.WARN, "its controller has not looked at it yet", schedule.metadata.created_at
        case "FailedValidation":
            why = "; ".join(schedule.status.errors) or "no reason given"
            return Status.FAIL, f"is not valid, so nothing is backed up: {why}", None
        case other:
            return Status.UNKNOWN, f"has the phase {other[:30]}, which we do not know", None


def _paused(series: Series, now: datetime) -> Judgement | None:
    return (Status.WARN, f"paused, {_last(series, now)}", None) if series.schedule.spec.paused else None


def _punctual(series: Series, now: datetime, zone: str, late: timedelta) -> Judgement:
    due = due_before(series.schedule, now - late, zone)
    if due is None:
        return Status.UNKNOWN, f"its schedule {series.schedule.spec.schedule[:60]!r} cannot be read", None
    good = series.usable(now)
    since = good.began if good else None
    if since is not None and since > now + AHEAD:
        return Status.UNKNOWN, "its last backup began in the future: the clocks differ", since
    if since is None or since < due:
        return _overdue(series, now, due, since)
    skipped, ran = series.schedule.status.last_skipped, series.schedule.status.last_backup
    if skipped is not None and (ran is None or skipped > ran):
        return Status.WARN, f"was skipped {skipped:%d %b %H:%M} UTC", skipped
    return _ran(ran, now, due) or (Status.OK, "", since)


def _ran(ran: datetime | None, now: datetime, due: datetime) -> Judgement | None:
    """Somebody may have made a backup in its name by hand; that it runs by itself only itself can tell."""
    if ran is None or ran < due:
        last = f"ran {ran:%d %b %H:%M} UTC for the last time" if ran is not None else "does not tell that it ever ran"
        return Status.WARN, f"there is a backup in time, and yet it {last}, due {due:%d %b %H:%M} UTC", ran
    return (Status.UNKNOWN, "ran in the future: the clocks differ", ran) if ran > now + AHEAD else None


def _overdue(series: Series, now: datetime, due: datetime, since: datetime | None) -> Judgement:
    created, ran = series.schedule.metadata.created_at, series.schedule.status.last_backup
    words = f"{_last(series, now)}, due {due:%d %b %H:%M} UTC"
    newest = series.newest
    if newest is not None and newest.phase in RUNNING and newest.began is not None and newest.began >= due:
        return Status.WARN, f"{words}, still running", since
    if since is None and created is not None and created > due:
        return Status.WARN, "new, and not due yet", created
    skipped = series.schedule.status.last_skipped
    if skipped is not None and skipped >= due:
        return Status.FAIL, f"{words}, skipped", since
    if ran is None or ran < due:
        return Status.FAIL, f"{words}, did not run", since
    return Status.FAIL, f"{words}, ran and ended without a usable one", since


def _last(series: Series, now: datetime) -> str:
    good = series.usable(now)
    if good is None or good.began is None:
        others = f" ({series.foreign} of this name came from the bucket, made elsewhere)" if series.foreign else ""
        return f"no usable backup{others}"
    hours = max((now - good.began).total_seconds(), 0) / 3600
    return f"last usable backup {hours:.0f} h ago" if hours < 96 else f"last usable backup {hours / 24:.0f} days ago"


def due_before(schedule: Schedule, moment: datetime, zone: str) -> datetime | None:
    """A zone written into the schedule counts more than the server's."""
    words = schedule.spec.schedule.strip()
    return last_due(words, "" if words.startswith(("TZ=", "CRON_TZ=")) else zone, moment)
