"""What Unleash's admin API answers and what its webhook sends, as far as we read it."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field

T = TypeVar("T")
Listed = Annotated[list[T], BeforeValidator(lambda given: [] if given is None else given)]
Text = Annotated[str, BeforeValidator(lambda given: "" if given is None else given)]


def _real(moment: datetime) -> datetime:
    """Near the ends of all dates other zones have none."""
    if not 1970 <= moment.year < 9000:
        raise ValueError("no date")
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_real)]
_PRODUCTION: Final = "production"
_USUAL_NAMES: Final = frozenset({"production", "prod"})


class Health(BaseModel):
    health: str


class Environment(BaseModel):
    """`yes` and `no`: how often it was answered so in the last hour. Without a type its name has to tell."""

    name: str = Field(min_length=1)
    enabled: bool
    type: Text = ""
    yes: int | None = None
    no: int | None = None
    has_strategies: bool | None = Field(None, alias="hasStrategies")
    has_enabled_strategies: bool | None = Field(None, alias="hasEnabledStrategies")
    last_seen: AwareDatetime | None = Field(None, alias="lastSeenAt")

    def is_production(self, named: Collection[str]) -> bool:
        if named:
            return self.name in named
        return self.type.lower() == _PRODUCTION if self.type else self.name.lower() in _USUAL_NAMES


class Lifecycle(BaseModel):
    stage: str
    status: str | None = None
    entered: AwareDatetime | None = Field(None, alias="enteredStageAt")


class Feature(BaseModel):
    name: str
    type: str
    project: str = Field(min_length=1)
    stale: bool
    environments: list[Environment]
    created: AwareDatetime | None = Field(None, alias="createdAt")
    archived: AwareDatetime | bool | None = Field(None, alias="archivedAt")
    lifecycle: Lifecycle | None = None

    @property
    def id(self) -> tuple[str, str]:
        return self.project, self.name


class Strategy(BaseModel):
    name: Text = ""
    title: Text = ""
    disabled: bool | None = None


class OneEnvironment(Environment):
    """Of a flag that was asked for by itself: with its strategies."""

    strategies: Listed[Strategy] = []


class OneFeature(BaseModel):
    name: str
    project: Text = ""
    type: Text = ""
    stale: bool | None = None
    archived: bool | None = None
    environments: Listed[OneEnvironment] = []


class FeaturePage(BaseModel):
    features: list[Feature]
    total: int | None = None


class Event(BaseModel):
    """An entry of the event log; the webhook sends the same."""

    id: int
    type: str
    created: Moment = Field(alias="createdAt")
    by: Text = Field("", alias="createdBy")
    feature: Text = Field("", alias="featureName")
    project: Text = ""
    environment: Text = ""

    @property
    def key(self) -> str:
        """Ids are counted by each server for itself."""
        return f"{self.id}-{int(self.created.timestamp() * 1000)}"


class EventPage(BaseModel):
    events: list[Event]
    total: int | None = None


Features = Sequence[Feature]
