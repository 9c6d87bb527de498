"""How HCP Terraform's health assessments and newest runs are judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.domain.errors import VendorError
from bot.integrations.findings import counted
from bot.integrations.foreign import shown
from bot.integrations.terraform.shapes import Assessment, AssessmentFacts, Run, Workspace
from bot.integrations.terraform.states import Stage, carries_on, stage_of

_TITLE: Final = 80
_KEY: Final = 150
AHEAD: Final = timedelta(hours=1)
"""Clocks differ; what was made later than that tells nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From the thresholds: how old an assessment may be, from how many drifted resources on it is bad."""

    oldest: timedelta
    many: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A workspace with what was to be found of it: a value, None for none, or why it could not be read."""

    workspace: Workspace
    told: Assessment | Run | VendorError | None


def drift(seen: Sequence[Seen], missing: Sequence[str], now: datetime, limits: Limits) -> Answer:
    """By each workspace's newest assessment. One that was never assessed may have drifted without anybody knowing."""
    if not seen and not missing:
        return Answer.unknown("The token sees no workspace, so nothing says whether something drifted")
    if not missing and not any(one.workspace.facts.assessed or one.told is not None for one in seen):
        return Answer.unknown(
            "No workspace has health assessments. Switch them on, or let CI post its plans to /reports/terraform"
        )
    evidence = [_gone(name) for name in missing] + [_assessed(one, now, limits) for one in seen]
    well = f"No drift in {len(seen)} workspaces"
    return counted(evidence, well, len(evidence), "workspaces")


def _assessed(seen: Seen, now: datetime, limits: Limits) -> Evidence:
    told, since = seen.told, None
    if isinstance(told, VendorError):
        status, words = Status.UNKNOWN, f"its assessment cannot be read: {told}"
    elif isinstance(told, Assessment):
        status, words, since = *_judged(told.facts, now, limits), told.facts.created
    elif seen.workspace.facts.assessed:
        status, words = Status.WARN, "was never assessed, so nobody knows whether it drifted"
    else:
        status, words = Status.WARN, "has no health assessments, so nobody knows whether it drifted"
    return _evidence(seen.workspace, status, words, since)


def _judged(facts: AssessmentFacts, now: datetime, limits: Limits) -> tuple[Status, str]:
    found: list[tuple[Status, str]] = []
    if facts.succeeded is not True:
        status = Status.FAIL if facts.succeeded is False else Status.UNKNOWN
        return status, "the assessment itself failed, so it tells nothing" if facts.succeeded is False else _UNTOLD
    if facts.created is None or facts.created > now + AHEAD:
        return Status.UNKNOWN, "it is not told when it was assessed"
    age = now - facts.created
    if age > limits.oldest:
        found.append((Status.FAIL, f"no data: last assessed {age.total_seconds() / 3600:.0f} h ago"))
    if facts.drifted is None:
        found.append((Status.UNKNOWN, _UNTOLD))
    elif facts.drifted or facts.resources_drifted:
        count = facts.resources_drifted
        many = count is not None and count >= limits.many
        words = f"drifted: {count} resources" if count else "drifted"
        found.append((Status.FAIL if many else Status.WARN, words))
    if facts.checks_errored:
        found.append((Status.FAIL, f"{facts.checks_errored} checks could not be made"))
    if facts.checks_failed or (facts.all_checks_succeeded is False and not facts.checks_errored):
        found.append((Status.WARN, f"{facts.checks_failed or 'some'} checks failed"))
    return worst((Status.OK, *(status for status, _ in found))), "; ".join(words for _, words in found) or "no drift"


_UNTOLD: Final = "the assessment does not tell whether it drifted"


def runs(seen: Sequence[Seen], missing: Sequence[str], watched: bool, now: datetime, stuck: timedelta) -> Answer:  # noqa: FBT001 - the third of five
    """By each workspace's current run. `watched`: they are named in the settings, so that each must have one."""
    if not seen and not missing:
        return Answer.unknown("The token sees no workspace, so nothing says how its runs went")
    evidence = [_gone(name) for name in missing]
    for one in seen:
        if isinstance(one.told, Run):
            status, words = _stands(one.told, now, stuck)
            # A run locks its workspace while it goes on; who else did keeps the next ones waiting.
            if one.workspace.facts.locked and stage_of(one.told.facts.status) is Stage.DONE:
                status, words = Status.WARN, "somebody locked it, so that new runs wait"
            evidence.append(_evidence(one.workspace, status, words, one.told.changed_at))
        elif one.told is not None:
            evidence.append(_evidence(one.workspace, Status.UNKNOWN, f"its run cannot be read: {one.told}"))
        elif watched:
            evidence.append(_evidence(one.workspace, Status.UNKNOWN, "has no run, so nothing says how it is"))
    if not evidence:
        return Answer.unknown(f"None of {len(seen)} workspaces has a run")
    well = f"The newest runs of {len(evidence)} workspaces are well"
    return counted(evidence, well, len(evidence), "workspaces")


def _stands(run: Run, now: datetime, stuck: timedelta) -> tuple[Status, str]:
    facts, stage = run.facts, stage_of(run.facts.status)
    since = run.changed_at
    age = now - since if since is not None else None
    for_long = age is None or age > stuck
    hours = f" for {age.total_seconds() / 3600:.0f} h" if age is not None else ""
    named = facts.status.replace("_", " ")
    if carries_on(run) and not for_long:
        return Status.OK, f"under way ({named})"
    return {
        Stage.DONE: (Status.OK, named),
        Stage.FAILED: (Status.FAIL, "its newest run ended in an error"),
        Stage.CANCELLED: (Status.WARN, f"its newest run was {named}; what it planned is not applied"),
        Stage.WAITING: (Status.WARN, f"waits{hours} for somebody ({named})"),
        Stage.UNDER_WAY: (Status.WARN, f"stuck in {named}{hours}"),
        Stage.UNKNOWN: (Status.UNKNOWN, f"in a state that we do not know: {named or 'none'}"),
    }[stage]


def _gone(name: str) -> Evidence:
    return Evidence(
        key=f"workspace:{shown(name, limit=_KEY)}",
        title=shown(name, limit=_TITLE) or "a workspace",
        status=Status.UNKNOWN,
        detail="is not there, or the token may not see it. Check TFE_WORKSPACES and the team's rights",
    )


def _evidence(workspace: Workspace, status: Status, words: str, since: datetime | None = None) -> Evidence:
    return Evidence(
        key=f"workspace:{shown(workspace.name, limit=_KEY) or shown(workspace.id, limit=_KEY)}",
        title=shown(workspace.name, limit=_TITLE) or "a workspace",
        status=status,
        since=since,
        detail=shown(words),
    )
