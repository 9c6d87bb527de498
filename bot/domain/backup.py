"""Backup jobs judged by absence: a dead host reports nothing, so what must have come is known here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from bot.domain.check import Status

_COMPARED: Final = 7
"""How many earlier sizes and durations say what is usual."""
_EARLY: Final = timedelta(minutes=1)
"""Hosts' clocks differ: a run that reports so much before its time is the run of that time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A backup that must run by a schedule (cron, in its own zone). Raises ValueError for one that cannot be read."""

    name: str
    schedule: str = ""
    timezone: str = "UTC"
    grace: timedelta = timedelta(hours=1)
    min_size: int | None = None
    """Bytes."""
    within: timedelta | None = None
    """In place of a schedule, for what is done now and then, as a restore test: how old the last good one may be."""
    restores: str | None = None
    """The job whose backups are restored by this one, in a test."""

    def __post_init__(self) -> None:
        if bool(self.schedule) == (self.within is not None):
            raise ValueError(f"{self.name}: give it either a schedule or, for a restore test, within.")
        if self.grace < timedelta(0):
            raise ValueError(f"{self.name}: the grace cannot be negative.")
        if not self.schedule:
            return
        try:
            zone = ZoneInfo(self.timezone)
        except (KeyError, OSError, ValueError) as error:
            raise ValueError(
                f"{self.name}: {self.timezone} is not a time zone. Write it like Europe/Berlin."
            ) from error
        try:
            next(CronSim(self.schedule, datetime(2026, 1, 1, tzinfo=zone)))
        except (CronSimError, StopIteration) as error:
            raise ValueError(f"{self.name}: {self.schedule!r} is not a cron schedule that ever comes due.") from error

    def due_after(self, moment: datetime) -> tuple[datetime, datetime]:
        """The next two times, in UTC, at which it must run. Right on the nights when clocks change."""
        times = CronSim(self.schedule, moment.astimezone(ZoneInfo(self.timezone)))
        return next(times).astimezone(UTC), next(times).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a job reported of one run; times are when the report came in. `ok` is None while it is under way.

    A job that reports only its end has `started_at` None; one under way has `ended_at` None.
    """

    started_at: datetime | None
    ended_at: datetime | None
    ok: bool | None
    exit_code: int | None = None
    size_bytes: int | None = None
    duration_s: float | None = None
    note: str = ""

    @property
    def seconds(self) -> float | None:
        """How long it took, as it says itself or else by its reports."""
        if self.duration_s is not None:
            return self.duration_s
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a job stands, in words, and since when."""

    status: Status
    words: str
    since: datetime | None = None


def judge(job: Job, runs: Sequence[Run], now: datetime) -> Verdict:
    """The worst thing that is true of the job. `runs` may be the last dozen or so, in any order."""
    finished = sorted((run for run in runs if run.ended_at is not None), key=_end, reverse=True)
    good = [run for run in finished if run.ok]
    under_way = _under_way(runs, finished)
    verdicts = [
        _failed(finished),
        _never_ended(under_way, job, now),
        _late(job, good, under_way, now) if job.within is None else _aged(job, job.within, good, now),
        _long(under_way, good, now),
        _small(job, good),
    ]
    found = [verdict for verdict in verdicts if verdict is not None]
    if found:
        return max(found, key=lambda verdict: verdict.status.rank)  # of equals the first stands
    words = "on time" if job.within is None else f"last good one {_span(now - _end(good[0]))} ago"
    return Verdict(status=Status.OK, words=words, since=_end(good[0]))


def _end(run: Run) -> datetime:
    return run.ended_at if run.ended_at is not None else datetime.min.replace(tzinfo=UTC)


def _under_way(runs: Sequence[Run], finished: Sequence[Run]) -> Run | None:
    """The newest run that has a start and no end, unless a later one has already ended."""
    begun = [run for run in runs if run.ended_at is None and run.started_at is not None]
    newest = max(begun, key=lambda run: run.started_at or datetime.min.replace(tzinfo=UTC), default=None)
    if newest is None or newest.started_at is None or (finished and _end(finished[0]) >= newest.started_at):
        return None
    return newest


