"""How AWX's job templates, check-mode jobs, approvals and instances are judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.domain.errors import VendorError
from bot.integrations.ansible.client import RUNNING
from bot.integrations.ansible.shapes import Approval, HostSummary, Job, Ping, Template
from bot.integrations.findings import counted
from bot.integrations.foreign import shown

_TITLE: Final = 80
_KEY: Final = 150
_BAD: Final = ("failed", "error")
AHEAD: Final = timedelta(hours=1)
"""Clocks differ; what ended later than that tells nothing."""

Checked = tuple[Job, Sequence[HostSummary]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From the thresholds: how old a check-mode job may be, and which share of hosts out of reach is bad."""

    oldest: timedelta
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A template with its last check-mode job and hosts, None for none, or why they could not be read."""

    template: Template
    told: Checked | VendorError | None


def jobs(
    seen: tuple[Sequence[Template], Sequence[str]],
    running: Sequence[Job],
    now: datetime,
    stuck: timedelta,
    *,
    watched: bool,
) -> Answer:
    """By each template's newest job. `watched`: they are named in the settings, so that each must have one."""
    templates, missing = seen
    if not templates and not missing:
        return Answer.unknown("The token sees no job template, so nothing says how jobs went")
    evidence = [*map(_gone, missing)]
    oldest: dict[int | None, Job] = {}
    for job in running:
        oldest.setdefault(job.template, job)
    for one in templates:
        if one.last is not None or one.status not in ("", "never updated") or watched:
            status, words = _stands(one, oldest.get(one.id), now, stuck)
            evidence.append(_evidence(one, status, words, one.last.finished if one.last is not None else None))
    if not evidence:
        return Answer.unknown(f"None of {len(templates)} job templates ever ran")
    return counted(evidence, f"The newest jobs of {len(evidence)} templates went well", len(evidence), "job templates")


def _stands(one: Template, running: Job | None, now: datetime, stuck: timedelta) -> tuple[Status, str]:
    last, state = one.last, one.status
    newest = last.status if last is not None and last.status else state
    failed = newest in _BAD or state in _BAD or one.last_failed is True or (last is not None and last.failed is True)
    if running is not None:
        began = running.started or running.created
        age = now - began if began is not None else None
        if age is None or age > stuck:
            hours = f" for {age.total_seconds() / 3600:.0f} h" if age is not None else ""
            return Status.WARN, f"job {running.id} is {shown(running.status, limit=20)}{hours}; stuck?"
    if state in RUNNING:
        return (Status.WARN, f"{state} again after a job that failed") if failed else (Status.OK, state)
    if failed:
        return Status.FAIL, f"its newest job ended with {newest if newest in _BAD else 'failed'}"
    if newest == "successful":
        return Status.OK, newest
    if newest == "canceled":
        return Status.WARN, "its newest job was cancelled"
    never = last is None and newest in ("", "never updated")
    words = "never ran, so nothing says how it is" if never else f"in a state that we do not know: {newest or 'none'}"
    return Status.UNKNOWN, words


def drift(seen: Sequence[Seen], missing: Sequence[str], now: datetime, limits: Limits) -> Answer:
    """By the last job of each template that runs in check mode."""
    if not seen and not missing:
        return Answer.unknown(
            "No job template is of the type check. Make one and schedule it, or let CI post to /reports/ansible"
        )
    evidence = [*map(_gone, missing)]
    for one in seen:
        if isinstance(one.told, VendorError):
            status, words, since = Status.UNKNOWN, f"its last job cannot be read: {one.told}", None
        elif one.told is None and one.template.last is not None:
            status, words, since = Status.UNKNOWN, "its last job has not ended yet", None
        elif one.told is None:
            status, words, since = Status.WARN, "never ran, so nobody knows whether something drifted", None
        else:
            status, words = _checked(*one.told, now, limits)
            since = one.told[0].finished
        evidence.append(_evidence(one.template, status, words, since))
    return counted(evidence, f"No drift by {len(seen)} check-mode jobs", len(evidence), "check-mode templates")


