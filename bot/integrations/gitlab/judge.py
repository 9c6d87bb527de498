"""How pipelines, schedules, queues, deployments and our own token are judged."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.check import Answer, Evidence, Status
from bot.integrations.findings import Old, lasting, link
from bot.integrations.foreign import shown
from bot.integrations.gitlab.shapes import UNDER_WAY, Deployment, Job, Pipeline, Project, ScheduleInFull, Token
from bot.integrations.labels import key_of

_RAN: Final[Mapping[str, Status]] = {
    "success": Status.OK,
    "failed": Status.FAIL,
    **dict.fromkeys(("manual", "canceled", "skipped", *UNDER_WAY), Status.WARN),
}
_DEPLOYED: Final[Mapping[str, Status]] = {
    "success": Status.OK,
    "failed": Status.FAIL,
    **dict.fromkeys(("running", "blocked", "created", "canceled", "skipped"), Status.WARN),
}
_WORDS: Final = {"manual": "waits for somebody to start its next job", "blocked": "waits for an approval"}
_OVERDUE: Final = timedelta(hours=1)


def finding(
    kind: str,
    project: str,
    name: str,
    status: Status,
    detail: str,
    *,
    key: object = "",
    url: str = "",
    since: datetime | None = None,
) -> Evidence:
    """About something in a project, or (no name) about itself. `key` tells namesakes apart."""
    return Evidence(
        key=key_of(kind, {"project": project, "name": str(key or name)}),
        title=shown(f"{project}: {name}" if name else project) or "A project without a name",
        status=status,
        url=link(url),
        since=since,
        detail=shown(detail),
    )


def project(named: str, found: Project) -> Sequence[Evidence]:
    """What is odd about the project itself: its new place, or that nothing runs in it any more."""
    odd = []
    if not named.isdigit() and named.casefold() != found.path_with_namespace.casefold():
        odd.append(f"it is at {found.path_with_namespace} now; write that in the settings")
    if found.archived:
        odd.append("it is archived, so nothing runs in it")
    return [finding("project", named, "", Status.WARN, "; ".join(odd), url=found.web_url)] if odd else []


def pipeline(of: Project, found: Sequence[Pipeline], now: datetime, oldest: timedelta) -> Evidence:
    """The newest of the default branch; good news of long ago is none."""
    path, branch = of.path_with_namespace, of.default_branch
    if not branch:
        return finding("pipeline", path, "", Status.UNKNOWN, "it has no default branch, so nothing was ever built")
    if not found:
        words = f"no pipeline ever ran on {branch}, so nothing says that it works"
        return finding("pipeline", path, branch, Status.UNKNOWN, words, key="newest", url=of.web_url)
    one = max(found, key=lambda each: each.id)
    status, words = _state(one.status, _RAN)
    age = now - one.created_at
    if status is Status.OK and age >= oldest:
        status, words = Status.WARN, f"{words}, but that was {age.days} days ago"
    return finding("pipeline", path, branch, status, words, key="newest", url=one.web_url, since=one.created_at)


def schedule(of: Project, one: ScheduleInFull, now: datetime) -> Evidence:
    name = one.description or f"schedule {one.id}"
    last = one.last_pipeline
    url = (last.web_url if last else "") or (f"{of.web_url}/-/pipeline_schedules" if of.web_url else "")
    status, words = _scheduled(one, now)
    return finding("schedule", of.path_with_namespace, name, status, words, key=one.id, url=url)


def waiting(of: Project, one: Deployment, now: datetime, old: Old) -> Evidence | None:
    """A deployment that waits for an approval; None for one that does not (any more)."""
    if one.status != "blocked":
        return None
    age = now - one.created_at
    name = one.environment.name if one.environment else ""
    words = f"{_version(one)} waits for an approval for {lasting(age)}"
    return finding(
        "blocked",
        of.path_with_namespace,
        name,
        old.of(age),
        words,
        key=one.id,
        url=_page(of, one),
        since=one.created_at,
    )


def queued(of: Project, one: Job, states: Sequence[str], now: datetime, old: Old) -> Evidence | None:
    """A job that no runner takes. How long is told by GitLab; its creation may be long before that."""
    if one.status not in states:
        return None
    known = one.queued_duration is not None and 0 <= one.queued_duration < 1e9
    age = timedelta(seconds=one.queued_duration or 0) if known else now - one.created_at
    words = f"{one.status.replace('_', ' ')} for {lasting(age)}"
    return finding(
        "job", of.path_with_namespace, one.name, old.of(age), words, key=one.id, url=one.web_url, since=one.created_at
    )


def deployed(of: Project, environment: str, one: Deployment | None) -> Evidence:
    if one is None:
        words = "nothing was ever deployed there"
        return finding("environment", of.path_with_namespace, environment, Status.UNKNOWN, words, url=of.web_url)
    status, words = _state(one.status, _DEPLOYED)
    return finding(
        "environment",
        of.path_with_namespace,
        environment,
        status,
        f"{_version(one)}: {words}",
        url=_page(of, one),
        since=one.updated_at or one.created_at,
    )


def token(one: Token, now: datetime) -> Answer:
    """Our own token: none but an administrator's may be without an end."""
    if one.revoked or one.active is False:
        return Answer(status=Status.FAIL, summary="The token is not valid any more: renew GITLAB_TOKEN")
    if one.expires_at is None:
        return Answer(status=Status.WARN, summary="The token has no end: put one with an end into GITLAB_TOKEN")
    left = (one.expires_at - now.date()).days
    status = Status.FAIL if left < 3 else Status.WARN if left <= 14 else Status.OK
    renew = "" if status is Status.OK else ": renew GITLAB_TOKEN"
    return Answer(status=status, summary=f"The token ends on {one.expires_at:%d %b %Y}{renew}")


def _scheduled(one: ScheduleInFull, now: datetime) -> tuple[Status, str]:
    if not one.active:
        return Status.WARN, "switched off"
    status, words = _state(one.last_pipeline.status, _RAN) if one.last_pipeline else (Status.WARN, "it never ran")
    if one.next_run_at is None:
        late = "it has no next run"
    elif now - one.next_run_at >= _OVERDUE:
        late = f"its next run was due {lasting(now - one.next_run_at)} ago"
    else:
        return status, words
    return (Status.WARN if status is Status.OK else status), f"{words}; {late}"


def _state(state: str, known: Mapping[str, Status]) -> tuple[Status, str]:
    status = known.get(state)
    if status is None:
        return Status.UNKNOWN, f"in the state {shown(state, limit=40) or 'without a name'}, which we do not know"
    return status, _WORDS.get(state, state.replace("_", " "))


def _version(one: Deployment) -> str:
    return one.ref or one.sha[:8] or f"deployment {one.id}"


def _page(of: Project, one: Deployment) -> str:
    job = one.deployable.web_url if one.deployable else ""
    return link(job) or (f"{of.web_url}/-/environments" if of.web_url else "")
