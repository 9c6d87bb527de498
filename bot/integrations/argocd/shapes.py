"""What Argo CD's API answers and its notifications say, as far as we read it. Go leaves out or nulls what is empty."""

from datetime import UTC, datetime
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field

T = TypeVar("T")
Listed = Annotated[list[T], BeforeValidator(lambda given: [] if given is None else given)]
Text = Annotated[str, BeforeValidator(lambda given: "" if given is None else given)]


def _in_utc(moment: datetime) -> datetime | None:
    """At the edges of time, where Go writes "never", there is none."""
    return None if moment.year <= 1 or moment.year >= 9999 else moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)] | None
UNSET: Final = ("", "null", "<no value>")
"""What a template makes of something that is not there."""
GivenMoment = Annotated[Moment, BeforeValidator(lambda given: None if given in UNSET else given)]
GivenText = Annotated[Text, AfterValidator(lambda given: "" if given in UNSET else given)]


class Named(BaseModel):
    name: str
    namespace: Text = ""
    created: Moment = Field(None, alias="creationTimestamp")


class Automated(BaseModel):
    """There and empty it is on; since 3.1 it can be there and off."""

    enabled: bool | None = None


class SyncPolicy(BaseModel):
    automated: Automated | None = None


class Source(BaseModel):
    repository: Text = Field("", alias="repoURL")


class Destination(BaseModel):
    name: Text = ""
    namespace: Text = ""


class Spec(BaseModel):
    project: Text = ""
    policy: SyncPolicy | None = Field(None, alias="syncPolicy")
    source: Source | None = None
    sources: Listed[Source] = []
    destination: Destination | None = None
    history_limit: int | None = Field(None, alias="revisionHistoryLimit")


class Health(BaseModel):
    status: Text = ""
    message: Text = ""
    since: Moment = Field(None, alias="lastTransitionTime")


class Sync(BaseModel):
    status: Text = ""
    revision: Text = ""
    revisions: Listed[str] = []


class Initiator(BaseModel):
    username: Text = ""
    automated: bool | None = None


class SyncAsked(BaseModel):
    dry_run: bool | None = Field(None, alias="dryRun")


class Asked(BaseModel):
    by: Initiator | None = Field(None, alias="initiatedBy")
    sync: SyncAsked | None = None


class SyncDone(BaseModel):
    revision: Text = ""
    revisions: Listed[str] = []


class Operation(BaseModel):
    phase: Text = ""
    message: Text = ""
    started: Moment = Field(None, alias="startedAt")
    finished: Moment = Field(None, alias="finishedAt")
    asked: Asked | None = Field(None, alias="operation")
    result: SyncDone | None = Field(None, alias="syncResult")


class Condition(BaseModel):
    type: str
    message: Text = ""
    since: Moment = Field(None, alias="lastTransitionTime")


class Deployed(BaseModel):
    """One line of an application's history: a sync that succeeded."""

    revision: Text = ""
    revisions: Listed[str] = []
    started: Moment = Field(None, alias="deployStartedAt")
    at: Moment = Field(None, alias="deployedAt")
    by: Initiator | None = Field(None, alias="initiatedBy")


class State(BaseModel):
    health: Health | None = None
    sync: Sync | None = None
    operation: Operation | None = Field(None, alias="operationState")
    conditions: Listed[Condition] = []
    history: Listed[Deployed] = []
    compared: Moment = Field(None, alias="reconciledAt")


class App(BaseModel):
    metadata: Named
    spec: Spec = Spec.model_validate({})
    state: State | None = Field(None, alias="status")

    @property
    def key(self) -> str:
        """As Argo CD names it in its rights: with its namespace, since others may have the same name."""
        return f"{self.metadata.namespace}/{self.metadata.name}" if self.metadata.namespace else self.metadata.name

    @property
    def health(self) -> Health:
        return (self.state and self.state.health) or Health.model_validate({})

    @property
    def sync(self) -> str:
        return self.state.sync.status if self.state and self.state.sync else ""

    @property
    def operation(self) -> Operation | None:
        return self.state.operation if self.state else None

    @property
    def syncs_itself(self) -> bool:
        automated = self.spec.policy.automated if self.spec.policy else None
        return automated is not None and automated.enabled is not False


class Apps(BaseModel):
    items: Listed[App]


class Window(BaseModel):
    """Whether the sync windows let it be synced now."""

    can_sync: bool | None = Field(None, alias="canSync")


class Connection(BaseModel):
    status: Text = ""
    message: Text = ""
    tried: Moment = Field(None, alias="attemptedAt")


class Info(BaseModel):
    connection: Connection | None = Field(None, alias="connectionState")


class Cluster(BaseModel):
    """The state stands under `info`; older versions have it at the top alone, newer ones still repeat it there."""

    name: Text = ""
    server: Text = ""
    connection: Connection | None = Field(None, alias="connectionState")
    info: Info | None = None

    @property
    def states(self) -> list[Connection]:
        told = [self.connection, self.info.connection if self.info else None]
        return [one for one in told if one is not None and one.status]


class Clusters(BaseModel):
    items: Listed[Cluster]


class Repository(BaseModel):
    repo: Text = ""
    connection: Connection | None = Field(None, alias="connectionState")

    @property
    def states(self) -> list[Connection]:
        return [self.connection] if self.connection is not None and self.connection.status else []


class Repositories(BaseModel):
    items: Listed[Repository]


class Allowed(BaseModel):
    value: str


class Token(BaseModel):
    id: Text = ""
    expires: Annotated[int, Field(alias="expiresAt", ge=0, le=253_000_000_000)] = 0
    """Seconds since 1970; 0 is never."""


class Account(BaseModel):
    """`enabled` is left out where it is false, as Go does: a disabled account comes without a word about it."""

    name: Annotated[str, Field(min_length=1)]
    enabled: bool | None = None
    capabilities: Listed[str] = []
    tokens: Listed[Token] = []


class Accounts(BaseModel):
    items: Listed[Account]


class Version(BaseModel):
    version: str = Field(alias="Version")


class Notice(BaseModel):
    """Our own template's body; see the page of this system."""

    app: Annotated[str, Field(min_length=1)]
    namespace: GivenText = ""
    project: GivenText = ""
    phase: GivenText = ""
    revision: GivenText = ""
    revisions: Listed[str] = []
    started: GivenMoment = Field(None, alias="startedAt")
    finished: GivenMoment = Field(None, alias="finishedAt")
    repository: GivenText = ""
    cluster: GivenText = ""
    target: GivenText = ""
    by: GivenText = ""
    automated: bool | None = None
    dry_run: Annotated[bool | None, Field(alias="dryRun")] = None
    url: GivenText = ""
