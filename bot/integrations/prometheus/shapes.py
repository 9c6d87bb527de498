"""What the Prometheus HTTP API answers, as far as we read it. Unknown keys are left alone; missing ones are refused."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, StrictBool

D = TypeVar("D")
T = TypeVar("T")
# Go writes an empty list as null; a key that is not there at all stays an error.
Listed = Annotated[list[T], BeforeValidator(lambda given: [] if given is None else given)]


class Envelope(BaseModel, Generic[D]):
    """The wrapper of every answer. Warnings come with 200 and mean that the data may be in part."""

    status: Literal["success"]
    data: D
    warnings: Listed[str] = []


class FiringOrPending(BaseModel):
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    state: str
    active_at: AwareDatetime | None = Field(None, alias="activeAt")


class Alerts(BaseModel):
    alerts: Listed[FiringOrPending]


class Rule(BaseModel):
    """`health` says whether it can be evaluated; a rule that cannot is reported as inactive, so `state` hides it."""

    type: str
    name: str
    health: str
    labels: dict[str, str] = {}
    last_error: str = Field("", alias="lastError")


class RuleGroup(BaseModel):
    name: str
    file: str = ""
    rules: Listed[Rule]


class RulePage(BaseModel):
    groups: Listed[RuleGroup]
    group_next_token: str | None = Field(None, alias="groupNextToken")


class Target(BaseModel):
    labels: dict[str, str]
    health: str
    scrape_pool: str = Field("", alias="scrapePool")
    last_error: str = Field("", alias="lastError")

    @property
    def job(self) -> str:
        return self.labels.get("job") or self.scrape_pool


class Targets(BaseModel):
    active: Listed[Target] = Field(alias="activeTargets")


class Runtime(BaseModel):
    reload_succeeded: StrictBool = Field(alias="reloadConfigSuccess")
    last_config_time: AwareDatetime | None = Field(None, alias="lastConfigTime")


class Build(BaseModel):
    version: str = Field(min_length=1)


class AlertmanagerAddress(BaseModel):
    url: str


class Alertmanagers(BaseModel):
    active: Listed[AlertmanagerAddress] = Field(alias="activeAlertmanagers")
