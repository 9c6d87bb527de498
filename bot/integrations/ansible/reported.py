"""How the check-mode runs that CI posted are judged: whether they came to an end, who was met, and what drifted."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from bot.domain.check import Answer, Evidence, Status, worst
from bot.domain.report import KeptReport
from bot.integrations.ansible.run import Met, Run
from bot.integrations.foreign import shown
from bot.integrations.reports import Posted


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From the thresholds: which share of hosts out of reach, and how many hosts that drifted, are bad."""

    share: float
    many: float


def runs(found: Sequence[Posted], limits: Limits) -> Answer:
    evidence = [one.missing or _judged(one.name, one.newest, limits) for one in found]
    bad = sorted((one for one in evidence if one.status is not Status.OK), key=lambda one: (-one.status.rank, one.key))
    if not bad:
        return Answer(status=Status.OK, summary=f"Nothing drifted by {len(evidence)} playbooks")
    named = "; ".join(shown(f"{one.title}: {one.detail}", limit=90) for one in bad[:2])
    summary = shown(f"{len(bad)} of {len(evidence)} playbooks to look at: {named}", limit=220)
    status = worst(one.status for one in bad)
    return Answer(status=status, summary=summary, evidence=bad, reason=summary if status is Status.UNKNOWN else None)


def _judged(name: str, kept: KeptReport | None, limits: Limits) -> Evidence:
    try:
        found = _read(Run.model_validate(kept.report.facts if kept is not None else None), limits)
    except ValidationError:
        found = [(Status.UNKNOWN, "the run was kept in a form that we do not know (any more)")]
    return Evidence(
        key=f"playbook:{shown(name, limit=150)}",
        title=shown(name, limit=80) or "a playbook",
        status=worst(status for status, _ in found),
        since=kept.at if kept is not None else None,
        detail=shown("; ".join(words for _, words in found), limit=200),
    )


def _read(run: Run, limits: Limits) -> Sequence[tuple[Status, str]]:
    if run.broken:
        code = f" with {run.exit_code}" if run.exit_code is not None else ""
        return [(Status.FAIL, f"the run itself failed (it ended{code}), so it tells nothing")]
    if not run.hosts:
        return [(Status.FAIL, "no data: it met no host")]
    found: list[tuple[Status, str]] = []
    if run.failed_hosts:
        found.append((Status.FAIL, f"cannot judge {_named(run.failed, run.failed_hosts)}"))
    if run.dark_hosts:
        bad = run.dark_hosts >= limits.share * run.hosts
        found.append((Status.FAIL if bad else Status.WARN, f"out of reach: {_named(run.dark, run.dark_hosts)}"))
    if run.changed_hosts:
        bad = run.changed_hosts >= limits.many
        found.append((Status.FAIL if bad else Status.WARN, f"drifted: {_named(run.changed, run.changed_hosts)}"))
    return found or [(Status.OK, f"nothing drifted on {run.hosts} hosts")]


def _named(met: Sequence[Met], hosts: int) -> str:
    """The first by name, each with its task, and how many hosts there are more."""
    told = ", ".join(f"{shown(one.host, limit=40)}{_task(one)}" for one in met[:3])
    more = hosts - len({one.host for one in met[:3]})
    return f"{told} and {more} hosts more" if more > 0 else told


def _task(one: Met) -> str:
    return f" ({shown(one.task, limit=40)})" if one.task else ""
