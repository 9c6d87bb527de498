"""How snapshot policies are judged: each must have succeeded since it was last due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.elasticsearch.schedule import last_due
from bot.integrations.elasticsearch.shapes import Policy
from bot.integrations.foreign import shown

_AHEAD: Final = timedelta(hours=1)
"""Clocks may differ a little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How late a snapshot may be, how long one may take, and how old one may be whose schedule cannot be read."""

    late: timedelta
    running: timedelta
    age: timedelta


def judged(policies: Mapping[str, Policy], mode: str, now: datetime, patience: Patience) -> Answer:
    evidence = []
    if mode != "RUNNING":
        words = f"The scheduler of snapshots is {shown(mode, limit=20).lower() or 'in no state'}: no policy runs"
        evidence.append(Evidence(key="slm", title=words, status=Status.FAIL))
    if not policies:
        return (
            Answer(status=Status.FAIL, summary=evidence[0].title, evidence=evidence)
            if evidence
            else Answer.unknown("There is no snapshot policy, so nothing says that a backup was made")
        )
    for name, policy in policies.items():
        due = last_due(policy.policy.schedule, now - patience.late) or now - patience.age
        status, words = _policy(policy, due, now, patience.running)
        if status is not Status.OK:
            evidence.append(
                Evidence(
                    key=f"policy:{shown(name, limit=100)}",
                    title=shown(name),
                    status=status,
                    since=policy.last_success.time if policy.last_success else None,
                    detail=shown(words),
                )
            )
    if not evidence:
        oldest = min(policy.last_success.time for policy in policies.values() if policy.last_success)
        many = f"All {len(policies)} snapshot policies are" if len(policies) > 1 else "The snapshot policy is"
        return Answer(status=Status.OK, summary=f"{many} on time, the oldest good snapshot is {_age(oldest, now)} old")
    evidence.sort(key=lambda one: (-one.status.rank, one.key))
    told = "; ".join(f"{shown(one.title, limit=60)}: {one.detail}" if one.detail else one.title for one in evidence[:2])
    status, summary = worst(one.status for one in evidence), shown(told, limit=220)
    reason = summary if status is Status.UNKNOWN else None
    return Answer(status=status, summary=summary, evidence=evidence, reason=reason)


def _policy(policy: Policy, due: datetime, now: datetime, longest: timedelta) -> tuple[Status, str]:
    success, failure, running = policy.last_success, policy.last_failure, policy.in_progress
    if failure and (success is None or failure.time > success.time):
        good = f"last good one {_age(success.time, now)} ago" if success else "never a good one"
        return Status.FAIL, f"the last snapshot failed, {good}: {failure.details or 'no reason given'}"
    if success is None:
        young = policy.modified is not None and policy.modified > due
        words = "not yet due since it was made, no snapshot so far" if young else "never succeeded"
        return Status.WARN if young else Status.FAIL, words
    if success.time > now + _AHEAD:
        return Status.UNKNOWN, f"says that it succeeded on {success.time:%d %b %Y}, which is to come"
    if running is not None and running.since is not None and now - running.since > longest:
        return Status.WARN, f"a snapshot has been running for {_age(running.since, now)}"
    if success.time < due:
        late = f"last good snapshot {_age(success.time, now)} ago, due {due:%d %b %H:%M} UTC"
        return (Status.WARN, f"{late}, one is running") if running is not None else (Status.FAIL, late)
    return Status.OK, ""


def _age(moment: datetime, now: datetime) -> str:
    hours = max(0, int((now - moment).total_seconds() // 3_600))
    return f"{hours} h" if hours < 72 else f"{hours // 24} days"
