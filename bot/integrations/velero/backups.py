"""How the newest backup of each schedule is judged: how it ended, how much is in it, how long it will be there."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from bot.domain.check import Answer, Evidence, Status
from bot.integrations.cluster_answer import answered, finding
from bot.integrations.velero.house import ENDED, RUNNING, WAITING, Series
from bot.integrations.velero.schedules import due_before
from bot.integrations.velero.shapes import Backup, Volume

Finding = tuple[Status, str]
_BEFORE = 7
"""So many earlier backups say how big one usually is."""
_MOVING = frozenset({"", "New", "Accepted", "Prepared", "InProgress", "Canceling"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long it may run, wait or stand still, to which part it may shrink, how early its end is told.

    `late` is how long after it is due a backup may come, in the server's `zone`.
    """

    running: timedelta
    still: timedelta
    part: float
    expires: timedelta
    late: timedelta
    zone: str


def backups(found: Sequence[Series], now: datetime, limits: Limits, still_since: Mapping[str, datetime]) -> Answer:
    """`still_since` says, by uid, since when the progress of a running one did not change."""
    if not found:
        return Answer.unknown("No schedule is to be seen, so nobody can tell which backups there should be")
    evidence = [_of(one, now, limits, still_since) for one in found]
    well = f"The newest backups of all {len(found)} schedules are complete"
    return answered(evidence, count=len(evidence), things="schedules", well=well)


def volumes(found: Sequence[Series], moved: Sequence[Volume]) -> Answer:
    """The data of volumes in the newest backup of each schedule, and, while that runs, in the one before."""
    newest = {name: one for series in found for one in _judged(series) for name in _names(one.metadata.name)}
    if not newest:
        return Answer.unknown("No backup of a schedule is to be seen, so nothing says that volumes are backed up")
    mine = [one for one in moved if one.backup in newest]
    evidence = [finding("volume", one.metadata.name, *_volume(one, newest[one.backup])) for one in mine]
    well = f"All {len(mine)} volumes of the newest backups were saved" if mine else "No volume data is moved into them"
    return answered(evidence, count=len(mine), things="volumes", well=well)


def _judged(series: Series) -> Sequence[Backup]:
    """The newest, and the newest that has ended."""
    ended = next((one for one in series.backups if one.phase in ENDED), None)
    return [one for one in (series.newest, ended) if one is not None]


def _of(series: Series, now: datetime, limits: Limits, still_since: Mapping[str, datetime]) -> Evidence:
    newest = series.newest
    if newest is None:
        return finding("backup", series.name, *_none(series))
    found = [_ended(newest) if newest.phase not in RUNNING else _running(newest, now, limits, still_since)]
    last = next((one for one in _judged(series) if one.phase in ENDED), None)
    if last is not None and last is not newest:
        found.append(_ended(last))
    if last is not None and last.phase == "Completed":
        found += _complete(last, series, limits)
    found += _expiring(series, now, limits)
    bad = sorted((one for one in found if one[0] is not Status.OK), key=lambda one: -one[0].rank)
    if not bad:
        return finding("backup", series.name, Status.OK, "")
    return finding("backup", series.name, bad[0][0], "; ".join(words for _, words in bad), newest.began)


def _none(series: Series) -> Finding:
    if series.foreign:
        return Status.FAIL, f"none made here, though {series.foreign} of this name came from the bucket"
    if series.schedule.spec.paused:
        return Status.WARN, "there is none, and the schedule is paused"
    ran = series.schedule.status.last_backup
    return (Status.FAIL, "there is none") if ran is not None else (Status.WARN, "there is none yet")


def _ended(backup: Backup) -> Finding:
    status = backup.status
    name = backup.metadata.name
    match backup.phase:
        case "Completed":
            return Status.OK, ""
        case "PartiallyFailed":
            return Status.WARN, f"{name} is not complete: {status.errors} errors"
        case "Failed":
            return Status.FAIL, f"{name} failed: {status.failure or 'no reason given'}"
        case "FailedValidation":
            return Status.FAIL, f"{name} is not valid: {'; '.join(status.invalid) or 'no reason given'}"
        case "Deleting":
            return Status.WARN, f"{name} is being deleted"
        case other:
            return Status.UNKNOWN, f"{name} has the phase {other[:30]}, which we do not know"