def _failed(finished: Sequence[Run]) -> Verdict | None:
    if not finished or finished[0].ok:
        return None
    last = finished[0]
    code = f" with exit status {last.exit_code}" if last.exit_code else ""
    return Verdict(status=Status.FAIL, words=f"the last run failed{code}", since=last.ended_at)


def _never_ended(under_way: Run | None, job: Job, now: datetime) -> Verdict | None:
    if under_way is None or under_way.started_at is None or now <= under_way.started_at + job.grace:
        return None
    words = f"started, but has not ended in {_span(job.grace)}"
    return Verdict(status=Status.FAIL, words=words, since=under_way.started_at)


def _late(job: Job, good: Sequence[Run], under_way: Run | None, now: datetime) -> Verdict | None:
    """Late within twice its period warns; later than that it has missed a whole run more, and fails."""
    if not good:
        words = "no good run has ever been reported"
        if under_way is not None:
            return Verdict(status=Status.WARN, words="its first run is under way", since=under_way.started_at)
        return Verdict(status=Status.FAIL, words=words)
    last = _end(good[0])
    due, after = job.due_after(last)
    if due - last <= min(_EARLY, (after - due) / 10):
        due, after = job.due_after(due)
    if now <= due + job.grace:
        return None
    age = f"last good run {_span(now - last)} ago (every {_span(after - due)})"
    return Verdict(status=Status.WARN if now <= after else Status.FAIL, words=age, since=due)


def _aged(job: Job, within: timedelta, good: Sequence[Run], now: datetime) -> Verdict | None:
    """A backup that was never restored is a hope; that nobody tried for long is no reason to wake anybody."""
    of = f" of {job.restores}" if job.restores else ""
    if not good:
        return Verdict(status=Status.WARN, words=f"no good restore test{of} has ever been reported")
    age = now - _end(good[0])
    if age <= within:
        return None
    words = f"last good restore test{of} {_span(age)} ago (every {_span(within)})"
    return Verdict(status=Status.WARN, words=words, since=_end(good[0]) + within)


def _long(under_way: Run | None, good: Sequence[Run], now: datetime) -> Verdict | None:
    usual = [run.seconds for run in good[:_COMPARED] if run.seconds is not None]
    if under_way is None or under_way.started_at is None or not usual:
        return None
    running, most = now - under_way.started_at, timedelta(seconds=2 * median(usual) + 60)
    if running <= most:
        return None
    words = f"running for {_span(running)}, usually {_span(timedelta(seconds=median(usual)))}"
    return Verdict(status=Status.WARN, words=words, since=under_way.started_at)


def _small(job: Job, good: Sequence[Run]) -> Verdict | None:
    """A "successful" dump of nothing is the classic failure."""
    if not good:
        return None
    earlier = [run.size_bytes for run in good[1 : _COMPARED + 1] if run.size_bytes is not None and run.size_bytes > 0]
    words = _doubt(good[0].size_bytes, job.min_size, median(earlier) if earlier else None)
    return Verdict(status=Status.WARN, words=words, since=good[0].ended_at) if words else None


def _doubt(size: int | None, least: int | None, usual: float | None) -> str:
    if size is None:
        return "the last run did not say its size" if least is not None else ""
    if size <= 0:
        return "the last backup is empty"
    if least is not None and size < least:
        return f"the last backup has {_bytes(size)}, at least {_bytes(least)} expected"
    if usual is not None and size < usual / 2:
        return f"the last backup has {_bytes(size)}, usually {_bytes(round(usual))}"
    return ""


def _span(length: timedelta) -> str:
    minutes = max(round(length.total_seconds() / 60), 1)
    if minutes < 120:
        return f"{minutes} min"
    return f"{round(minutes / 60)} h" if minutes < 60 * 72 else f"{round(minutes / 1440)} days"


def _bytes(count: int) -> str:
    size, units = float(count), ("B", "kB", "MB", "GB", "TB")
    for unit in units:
        if size < 1000 or unit == units[-1]:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError("the last unit takes every size")
