"""The parts of HCP Terraform's answers and notices that we read. https://developer.hashicorp.com/terraform/cloud-docs/api-docs"""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

T = TypeVar("T")


def _filled(empty: Any) -> BeforeValidator:
    """Fields without a value may be null as well as missing. Any: whatever the field holds."""
    return BeforeValidator(lambda given: empty if given is None else given)


def _moment_or_none(given: object) -> object:
    """An empty or never-written time is none."""
    return None if given in ("", "0001-01-01T00:00:00Z") else given


Text = Annotated[str, _filled("")]
Moment = Annotated[AwareDatetime | None, BeforeValidator(_moment_or_none)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Named(_Part):
    """What a relationship points to."""

    id: str = Field(min_length=1)


class Relation(_Part):
    """`data` is null where there is nothing; a relationship may also give only a link."""

    data: Named | None = None


class Actions(_Part):
    cancelable: Annotated[bool, _filled(empty=False)] = Field(False, alias="is-cancelable")
    confirmable: Annotated[bool, _filled(empty=False)] = Field(False, alias="is-confirmable")
    discardable: Annotated[bool, _filled(empty=False)] = Field(False, alias="is-discardable")


class RunFacts(_Part):
    status: Text = ""
    message: Text = ""
    created: Moment = Field(None, alias="created-at")
    plan_only: Annotated[bool, _filled(empty=False)] = Field(False, alias="plan-only")
    refresh_only: Annotated[bool, _filled(empty=False)] = Field(False, alias="refresh-only")
    is_destroy: Annotated[bool, _filled(empty=False)] = Field(False, alias="is-destroy")
    auto_apply: Annotated[bool, _filled(empty=False)] = Field(False, alias="auto-apply")
    # A map of states to moments; one in a form of its own is no reason to know nothing of the run.
    stamps: Annotated[dict[str, Any], _filled({})] = Field(default_factory=dict, alias="status-timestamps")
    actions: Actions | None = None


class RunRelations(_Part):
    workspace: Annotated[Relation, _filled({})] = Relation()
    created_by: Annotated[Relation, _filled({})] = Field(Relation(), alias="created-by")


class Run(_Part):
    id: str = Field(min_length=1)
    facts: RunFacts = Field(alias="attributes")
    relations: RunRelations | None = Field(None, alias="relationships")

    @property
    def workspace(self) -> str | None:
        """The id of its workspace."""
        pointer = self.relations.workspace.data if self.relations is not None else None
        return pointer.id if pointer is not None else None

    @property
    def author(self) -> str | None:
        """The id of who began it."""
        pointer = self.relations.created_by.data if self.relations is not None else None
        return pointer.id if pointer is not None else None

    @property
    def changed_at(self) -> datetime | None:
        """When it came into its present state, as far as it tells."""
        told = [moment for given in self.facts.stamps.values() if (moment := moment_of(given)) is not None]
        return max(told, default=self.facts.created)


class WorkspaceFacts(_Part):
    name: str = Field(min_length=1)
    locked: Annotated[bool, _filled(empty=False)] = False
    assessed: Annotated[bool, _filled(empty=False)] = Field(False, alias="assessments-enabled")


class WorkspaceRelations(_Part):
    current_run: Relation | None = Field(None, alias="current-run")
    assessment: Relation | None = Field(None, alias="current-assessment-result")


class Workspace(_Part):
    id: str = Field(min_length=1)
    facts: WorkspaceFacts = Field(alias="attributes")
    relations: WorkspaceRelations | None = Field(None, alias="relationships")

    @property
    def name(self) -> str:
        return self.facts.name

    @property
    def current_run(self) -> str | None:
        pointer = self.relations.current_run if self.relations is not None else None
        return pointer.data.id if pointer is not None and pointer.data is not None else None

    @property
    def assessment(self) -> Relation | None:
        """Where its newest assessment is; None where that is not told, which is not the same as nowhere."""
        return self.relations.assessment if self.relations is not None else None


class AssessmentFacts(_Part):
    """None where it is not told: that is neither yes nor no."""

    drifted: bool | None = None
    succeeded: bool | None = None
    error: Text = Field("", alias="error-msg")
    created: Moment = Field(None, alias="created-at")
    resources_drifted: int | None = Field(None, alias="resources-drifted")
    checks_failed: int | None = Field(None, alias="checks-failed")
    checks_errored: int | None = Field(None, alias="checks-errored")
    all_checks_succeeded: bool | None = Field(None, alias="all-checks-succeeded")


class Assessment(_Part):
    id: str = Field(min_length=1)
    facts: AssessmentFacts = Field(alias="attributes")


class Other(_Part):
    """A resource that came along: its kind, and its names."""

    id: str = ""
    type: Text = ""
    attributes: Annotated[dict[str, Any], _filled({})] = Field(default_factory=dict)  # read by its type


class Paging(_Part):
    current: int | None = Field(None, alias="current-page")
    next: int | None = Field(None, alias="next-page")
    pages: int | None = Field(None, alias="total-pages")
    total: int | None = Field(None, alias="total-count")


class Meta(_Part):
    pagination: Paging


class RunPage(_Part):
    data: list[Run]
    included: Annotated[list[Other], _filled([])] = Field(default_factory=list)
    meta: Meta


class WorkspacePage(_Part):
    data: list[Workspace]
    included: Annotated[list[Any], _filled([])] = Field(default_factory=list)  # runs, and what we did not ask for
    meta: Meta


class OneRun(_Part):
    data: Run


class OneAssessment(_Part):
    data: Assessment


class Notification(_Part):
    trigger: Text = ""
    run_status: Text = ""
    run_updated_at: Moment = None
    run_updated_by: Text = ""


class Notice(_Part):
    """A run's notice has `run_id` and `notifications`; an assessment's has a `trigger_scope`; a test has neither."""

    run_id: Annotated[Text, Field(max_length=200)] = ""
    run_url: Text = ""
    run_message: Text = ""
    run_created_at: Moment = None
    run_created_by: Text = ""
    workspace_name: Text = ""
    organization_name: Text = ""
    trigger_scope: Text = ""
    notifications: Annotated[list[Notification], _filled([])] = Field(default_factory=list)


def moment_of(given: object) -> datetime | None:
    """A time as they write it; None for what is none."""
    if not isinstance(given, str):
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None and 1 < moment.year < 9999 else None
