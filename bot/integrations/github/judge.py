"""How runs, workflows, deployments and the budget of calls are judged."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.findings import Old, lasting, link
from bot.integrations.foreign import shown
from bot.integrations.github.shapes import UNDER_WAY, Deployment, DeploymentStatus, Limits, Repository, Run, Workflow
from bot.integrations.labels import key_of

_ENDED: Final[Mapping[str, Status]] = {
    "success": Status.OK,
    "neutral": Status.WARN,
    "skipped": Status.WARN,
    "cancelled": Status.WARN,
    "stale": Status.WARN,
    "action_required": Status.WARN,
    "failure": Status.FAIL,
    "timed_out": Status.FAIL,
    "startup_failure": Status.FAIL,
}
_SWITCHED_OFF: Final = {
    "disabled_inactivity": "switched off after 60 quiet days",
    "disabled_manually": "switched off by hand",
    "disabled_fork": "switched off, since this is a fork",
}
_DEPLOYED: Final[Mapping[str, Status]] = {
    "success": Status.OK,
    "inactive": Status.WARN,
    "in_progress": Status.WARN,
    "queued": Status.WARN,
    "pending": Status.WARN,
    "failure": Status.FAIL,
    "error": Status.FAIL,
}


def finding(
    kind: str,
    repo: str,
    name: str,
    status: Status,
    detail: str,
    *,
    key: object = "",
    url: str = "",
    since: datetime | None = None,
) -> Evidence:
    """About something in a repository, or (no name) about itself. `key` tells namesakes apart."""
    return Evidence(
        key=key_of(kind, {"repo": repo.casefold(), "name": str(key or name)}),
        title=shown(f"{repo}: {name}" if name else repo) or "A repository without a name",
        status=status,
        url=link(url),
        since=since,
        detail=shown(detail),
    )


def unseen(named: str, words: str) -> Evidence:
    """What could not be asked of one repository."""
    return finding("repository", named, "", Status.UNKNOWN, words)


def repository(named: str, found: Repository) -> Sequence[Evidence]:
    """What is odd about the repository itself: its new name, or that nothing runs in it any more."""
    odd = []
    if named.casefold() != found.full_name.casefold():
        odd.append(f"it is called {found.full_name} now; write that in the settings")
    if found.archived:
        odd.append("it is archived, so nothing runs in it")
    if found.disabled:
        odd.append("it is disabled, so nothing runs in it")
    return [finding("repository", named, "", Status.WARN, "; ".join(odd), url=found.html_url)] if odd else []


def missing(repo: Repository, file: str) -> Evidence:
    words = f"{repo.full_name} has no such workflow (any more)"
    return finding("workflow", repo.full_name, file, Status.UNKNOWN, words, url=repo.html_url)


def never_ran(repo: Repository, workflow: Workflow) -> Evidence:
    words = f"it never ran on {repo.default_branch}, so nothing says that it works"
    return _of_workflow(repo, workflow, Status.UNKNOWN, words)


def newest(repo: Repository, workflow: Workflow, run: Run, now: datetime, oldest: timedelta) -> Evidence:
    """The newest run of a workflow on the default branch; good news of long ago is none."""
    status, words = _state(run)
    age = now - run.began
    if status is Status.OK and age >= oldest:
        status, words = Status.WARN, f"{words}, but that was {age.days} days ago"
    return _of_workflow(repo, workflow, status, words, url=run.html_url, since=run.began)


def late(repo: Repository, run: Run, states: Sequence[str], now: datetime, old: Old) -> Evidence | None:
    """A run that waits or is queued for too long; None for one that has its time, or is in another state."""
    if run.status and run.status not in states:
        return None
    age = now - run.began
    status = old.of(age) if run.status else Status.UNKNOWN
    words = f"{run.status.replace('_', ' ')} for {lasting(age)}" if run.status else "GitHub does not say its state"
    name = run.title if run.display_title in ("", run.title) else f"{run.title} ({run.display_title})"
    return finding("run", repo.full_name, name, status, words, key=run.id, url=run.html_url, since=run.began)


def switched_off(repo: Repository, workflow: Workflow) -> Evidence | None:
    if workflow.state == "active":
        return None
    words = _SWITCHED_OFF.get(workflow.state)
    status = Status.WARN if words else Status.UNKNOWN
    detail = words or f"in the state {shown(workflow.state, limit=40) or 'without a name'}, which we do not know"
    return _of_workflow(repo, workflow, status, detail)


def deployed(
    repo: Repository, name: str, deployment: Deployment | None, states: Sequence[DeploymentStatus]
) -> Evidence:
    """The last deployment to an environment, by its newest status."""
    page = f"{repo.html_url}/deployments" if repo.html_url else ""
    if deployment is None:
        words = "nothing was ever deployed there"
        return finding("environment", repo.full_name, name, Status.UNKNOWN, words, url=page)
    version = deployment.ref if len(deployment.ref) < 40 and deployment.ref else deployment.sha[:7]
    if not states:
        words = f"{version} was asked for, and nobody has begun"
        return finding("environment", repo.full_name, name, Status.WARN, words, url=page, since=deployment.created_at)
    state = states[0]
    status = _DEPLOYED.get(state.state, Status.UNKNOWN)
    odd = "" if state.state in _DEPLOYED else ", which we do not know"
    words = f"{version}: {shown(state.state, limit=40).replace('_', ' ')}{odd}"
    url = link(state.log_url) or page
    return finding("environment", repo.full_name, name, status, words, url=url, since=state.created_at)


def limits(found: Limits | None, ends: str, now: datetime, *, least: float) -> Answer:
    """Whether there is budget for the day's questions, and whether the token outlives the week."""
    token, words = _token(ends, now)
    if found is None:
        status, told = Status.OK, "This server limits no calls"
    elif not found.resources.core.limit:
        return Answer.unknown("GitHub speaks of a limit of 0 calls")
    else:
        core = found.resources.core
        share = core.remaining / core.limit
        status = Status.FAIL if not core.remaining else Status.OK if share > least else Status.WARN
        told = f"{core.remaining:,} of {core.limit:,} calls left in this hour"
    answer = worst((status, token))
    summary = f"{told}; {words}" if words else told
    return Answer(status=answer, summary=summary, reason=summary if answer is Status.UNKNOWN else None)


