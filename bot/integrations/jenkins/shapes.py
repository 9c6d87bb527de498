"""What Jenkins' JSON API answers, as far as we read it. Beside `_class`, nothing is there that was not asked for."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, Field

T = TypeVar("T")


def _list(given: object) -> object:
    return [] if given is None else given


def _text(given: object) -> object:
    return "" if given is None else given


Listed = Annotated[list[T], BeforeValidator(_list)]
Text = Annotated[str, BeforeValidator(_text)]
Millis = Annotated[int, Field(ge=0, le=126_000_000_000_000)]
"""Since 1970, or of a duration; the sum of two still is a date."""


def moment(millis: int) -> datetime:
    return datetime.fromtimestamp(millis / 1_000, UTC)


class Cause(BaseModel):
    short: Text = Field("", alias="shortDescription")
    user_id: str | None = Field(None, alias="userId")
    user_name: str | None = Field(None, alias="userName")


class Parameter(BaseModel):
    """A secret's value is left out by Jenkins, and so is a file's."""

    name: Text = ""
    value: Any = None


class Branch(BaseModel):
    name: Text = ""


class Revision(BaseModel):
    sha: Text = Field("", alias="SHA1")
    branch: Listed[Branch] = []


class Action(BaseModel):
    """What a plugin has to say; many say nothing."""

    kind: Text = Field("", alias="_class")
    causes: Listed[Cause] = []
    parameters: Listed[Parameter] = []
    revision: Revision | None = Field(None, alias="lastBuiltRevision")
    remotes: Listed[str] = Field([], alias="remoteUrls")


class Build(BaseModel):
    kind: Text = Field("", alias="_class")
    number: int
    url: Text = ""
    building: bool | None = None
    result: str | None = None
    timestamp: Millis | None = None
    duration: Annotated[int | None, Field(le=126_000_000_000_000)] = None
    estimated: Annotated[int | None, Field(alias="estimatedDuration", le=126_000_000_000_000)] = None
    queue_id: int | None = Field(None, alias="queueId")
    actions: list[Action | None] | None = None

    @property
    def running(self) -> bool:
        return self.result is None if self.building is None else self.building

    @property
    def started(self) -> datetime | None:
        return None if self.timestamp is None else moment(self.timestamp)

    @property
    def ended(self) -> datetime | None:
        """While it runs its duration is 0."""
        known = self.timestamp is not None and not self.running
        return moment((self.timestamp or 0) + max(self.duration or 0, 0)) if known else None

    @property
    def said(self) -> list[Action]:
        return [one for one in self.actions or () if one is not None]


class Job(BaseModel):
    """A job, or what holds jobs: `jobs` is there for a folder, an organisation or a multibranch project."""

    kind: Text = Field("", alias="_class")
    name: str
    buildable: bool | None = None
    disabled: bool | None = None
    color: str | None = None
    last: Build | None = Field(None, alias="lastBuild")
    completed: Build | None = Field(None, alias="lastCompletedBuild")
    builds: Listed[Build] = []
    actions: Listed[Action | None] = []
    jobs: list["Job"] | None = None

    @property
    def holds_jobs(self) -> bool:
        return self.jobs is not None

    @property
    def holds_branches(self) -> bool:
        return "MultiBranchProject" in self.kind

    @property
    def primary(self) -> bool:
        """Whether the repository's host calls this branch the default one."""
        return any(one is not None and one.kind.endswith(".PrimaryInstanceMetadataAction") for one in self.actions)

    @property
    def off(self) -> bool:
        return self.buildable is False or self.disabled is True or (self.color or "").startswith("disabled")

    @property
    def told(self) -> list[Build]:
        """Every build that is told of, some more than once, and of some no more than the number."""
        return [one for one in (self.last, self.completed, *self.builds) if one is not None]

    @property
    def newest(self) -> list[Build]:
        """Each build once, the newest first."""
        every = sorted(self.told, key=lambda one: one.result is not None or bool(one.building))
        found = {one.number: one for one in every}
        return [found[number] for number in sorted(found, reverse=True)]


class Property(BaseModel):
    definitions: Listed[Any] = Field([], alias="parameterDefinitions")


class Taking(BaseModel):
    """What a job wants to be told before it is built."""

    property: Listed[Property | None] = []


class Root(BaseModel):
    jobs: list[Job]


class Controller(BaseModel):
    mode: Text = ""
    quieting_down: bool = Field(alias="quietingDown")


class Task(BaseModel):
    name: Text = ""
    url: Text = ""


class QueueItem(BaseModel):
    id: int
    stuck: bool = False
    blocked: bool = False
    buildable: bool = False
    why: Text = ""
    since: Millis | None = Field(None, alias="inQueueSince")
    task: Task | None = None
    cancelled: bool = False
    executable: Build | None = None
    actions: Listed[Action | None] = []


class Queue(BaseModel):
    items: list[QueueItem]


class Agent(BaseModel):
    name: Text = Field("", alias="displayName")
    offline: bool
    taken_down: bool = Field(False, alias="temporarilyOffline")
    reason: Text = Field("", alias="offlineCauseReason")
    executors: int | None = Field(None, alias="numExecutors")


class Agents(BaseModel):
    busy: int | None = Field(None, alias="busyExecutors")
    total: int | None = Field(None, alias="totalExecutors")
    computer: list[Agent]


class Stage(BaseModel):
    status: Text = ""


class Described(BaseModel):
    """https://plugins.jenkins.io/pipeline-rest-api/"""

    status: str
    stages: Listed[Stage] = []


class PendingInput(BaseModel):
    id: Annotated[str, Field(min_length=1)]
    message: Text = ""
    inputs: Listed[Any] = []


class Crumb(BaseModel):
    crumb: str
    field: str = Field(alias="crumbRequestField")
