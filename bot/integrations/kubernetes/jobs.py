"""How jobs and cron jobs are judged."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.domain.check import Answer, Evidence, Status
from bot.integrations.cluster_answer import answered, finding
from bot.integrations.cluster_shapes import condition
from bot.integrations.due import last_due
from bot.integrations.kubernetes.care_shapes import CronJob, Job


def jobs(found: Sequence[Job], timed: Sequence[CronJob], now: datetime, *, late: timedelta) -> Answer:
    """A job that failed fails, unless a later run of its cron job did well. Suspended and late cron jobs warn."""
    count = len(found) + len(timed)
    succeeded = {one.metadata.path: one.status.succeeded_at for one in timed}
    evidence = [one for job in found if (one := _job(job, succeeded)) is not None]
    evidence += [_timed(one, now, late) for one in timed]
    well = f"No job failed, and all {len(timed)} cron jobs ran when due" if count else "There are no jobs"
    return answered(evidence, count=count, things="jobs", well=well)


def _job(job: Job, succeeded: Mapping[str, datetime | None]) -> Evidence | None:
    # What has given up waits for its last pods before it calls itself failed.
    told = (condition(job.status.conditions, kind) for kind in ("Failed", "FailureTarget"))
    failed = next((one for one in told if one is not None and one.status == "True"), None)
    if failed is None:
        return None
    owner, name = job.metadata.owner, job.metadata.path
    if owner is not None and owner.kind == "CronJob":
        name = f"{job.metadata.namespace}/{owner.name}"
        later = succeeded.get(name)
        if later is not None and failed.since is not None and later > failed.since:
            return None
    why = failed.message or failed.reason or "no reason given"
    return finding("job", name, Status.FAIL, f"failed: {why}", failed.since)


def _timed(job: CronJob, now: datetime, late: timedelta) -> Evidence:
    status, words, since = _punctual(job, now, late)
    return finding("cronjob", job.metadata.path, status, words, since)


def _punctual(job: CronJob, now: datetime, late: timedelta) -> tuple[Status, str, datetime | None]:
    if job.spec.suspend:
        return Status.WARN, "suspended", None
    due = last_due(job.spec.schedule, job.spec.zone, now - late)
    if due is None:
        return Status.UNKNOWN, f"its schedule {job.spec.schedule!r} {job.spec.zone} cannot be read", None
    created, started, succeeded = job.metadata.created_at, job.status.scheduled_at, job.status.succeeded_at
    if (succeeded is not None and succeeded >= due) or (created is not None and created > due):
        return Status.OK, "", None
    if job.status.active and started is not None and started >= due:
        return Status.WARN, f"due {due:%d %b %H:%M} UTC and still running", started
    last = f"last succeeded {succeeded:%d %b %H:%M} UTC" if succeeded else "never succeeded"
    return Status.WARN, f"due {due:%d %b %H:%M} UTC, {last}", succeeded