def _running(backup: Backup, now: datetime, limits: Limits, still_since: Mapping[str, datetime]) -> Finding:
    name, began = backup.metadata.name, backup.began
    if "PartiallyFailed" in backup.phase:
        return Status.WARN, f"{name} still runs, and will not be complete"
    if began is None:
        return Status.UNKNOWN, f"{name} does not tell since when it runs"
    lasts = now - began
    if backup.phase in WAITING:
        waits = f"{name} waits for {_hours(lasts)} to be started"
        return (Status.WARN, waits) if lasts > limits.still else (Status.OK, "")
    if lasts > limits.running:
        return Status.WARN, f"{name} runs for {_hours(lasts)}"
    since = still_since.get(backup.metadata.uid)
    if since is not None and now - since > limits.still:
        return Status.WARN, f"{name} makes no progress for {_hours(now - since)}"
    return Status.OK, ""


def _complete(backup: Backup, series: Series, limits: Limits) -> Iterator[Finding]:
    """What a backup that calls itself complete may lack."""
    status, name = backup.status, backup.metadata.name
    for what, wanted, made in (
        ("volume snapshots", status.snapshots_wanted, status.snapshots_made),
        ("CSI snapshots", status.csi_wanted, status.csi_made),
        ("operations of plugins", status.operations_wanted, status.operations_done),
    ):
        if made < wanted:
            yield Status.WARN, f"{name} has {made} of {wanted} {what}"
    if status.operations_failed:
        yield Status.WARN, f"{status.operations_failed} operations of plugins for {name} failed"
    if status.errors:
        yield Status.WARN, f"{name} had {status.errors} errors"
    if status.hooks is not None and status.hooks.failed:
        yield Status.WARN, f"{status.hooks.failed} hooks of {name} failed"
    yield from _size(backup, series, limits)


def _size(backup: Backup, series: Series, limits: Limits) -> Iterator[Finding]:
    name, progress = backup.metadata.name, backup.status.progress
    if progress is None:
        yield Status.WARN, f"{name} does not tell how much is in it"
        return
    if not progress.done:
        yield Status.WARN, f"{name} has nothing in it: does its selection fit?"
        return
    if progress.done < progress.total:
        yield Status.WARN, f"{name} has {progress.done} of {progress.total} things"
    earlier = [one.status.progress for one in series.backups if one.phase == "Completed" and one is not backup]
    usual = median([one.done for one in earlier[:_BEFORE] if one is not None] or [0])
    if progress.done < usual * limits.part:
        yield Status.WARN, f"{name} has {progress.done} things, and usually there are {usual:.0f}"


def _expiring(series: Series, now: datetime, limits: Limits) -> Iterator[Finding]:
    good = series.usable(now)
    if good is None or good.status.expires_at is None:
        return
    left = good.status.expires_at - now
    if left < limits.expires and not _followed(series, good, now, limits):
        yield Status.WARN, f"the newest usable one, {good.metadata.name}, expires in {_hours(left)}"


def _followed(series: Series, good: Backup, now: datetime, limits: Limits) -> bool:
    """Whether the next one will be there before it expires: the schedule is on, this one came in time, as will that."""
    schedule, expires = series.schedule, good.status.expires_at
    before = due_before(schedule, now - limits.late, limits.zone)
    if schedule.spec.paused or expires is None or before is None or good.began is None or good.began < before:
        return False
    following = due_before(schedule, expires - limits.late, limits.zone)
    return following is not None and following > now


def _volume(one: Volume, backup: Backup) -> Finding:
    phase = one.status.phase
    why = f": {one.status.message}" if one.status.message else ""
    if phase == "Completed":
        return Status.OK, ""
    if phase in ("Failed", "Canceled"):
        return Status.WARN, f"{phase.lower()} in {one.backup}{why}"
    if phase in _MOVING:
        words = f"not saved, though {one.backup} has ended"
        return (Status.WARN, words) if backup.phase in ENDED else (Status.OK, "")
    return Status.UNKNOWN, f"has the phase {phase[:30]}, which we do not know"


def _names(name: str) -> Sequence[str]:
    """As it is called, and as Velero shortens it for a label (pkg/label: 57 characters and 6 of the hash)."""
    return (name, name[:57] + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:6])


def _hours(lasts: timedelta) -> str:
    minutes = max(lasts.total_seconds(), 0) / 60
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"
