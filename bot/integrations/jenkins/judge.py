"""How the newest builds of the watched jobs are judged."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.findings import answer, lasting
from bot.integrations.foreign import shown
from bot.integrations.jenkins.shapes import Build, Job
from bot.integrations.jenkins.watched import Watched

_RESULTS: Final = {
    "SUCCESS": Status.OK,
    "UNSTABLE": Status.WARN,
    "NOT_BUILT": Status.WARN,
    "FAILURE": Status.FAIL,
    "ABORTED": Status.FAIL,
}
_APART: Final = timedelta(minutes=10)
"""Clocks may differ by so much."""
Finding = tuple[Status, str, datetime | None]


def title_of(path: str) -> str:
    return shown(path) or "A job without a name"


def unread(found: Sequence[Watched]) -> list[Evidence]:
    """Jobs of which nothing is known make no answer ok."""
    return [_of_problem(one) for one in found if one.job is None]


def jobs(found: Sequence[Watched], now: datetime, *, hours: float) -> Answer:
    if not found:
        return Answer.unknown("There are no jobs to watch")
    evidence = unread(found)
    for one in found:
        if one.job is not None:
            finding = _newest(one.job, now, hours)
            if finding[0] is not Status.OK:
                evidence.append(evidence_of(one, finding))
    fine = f"The newest builds of all {len(found)} jobs succeeded" if len(found) > 1 else "Its newest build succeeded"
    return answer(evidence, f"{fine}{_going_on(found)}", f"{len(evidence)} of {len(found)} jobs to look at")


def running(found: Sequence[Watched], now: datetime, *, times: float, hours: float) -> Answer:
    """A build that takes far longer than usual hangs; one of which nothing usual is known, after some hours."""
    if not found:
        return Answer.unknown("There are no jobs to watch")
    evidence = unread(found)
    count = 0
    for one in found:
        for build in _running(one):
            count += 1
            finding = _too_long(build, now, times, hours)
            if finding is not None:
                evidence.append(evidence_of(one, finding, build.number))
    fine = f"{count} builds run, none longer than usual" if count else "No build runs"
    return answer(evidence, fine, f"{len(evidence)} to look at")


def _newest(job: Job, now: datetime, hours: float) -> Finding:
    """The newest build that ended decides; one that runs has no result yet."""
    ended = _last_ended(job)
    status, words, since = _result(job, ended)
    latest = max((one.started for one in job.newest if one.started is not None), default=None)
    told = [(status, words)]
    if ended is not None and latest is None:
        told.append((Status.UNKNOWN, "does not tell when it was built"))
    elif latest is not None and latest - now > _APART:
        told.append((Status.UNKNOWN, "was built in the future: the clocks differ"))
    elif latest is not None and now - latest > timedelta(hours=hours):
        told.append((Status.WARN, f"not built since {latest:%d %b %Y %H:%M} UTC"))
    if job.off:
        told.append((Status.WARN, "is disabled"))
    bad = [one for one in told if one[0] is not Status.OK]
    return worst(one[0] for one in told), shown(", ".join(words for _, words in bad)), since


def _last_ended(job: Job) -> Build | None:
    """The newest that ended. Jenkins tells of it up to three times; should these differ, the worst counts."""
    newest = next((one for one in job.newest if not one.running), None)
    told = [one for one in job.told if newest is not None and one.number == newest.number and one.result]
    return max(told, key=lambda one: _status(one).rank, default=newest)


def _status(ended: Build) -> Status:
    return _RESULTS.get(ended.result or "", Status.UNKNOWN)


def _result(job: Job, ended: Build | None) -> Finding:
    if ended is None:
        going = next(iter(job.newest), None)
        if going is not None:
            return Status.WARN, f"its first build #{going.number} runs, none ended yet", going.started
        if "last" in job.model_fields_set or "completed" in job.model_fields_set:
            return Status.WARN, "was never built", None
        return Status.UNKNOWN, "does not tell of its builds", None
    if ended.result is None:
        return Status.UNKNOWN, f"#{ended.number} ended without a result", ended.started
    status = _status(ended)
    words = f"#{ended.number} {shown(ended.result, limit=30).lower().replace('_', ' ')}"
    unknown = " is a result we do not know" if status is Status.UNKNOWN else ""
    return status, f"{words}{unknown}{_since(job, ended)}", ended.started


def _since(job: Job, ended: Build) -> str:
    going = [one.number for one in job.newest if one.running and one.number > ended.number]
    return f", #{going[0]} runs" if going else ""


def _too_long(build: Build, now: datetime, times: float, hours: float) -> Finding | None:
    if build.started is None:
        return Status.UNKNOWN, f"#{build.number} runs and does not tell since when", None
    took = now - build.started
    usual = timedelta(milliseconds=build.estimated) if build.estimated and build.estimated > 0 else None
    if usual is not None and took > times * usual:
        return Status.WARN, f"#{build.number} runs for {lasting(took)}, usual are {lasting(usual)}", build.started
    if usual is None and took > timedelta(hours=hours):
        return Status.WARN, f"#{build.number} runs for {lasting(took)}", build.started
    return None


def _running(one: Watched) -> list[Build]:
    return [build for build in one.job.newest if build.running] if one.job is not None else []


def _going_on(found: Sequence[Watched]) -> str:
    count = sum(bool(_running(one)) for one in found)
    return f", {count} being built" if count else ""


def _of_problem(one: Watched) -> Evidence:
    return evidence_of(one, (Status.UNKNOWN, shown(one.problem or "could not be read"), None))


def evidence_of(one: Watched, finding: Finding, build: int | None = None) -> Evidence:
    """With its page as a path; the adapter knows the controller's address."""
    status, words, since = finding
    number = "" if build is None else f"#{build}"
    return Evidence(
        key=f"job:{shown(one.path, limit=180)}{number}",
        title=f"{title_of(one.path)} {number}".strip(),
        status=status,
        since=since,
        url=one.page(build),
        detail=words,
    )
