"""What New Relic says, as far as we read it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field


def _moment(given: object) -> object:
    """Milliseconds since 1970, as a number or as text; an empty one is none."""
    if given in (None, "", 0, "0", "null"):
        return None
    if isinstance(given, str):
        given = int(given) if given.strip().isascii() and given.strip().isdigit() else given
    if not isinstance(given, int | float) or isinstance(given, bool) or not 0 < given < 100_000_000_000_000:
        raise ValueError("no date")
    return datetime.fromtimestamp(given / 1_000, UTC)


def _words(given: object) -> object:
    """A text, a list of texts, or nothing, as a list."""
    if given is None or given == "":
        return []
    if isinstance(given, list):
        return [str(one) for one in given if isinstance(one, str | int) and str(one)]
    return [str(given)] if isinstance(given, str | int) else given


Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Text = Annotated[str, BeforeValidator(lambda given: "" if given is None else given)]
Words = Annotated[list[str], BeforeValidator(_words)]
"""What may be one text or a list of them."""


class Extensions(BaseModel):
    kind: Text = Field("", alias="errorClass")


class Fault(BaseModel):
    """An error of GraphQL, which comes with 200."""

    message: Text = ""
    extensions: Extensions | None = None

    @property
    def kind(self) -> str:
        return self.extensions.kind.upper() if self.extensions is not None else ""


class Envelope(BaseModel):
    """`data` may be there in part, beside errors."""

    data: dict[str, Any] | None = None  # read as what was asked for, once the errors are known
    errors: Annotated[list[Fault], BeforeValidator(lambda given: [] if given is None else given)] = []


class Issue(BaseModel):
    id: str = Field(min_length=1, alias="issueId")
    title: Words = []
    priority: Text = ""
    state: Text = ""
    acknowledged: Moment = Field(None, alias="acknowledgedAt")
    activated: Moment = Field(None, alias="activatedAt")
    created: Moment = Field(None, alias="createdAt")
    entities: Words = Field([], alias="entityNames")
    incidents: int | None = Field(None, alias="totalIncidents")


class IssuePage(BaseModel):
    """How many there are is not told, so that whether there are more has to be."""

    issues: list[Issue]
    cursor: Text = Field(alias="nextCursor")


class AiIssues(BaseModel):
    issues: IssuePage | None = None


class IssuesAccount(BaseModel):
    ai: AiIssues | None = Field(None, alias="aiIssues")


class IssuesActor(BaseModel):
    account: IssuesAccount | None


class IssuesData(BaseModel):
    actor: IssuesActor


class Entity(BaseModel):
    guid: str = Field(min_length=1)
    name: Text = ""
    severity: Text = Field("", alias="alertSeverity")
    reporting: bool | None = None
    permalink: Text = ""


class EntityPage(BaseModel):
    entities: list[Entity]
    cursor: Text = Field("", alias="nextCursor")


class EntitySearch(BaseModel):
    count: Annotated[int, Field(ge=0)]
    results: EntityPage


class EntityCount(BaseModel):
    count: Annotated[int, Field(ge=0)]


class EntitiesActor(BaseModel):
    search: EntitySearch | None = Field(alias="entitySearch")
    every: EntityCount | None = None


class EntitiesData(BaseModel):
    actor: EntitiesActor


class User(BaseModel):
    email: Text = ""


class Account(BaseModel):
    name: Text = ""


class WhoActor(BaseModel):
    user: User | None
    account: Account | None


class WhoData(BaseModel):
    actor: WhoActor


class Notice(BaseModel):
    """Our template, New Relic's own one, or that of the channels before workflows."""

    source: Literal["newrelic"] = "newrelic"
    id: Annotated[str, BeforeValidator(lambda given: str(given) if isinstance(given, int) else given)] = Field(
        min_length=1, max_length=200, validation_alias=AliasChoices("id", "issueId", "incident_id")
    )
    url: Text = Field("", validation_alias=AliasChoices("url", "issueUrl", "issuePageUrl", "incident_url"))
    title: Words = Field([], validation_alias=AliasChoices("title", "issueTitle", "details"))
    priority: Text = Field("", validation_alias=AliasChoices("priority", "severity"))
    state: str = Field(validation_alias=AliasChoices("state", "current_state"))
    trigger: Words = Field([], validation_alias=AliasChoices("trigger", "triggerEvent", "event_type"))
    created: Moment = Field(None, validation_alias=AliasChoices("created_ms", "createdAt"))
    updated: Moment = Field(None, validation_alias=AliasChoices("updated_ms", "updatedAt", "timestamp"))
    policies: Words = Field([], validation_alias=AliasChoices("policy", "alertPolicyNames", "policy_name"))
    conditions: Words = Field([], validation_alias=AliasChoices("condition", "alertConditionNames", "condition_name"))
    entities: Words = Field([], validation_alias=AliasChoices("entities", "impactedEntities"))
    workflow: Words = Field([], validation_alias=AliasChoices("workflow", "workflowName"))
    account: Words = Field([], validation_alias=AliasChoices("account", "nrAccountId", "account_id"))

    @property
    def told(self) -> Sequence[tuple[str, Sequence[str]]]:
        """What becomes labels."""
        return (
            ("policy", self.policies),
            ("condition", self.conditions),
            ("entity", self.entities),
            ("workflow", self.workflow),
            ("account", self.account),
        )
