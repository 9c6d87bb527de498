"""GitHub's runs and deployments as changes of our own: the same whether a webhook or a look tells of them."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.domain.change import Change, ChangeKind, ChangeReported, Result
from bot.integrations.findings import link
from bot.integrations.github.shapes import UNDER_WAY, Deployment, DeploymentStatus, Run

SOURCE: Final = "github"
ANYWHERE: Final = ("release", "deployment", "workflow_dispatch")
"""Events whose runs change something outside whatever branch or tag they run on."""
_VERSION: Final = re.compile(r"v?\d+(\.\d+){1,3}([-+.][\w.]{1,40})?")
_ENDED: Final[Mapping[str, Result]] = {
    "success": Result.SUCCEEDED,
    "failure": Result.FAILED,
    "timed_out": Result.FAILED,
    "startup_failure": Result.FAILED,
    "cancelled": Result.CANCELLED,
    "skipped": Result.CANCELLED,
    "stale": Result.CANCELLED,
}
_DEPLOYED: Final[Mapping[str, Result]] = {
    "success": Result.SUCCEEDED,
    "failure": Result.FAILED,
    "error": Result.FAILED,
    "in_progress": Result.RUNNING,
    "queued": Result.RUNNING,
    "pending": Result.RUNNING,
}
SUPERSEDED: Final = "inactive"
"""A later deployment took its place: that is no end of its own."""


def run_id(repo: str, number: int) -> str:
    return f"run:{repo}:{number}"


def is_change(run: Run, repo: str, branch: str) -> bool:
    """Whether it can have changed something: on the default branch or a version's tag, or begun by hand or release."""
    if not run.is_of(repo):
        return False
    return (run.head_branch == branch != "") or run.event in ANYWHERE or bool(_VERSION.fullmatch(run.head_branch))


def of_run(run: Run, repo: str) -> Change:
    ended = run.status == "completed" and bool(run.conclusion)
    result = _ENDED.get(run.conclusion, Result.UNKNOWN) if ended else Result.UNKNOWN
    if not ended and run.status in UNDER_WAY:
        result = Result.RUNNING
    by = run.triggering_actor or run.actor
    tagged = run.head_branch if _VERSION.fullmatch(run.head_branch) else ""
    return Change(
        source=SOURCE,
        id=run_id(repo, run.id),
        kind=ChangeKind.PIPELINE,
        title=run.title,
        places=(repo,),
        started_at=run.began,
        result=result,
        ended_at=(run.updated_at or run.began) if ended else None,
        version=tagged or run.head_sha[:7] or None,
        by=(by.login if by else "") or None,
        url=link(run.html_url),
    )


def of_deployment(deployment: Deployment, repo: str, web: str, state: DeploymentStatus | None) -> Change:
    """By its newest status that is about itself; None where it was only asked for."""
    result = _DEPLOYED.get(state.state, Result.UNKNOWN) if state else Result.RUNNING
    ended = state is not None and result in (Result.SUCCEEDED, Result.FAILED)
    where = deployment.environment
    return Change(
        source=SOURCE,
        id=f"deployment:{repo}:{deployment.id}",
        kind=ChangeKind.DEPLOYMENT,
        title=f"Deployment to {where}" if where else "Deployment",
        places=(repo,),
        started_at=deployment.created_at,
        result=result,
        ended_at=state.created_at if ended and state else None,
        version=_version(deployment),
        environment=where or None,
        by=(deployment.creator.login if deployment.creator else "") or None,
        url=(link(state.log_url) if state else None) or link(f"{web}/deployments"),
    )


def of_its_states(deployment: Deployment, repo: str, web: str, states: Sequence[DeploymentStatus]) -> Change:
    """`states` come newest first. Where only the end of its time is told, we do not know how it went."""
    own = next((one for one in states if one.state != SUPERSEDED), None)
    return of_deployment(deployment, repo, web, own or (states[0] if states else None))


def reported(change: Change, at: datetime) -> ChangeReported:
    return ChangeReported(change=change, at=at)


def _version(deployment: Deployment) -> str | None:
    ref = deployment.ref
    hashed = bool(re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", ref))
    return (ref if ref and not hashed else (deployment.sha or ref)[:7]) or None
