"""GitLab's pipelines and deployments as changes of our own: the same whether a webhook or a look tells of them."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bot.domain.change import Change, ChangeKind, ChangeReported, Result
from bot.integrations.findings import link
from bot.integrations.gitlab.shapes import (
    OF_REQUESTS,
    UNDER_WAY,
    Deployment,
    DeploymentNotice,
    Pipeline,
    PipelineNotice,
    Project,
)

SOURCE: Final = "gitlab"
_VERSION: Final = re.compile(r"v?\d+(\.\d+){1,3}([-+.][\w.]{1,40})?")
_BEGUN_BY_HAND: Final = ("web", "api", "trigger", "schedule", "chat", "pipeline")
"""Sources of pipelines that change something outside whatever branch they run on."""
_ENDED: Final[Mapping[str, Result]] = {
    "success": Result.SUCCEEDED,
    "failed": Result.FAILED,
    "canceled": Result.CANCELLED,
    "skipped": Result.CANCELLED,
}
_GOING_ON: Final = (*UNDER_WAY, "manual", "blocked")


def is_change(source: str, ref: str, branch: str, *, tag: bool = False) -> bool:
    """Whether it can have changed something: on the default branch or a tag, or begun by hand or on a schedule."""
    if source in OF_REQUESTS:
        return False
    return tag or (ref == branch != "") or source in _BEGUN_BY_HAND or bool(_VERSION.fullmatch(ref))


def of_pipeline(one: Pipeline, project: Project) -> Change:
    return Change(
        source=SOURCE,
        id=f"pipeline:{project.id}:{one.id}",
        kind=ChangeKind.PIPELINE,
        title=_title(one.name, one.ref),
        places=(project.path_with_namespace,),
        started_at=one.created_at,
        result=_result(one.status),
        ended_at=(one.finished_at or one.updated_at or one.created_at) if one.status in _ENDED else None,
        version=_version(one.ref, one.sha),
        by=(one.user.username if one.user else "") or None,
        url=link(one.web_url),
    )


def told_of_pipeline(notice: PipelineNotice) -> ChangeReported:
    """The notice has no time of its own: the latest of all times in it orders what is told."""
    one, project = notice.object_attributes, notice.project
    url = one.url or (f"{project.web_url}/-/pipelines/{one.id}" if project.web_url else "")
    jobs = [at for job in notice.builds or () for at in (job.started_at, job.finished_at) if at]
    at = max([one.created_at, *([one.finished_at] if one.finished_at else []), *jobs])
    change = Change(
        source=SOURCE,
        id=f"pipeline:{project.id}:{one.id}",
        kind=ChangeKind.PIPELINE,
        title=_title(one.name, one.ref),
        places=(project.path_with_namespace,),
        started_at=one.created_at,
        result=_result(one.status),
        ended_at=(one.finished_at or at) if one.status in _ENDED else None,
        version=one.ref if one.tag else _version(one.ref, one.sha),
        by=(notice.user.username if notice.user else "") or None,
        url=link(url),
    )
    return ChangeReported(change=change, at=at)


def of_deployment(one: Deployment, project: Project) -> Change:
    where = one.environment.name if one.environment else ""
    job = one.deployable.web_url if one.deployable else ""
    return _deployment(
        project.id,
        one.id,
        project.path_with_namespace,
        where,
        status=one.status,
        started_at=one.created_at,
        changed_at=one.updated_at or one.created_at,
        version=_version(one.ref, one.sha),
        by=one.user.username if one.user else "",
        url=link(job) or link(f"{project.web_url}/-/environments"),
    )


def told_of_deployment(notice: DeploymentNotice) -> ChangeReported:
    """When it began is not told; its first notice is of its beginning."""
    project = notice.project
    change = _deployment(
        project.id,
        notice.deployment_id,
        project.path_with_namespace,
        notice.environment,
        status=notice.status,
        started_at=notice.status_changed_at,
        changed_at=notice.status_changed_at,
        version=_version(notice.ref, notice.short_sha),
        by=notice.user.username if notice.user else "",
        url=link(notice.deployable_url) or link(f"{project.web_url}/-/environments"),
    )
    return ChangeReported(change=change, at=notice.status_changed_at)


def _deployment(
    project: int,
    number: int,
    path: str,
    environment: str,
    *,
    status: str,
    started_at: datetime,
    changed_at: datetime,
    version: str | None,
    by: str,
    url: str | None,
) -> Change:
    return Change(
        source=SOURCE,
        id=f"deployment:{project}:{number}",
        kind=ChangeKind.DEPLOYMENT,
        title=f"Deployment to {environment}" if environment else "Deployment",
        places=(path,),
        started_at=started_at,
        result=_result(status),
        ended_at=changed_at if status in _ENDED else None,
        version=version,
        environment=environment or None,
        by=by or None,
        url=url,
    )


def _result(status: str) -> Result:
    return _ENDED.get(status) or (Result.RUNNING if status in _GOING_ON else Result.UNKNOWN)


def _title(name: str, ref: str) -> str:
    return name or (f"Pipeline on {ref}" if ref else "Pipeline")


def _version(ref: str, sha: str) -> str | None:
    return (ref if _VERSION.fullmatch(ref) else sha[:8]) or None
