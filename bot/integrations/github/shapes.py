"""What GitHub's REST API answers and what its webhook sends, as far as we read it."""

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field

UNDER_WAY: Final = ("queued", "in_progress", "waiting", "requested", "pending")


def _real(moment: datetime) -> datetime:
    if not 1970 <= moment.year < 9000:
        raise ValueError("no date")
    return moment.astimezone(UTC)


Text = Annotated[str, BeforeValidator(lambda given: "" if given is None else given)]
Moment = Annotated[AwareDatetime, AfterValidator(_real)]
Count = Annotated[int, Field(ge=0)]


class Account(BaseModel):
    login: Text = ""


class Named(BaseModel):
    full_name: Text = ""


class Repository(BaseModel):
    full_name: str = Field(min_length=3)
    default_branch: str = Field(min_length=1)
    html_url: Text = ""
    archived: bool | None = None
    disabled: bool | None = None


class Workflow(BaseModel):
    id: int
    name: Text = ""
    path: Text = ""
    state: str
    html_url: Text = ""


class WorkflowPage(BaseModel):
    total_count: Count
    workflows: list[Workflow]


class Run(BaseModel):
    """`status` is null in old rows; `conclusion` until the end. `run_started_at` begins anew on a re-run."""

    id: int
    name: Text = ""
    display_title: Text = ""
    path: Text = ""
    event: Text = ""
    status: Text = ""
    conclusion: Text = ""
    head_branch: Text = ""
    head_sha: Text = ""
    html_url: Text = ""
    created_at: Moment
    updated_at: Moment | None = None
    run_started_at: Moment | None = None
    actor: Account | None = None
    triggering_actor: Account | None = None
    head_repository: Named | None = None

    @property
    def began(self) -> datetime:
        return self.run_started_at or self.created_at

    @property
    def title(self) -> str:
        return self.name or self.path.rpartition("/")[2] or self.display_title or "A workflow without a name"

    @property
    def of_a_request(self) -> bool:
        return self.event.startswith("pull_request")

    def is_of(self, repo: str) -> bool:
        """Not of a pull request: a fork's branch may bear the name of ours."""
        theirs = self.head_repository.full_name if self.head_repository else ""
        return not self.of_a_request and theirs.casefold() in ("", repo.casefold())


class RunPage(BaseModel):
    total_count: Count
    workflow_runs: list[Run]


class Environment(BaseModel):
    id: int
    name: str = Field(min_length=1)


class EnvironmentPage(BaseModel):
    """Both may be left out, says the description; without the list we do not know that there are none."""

    total_count: Count | None = None
    environments: list[Environment]


class Deployment(BaseModel):
    id: int
    sha: Text = ""
    ref: Text = ""
    task: Text = ""
    environment: Text = ""
    description: Text = ""
    created_at: Moment
    updated_at: Moment | None = None
    creator: Account | None = None
    transient_environment: bool | None = None


class DeploymentStatus(BaseModel):
    id: int
    state: str
    created_at: Moment
    updated_at: Moment | None = None
    target_url: Text = ""
    log_url: Text = ""
    environment: Text = ""


class Budget(BaseModel):
    limit: Count
    remaining: Count


class Resources(BaseModel):
    core: Budget


class Limits(BaseModel):
    resources: Resources


class Waiting(BaseModel):
    """An environment for which a run waits. `current_user_can_approve` is never true for an App."""

    class Place(BaseModel):
        id: int | None = None
        name: Text = ""

    environment: Place
    current_user_can_approve: bool | None = None


class Review(BaseModel):
    state: Text = ""
    comment: Text = ""


class Grant(BaseModel):
    """A fine-grained token of a person that may reach the organisation."""

    id: int
    owner: Account | None = None
    token_name: Text = ""
    token_expired: bool
    token_expires_at: Moment | None = None
    token_last_used_at: Moment | None = None
    access_granted_at: Moment


class DeployKey(BaseModel):
    id: int
    title: Text = ""
    created_at: Moment
    read_only: bool = True
    last_used: Moment | None = None
    enabled: bool | None = None


class Member(BaseModel):
    login: str = Field(min_length=1)


class HookRepository(Named):
    full_name: str = Field(min_length=3)
    default_branch: Text = ""
    html_url: Text = ""


class RunNotice(BaseModel):
    repository: HookRepository
    workflow_run: Run


class DeploymentNotice(BaseModel):
    """`deployment_status` is missing where the deployment was only created."""

    repository: HookRepository
    deployment: Deployment
    deployment_status: DeploymentStatus | None = None
