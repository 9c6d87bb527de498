"""How the check-mode runs that CI posted are judged: whether they came to an end, who was met, and what drifted."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.check import Answer, Status
from bot.integrations.ansible.run import Met, Run
from bot.integrations.foreign import shown
from bot.integrations.reports import Posted, Verdicts, judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From the thresholds: which share of hosts out of reach, and how many hosts that drifted, are bad."""

    share: float
    many: float


def runs(found: Sequence[Posted], limits: Limits) -> Answer:
    well = f"Nothing drifted by {len(found)} playbooks"
    return judged(
        found, lambda facts: _read(Run.model_validate(facts), limits), kind="playbook", things="playbooks", well=well
    )


def _read(run: Run, limits: Limits) -> Verdicts:
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
