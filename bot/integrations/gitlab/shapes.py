"""What GitLab's REST API answers and what its webhooks send, as far as we read it."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field

UNDER_WAY: Final = (
    "created",
    "waiting_for_resource",
    "preparing",
    "waiting_for_callback",
    "pending",
    "running",
    "canceling",
    "scheduled",
)
OF_REQUESTS: Final = ("merge_request_event", "external_pull_request_event", "parent_pipeline")
"""Sources of pipelines that say nothing of the branch itself."""
OF_A_TOKEN: Final = re.compile(r"(project|group)_\d+_bot")
"""How the users of access tokens are called; people may call themselves so too."""
_ODD: Final = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,9})?) ?(UTC|[+-]\d\d:?\d\d)")


def _plain(given: object) -> object:
    """Webhooks write `2026-03-02 01:00:03 UTC`, or an offset after a blank."""
    found = _ODD.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        return given
    offset = found[3].replace(":", "")
    zone = "Z" if offset == "UTC" else f"{offset[:3]}:{offset[3:]}"
    return f"{found[1]}T{found[2]}{zone}"


def _real(moment: datetime) -> datetime:
    if not 1970 <= moment.year < 9000:
        raise ValueError("no date")
    return moment.astimezone(UTC)


def _day(given: object) -> object:
    """Some versions write a day with a time behind it."""
    return given[:10] if isinstance(given, str) and given[10:11] == "T" else given


Text = Annotated[str, BeforeValidator(lambda given: "" if given is None else given)]
Day = Annotated[date, BeforeValidator(_day)]
Moment = Annotated[AwareDatetime, BeforeValidator(_plain), AfterValidator(_real)]


class User(BaseModel):
    username: Text = ""


class Project(BaseModel):
    """`default_branch` is null while there is no commit."""

    id: int
    path_with_namespace: str = Field(min_length=1)
    default_branch: Text = ""
    web_url: Text = ""
    archived: bool | None = None


class Pipeline(BaseModel):
    """In a list without user and times of its own; asked for alone with them."""

    id: int
    status: str
    source: Text = ""
    ref: Text = ""
    sha: Text = ""
    name: Text = ""
    web_url: Text = ""
    created_at: Moment
    updated_at: Moment | None = None
    finished_at: Moment | None = None
    tag: bool | None = None
    user: User | None = None


class LastPipeline(BaseModel):
    id: int
    status: Text = ""
    web_url: Text = ""


class Schedule(BaseModel):
    id: int
    description: Text = ""
    ref: Text = ""
    active: bool
    next_run_at: Moment | None = None


class ScheduleInFull(Schedule):
    """`last_pipeline` is in no list; null means that it never ran."""

    last_pipeline: LastPipeline | None = Field(...)


class Job(BaseModel):
    id: int
    name: Text = ""
    status: str
    created_at: Moment
    queued_duration: float | None = None
    allow_failure: bool | None = None
    web_url: Text = ""


class Environment(BaseModel):
    id: int
    name: str = Field(min_length=1)
    tier: Text = ""

    @property
    def of_reviews(self) -> bool:
        return is_of_reviews(self.name, self.tier)


class Place(BaseModel):
    name: Text = ""


class Deployable(BaseModel):
    """The job that deploys; a deployment that was made by the API has none."""

    id: int
    name: Text = ""
    web_url: Text = ""


class Approval(BaseModel):
    status: Text = ""
    comment: Text = ""


class Deployment(BaseModel):
    id: int
    status: str
    ref: Text = ""
    sha: Text = ""
    created_at: Moment
    updated_at: Moment | None = None
    user: User | None = None
    environment: Place | None = None
    deployable: Deployable | None = None
    approvals: list[Approval] | None = None


class Token(BaseModel):
    """An access token. `expires_at` is a day; null where it has no end."""

    id: int
    user_id: int | None = None
    name: Text = ""
    active: bool | None = None
    revoked: bool | None = None
    expires_at: Day | None = None
    last_used_at: Moment | None = None
    created_at: Moment | None = None


class Group(BaseModel):
    id: int
    full_path: str = Field(min_length=1)
    web_url: Text = ""
    require_two_factor_authentication: bool | None = None


class Member(BaseModel):
    id: int
    username: str = Field(min_length=1)
    access_level: int
    expires_at: Day | None = None


class Account(BaseModel):
    """Only an administrator sees `two_factor_enabled`."""

    id: int
    bot: bool | None = None
    two_factor_enabled: bool | None = None


class DeployKey(BaseModel):
    id: int
    title: Text = ""
    created_at: Moment | None = None
    expires_at: Day | None = None
    can_push: bool | None = None


class HookProject(BaseModel):
    id: int
    path_with_namespace: str = Field(min_length=1)
    default_branch: Text = ""
    web_url: Text = ""


class HookJob(BaseModel):
    started_at: Moment | None = None
    finished_at: Moment | None = None


class HookPipeline(BaseModel):
    id: int
    ref: Text = ""
    sha: Text = ""
    tag: bool | None = None
    source: Text = ""
    status: str
    name: Text = ""
    url: Text = ""
    created_at: Moment
    finished_at: Moment | None = None


class PipelineNotice(BaseModel):
    object_attributes: HookPipeline
    project: HookProject
    user: User | None = None
    builds: list[HookJob] | None = None


class DeploymentNotice(BaseModel):
    deployment_id: int
    status: str
    status_changed_at: Moment
    environment: Text = ""
    environment_tier: Text = ""
    deployable_url: Text = ""
    ref: Text = ""
    short_sha: Text = ""
    project: HookProject
    user: User | None = None


def is_of_reviews(environment: str, tier: str) -> bool:
    """Review apps: one for each merge request, made and thrown away."""
    return environment.startswith("review/") or (tier == "development" and "/" in environment)


def kind_of(given: Mapping[str, Any]) -> str:
    """Which notice it is. Any: whatever JSON can hold."""
    kind = given.get("object_kind")
    return kind if isinstance(kind, str) else ""