def _checked(job: Job, hosts: Sequence[HostSummary], now: datetime, limits: Limits) -> tuple[Status, str]:
    if job.job_type != "check":
        return Status.UNKNOWN, "its last job was not in check mode"
    if job.finished is None or job.finished > now + AHEAD:
        return Status.UNKNOWN, "it is not told when its last job ended"
    if job.events_done is False:
        return Status.UNKNOWN, "the results of its last job are still being written; look again in a minute"
    found: list[tuple[Status, str]] = []
    age = now - job.finished
    if age > limits.oldest:
        found.append((Status.FAIL, f"no data: its last job ended {age.total_seconds() / 3600:.0f} h ago"))
    dark, failed = [one for one in hosts if one.dark], [one for one in hosts if one.failures]
    if job.status not in ("successful", "failed") or (job.status == "failed" and not dark and not failed):
        word = shown(job.status, limit=30) or "no state"
        found.append((Status.FAIL, f"its last job ended with {word}, so it tells nothing"))
    elif not hosts:
        found.append((Status.UNKNOWN, "its last job met no host"))
    if failed:
        found.append((Status.FAIL, f"cannot judge {_hosts(failed)}: tasks failed"))
    if dark:
        bad = len(dark) >= limits.share * len(hosts)
        found.append((Status.FAIL if bad else Status.WARN, f"out of reach: {_hosts(dark)}"))
    changed = [one for one in hosts if one.changed]
    if changed:
        tasks = sum(one.changed for one in changed)
        found.append((Status.WARN, f"drifted: {_hosts(changed)} in {tasks} tasks"))
    return worst((Status.OK, *(status for status, _ in found))), "; ".join(words for _, words in found) or "no drift"


def _hosts(found: Sequence[HostSummary]) -> str:
    named = ", ".join(shown(one.host, limit=40) or "a host" for one in found[:3])
    return f"{named} and {len(found) - 3} more" if len(found) > 3 else named


def approvals(found: Sequence[Approval], now: datetime, page: str, *, seeing: bool) -> Answer:
    """`seeing`: the token sees anything at all, so that nothing that waits is not merely hidden from it."""
    if not found and not seeing:
        return Answer.unknown("The token sees no job template, so it may not see either what waits")
    if not found:
        return Answer(status=Status.OK, summary="No workflow waits for an approval")
    evidence = [
        Evidence(
            key=f"approval:{one.id}",
            title=shown(one.name, limit=_TITLE) or f"approval {one.id}",
            status=Status.WARN,
            url=page.format(approval=one.id),
            since=one.created,
            detail=f"waits for {(now - one.created).total_seconds() / 3600:.0f} h" if one.created else "waits",
        )
        for one in found
    ]
    named = ", ".join(one.title for one in evidence[:3])
    summary = shown(f"{len(found)} workflows wait for an approval: {named}", limit=220)
    return Answer(status=Status.WARN, summary=summary, evidence=evidence)


def health(ping: Ping, now: datetime, silent: timedelta) -> Answer:
    """By heartbeat and capacity; nodes that only pass on (hop) have none."""
    if not ping.instances:
        return Answer.unknown("It shows no instance, so nothing says whether jobs can run")
    evidence: list[Evidence] = []
    for one in ping.instances:
        status, words = _alive(one.kind, one.capacity, one.heartbeat, now, silent)
        name = shown(one.node, limit=_TITLE) or "an instance"
        evidence.append(Evidence(key=f"instance:{name}", title=name, status=status, since=one.heartbeat, detail=words))
    version = f", version {shown(ping.version, limit=20)}" if ping.version else ""
    return counted(evidence, f"{len(evidence)} instances are alive{version}", len(evidence), "instances")


def _alive(
    kind: str, capacity: int | None, heartbeat: datetime | None, now: datetime, silent: timedelta
) -> tuple[Status, str]:
    if heartbeat is None or heartbeat > now + AHEAD:
        return Status.UNKNOWN, "does not tell when it was last heard of"
    if now - heartbeat > silent:
        return Status.FAIL, f"not heard of for {(now - heartbeat).total_seconds() / 60:.0f} min"
    if kind == "hop":
        return Status.OK, "alive"
    if capacity is None:
        return Status.UNKNOWN, "does not tell its capacity"
    return (Status.OK, "alive") if capacity > 0 else (Status.FAIL, "has no capacity to run jobs")


def _gone(name: str) -> Evidence:
    return Evidence(
        key=f"template:{shown(name, limit=_KEY)}",
        title=shown(name, limit=_TITLE) or "a job template",
        status=Status.UNKNOWN,
        detail="is not there, or the token may not see it. Check AWX_JOB_TEMPLATES and the user's roles",
    )


def _evidence(template: Template, status: Status, words: str, since: datetime | None = None) -> Evidence:
    return Evidence(
        key=f"template:{template.id}",
        title=shown(template.name, limit=_TITLE) or f"job template {template.id}",
        status=status,
        since=since,
        detail=shown(words, limit=200),
    )