def _state(run: Run) -> tuple[Status, str]:
    if run.status in UNDER_WAY:
        return Status.WARN, f"{run.status.replace('_', ' ')} at the moment"
    if run.status not in ("completed", "") or not run.conclusion:
        named = shown(run.status or "none", limit=40)
        return Status.UNKNOWN, f"in the state {named} without a conclusion, which we do not know"
    status = _ENDED.get(run.conclusion)
    words = shown(run.conclusion, limit=40).replace("_", " ")
    return (Status.UNKNOWN, f"ended with {words}, which we do not know") if status is None else (status, words)


def _of_workflow(
    repo: Repository, workflow: Workflow, status: Status, words: str, *, url: str = "", since: datetime | None = None
) -> Evidence:
    place = url or workflow.html_url or repo.html_url
    return finding("workflow", repo.full_name, _name(workflow), status, words, key=workflow.id, url=place, since=since)


def _name(workflow: Workflow) -> str:
    return workflow.name or workflow.path.rpartition("/")[2] or f"workflow {workflow.id}"


def _token(ends: str, now: datetime) -> tuple[Status, str]:
    """A person's token tells its end with each answer; an App's and one without an end do not."""
    if not ends:
        return Status.OK, ""
    at = _read(ends)
    if at is None:
        return Status.UNKNOWN, "when the token ends cannot be read"
    left = at - now
    status = Status.FAIL if left < timedelta(days=3) else Status.WARN if left <= timedelta(days=14) else Status.OK
    return status, f"the token ends on {at:%d %b %Y}" + ("" if status is Status.OK else ": renew GITHUB_TOKEN")


def _read(text: str) -> datetime | None:
    tries: Sequence[Callable[[], datetime]] = (
        lambda: datetime.strptime(text.replace("UTC", "+0000"), "%Y-%m-%d %H:%M:%S %z"),
        lambda: datetime.fromisoformat(text),
    )
    for one in tries:
        try:
            at = one()
        except ValueError:
            continue
        if at.tzinfo is not None:
            return at
    return None
