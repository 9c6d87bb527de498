"""What Grafana's HTTP API answers and what its webhook sends, as far as we read it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field

T = TypeVar("T")
PATIENCE: Final = timedelta(minutes=10)
"""A rule that was not evaluated for so long tells nothing; clocks may differ by some minutes."""
# Go writes an empty list or map as null; a key that is not there at all stays an error.
Listed = Annotated[list[T], BeforeValidator(lambda given: [] if given is None else given)]
Labels = Annotated[dict[str, str], BeforeValidator(lambda given: {} if given is None else given)]


def _in_utc(moment: datetime) -> datetime:
    """In UTC; at the edges of time, where people write "never" and "for ever", the day as it stands."""
    return moment.replace(tzinfo=UTC) if moment.year <= 1 or moment.year >= 9999 else moment.astimezone(UTC)


def _real(moment: datetime) -> datetime:
    if moment.year <= 1:
        raise ValueError("no date")
    return moment


MaybeNever = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc), AfterValidator(_real)]


class Health(BaseModel):
    """`version` and `commit` are shown only where that is allowed, so nothing rests on them."""

    database: str
    version: str = ""


class Instance(BaseModel):
    """`state` is `Normal`, `Alerting`, `Pending`, `NoData` or `Error`, sometimes with a reason: `Normal (NoData)`."""

    state: str
    active_at: MaybeNever | None = Field(None, alias="activeAt")


class Rule(BaseModel):
    type: str
    name: str
    health: str
    state: str = ""
    uid: str = ""
    paused: bool = Field(False, alias="isPaused")
    labels: Labels = {}
    alerts: Listed[Instance] = []
    last_error: str = Field("", alias="lastError")
    last_evaluation: MaybeNever | None = Field(None, alias="lastEvaluation")


class RuleGroup(BaseModel):
    name: str
    file: str = ""
    rules: Listed[Rule]
    interval: float = 0
    """Seconds between two evaluations."""

    def neglected(self, rule: Rule, now: datetime) -> bool:
        """Whether its last evaluation is too long ago to say anything of now, whatever its health says."""
        last = rule.last_evaluation
        return last is not None and now - last > max(
            5 * timedelta(seconds=min(max(self.interval, 0), 86_400)), PATIENCE
        )


class RulePage(BaseModel):
    groups: Listed[RuleGroup]
    next_token: str | None = Field(None, alias="groupNextToken")


class Envelope(BaseModel):
    status: Literal["success"]
    data: RulePage


class State(BaseModel):
    state: str


class LiveAlert(BaseModel):
    fingerprint: str
    labels: Labels
    annotations: Labels = {}
    starts_at: Moment = Field(alias="startsAt")
    generator_url: str = Field("", alias="generatorURL")
    status: State


class Matcher(BaseModel):
    name: str
    value: str
    is_regex: bool = Field(alias="isRegex")
    is_equal: bool = Field(True, alias="isEqual")

    @property
    def words(self) -> str:
        sign = {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}
        return f"{self.name}{sign[self.is_equal, self.is_regex]}{self.value}"

    @property
    def matches_any(self) -> bool:
        return self.is_regex and self.is_equal and self.value in (".+", ".*")


class Silence(BaseModel):
    id: str
    matchers: Listed[Matcher]
    starts_at: Moment = Field(alias="startsAt")
    ends_at: Moment = Field(alias="endsAt")
    created_by: str = Field("", alias="createdBy")
    comment: str = ""
    status: State


class DataSource(BaseModel):
    uid: str = Field(min_length=1)
    name: str
    type: str = ""


class DataSourceHealth(BaseModel):
    status: str
    message: str = ""


class Notified(BaseModel):
    """An alert inside a notice. `values` is left out: it is null as a whole when there is no data."""

    status: Literal["firing", "resolved"]
    labels: Labels
    annotations: Labels = {}
    starts_at: Moment = Field(alias="startsAt")
    ends_at: MaybeNever | None = Field(None, alias="endsAt")
    generator_url: str = Field("", alias="generatorURL")
    dashboard_url: str = Field("", alias="dashboardURL")
    panel_url: str = Field("", alias="panelURL")
    fingerprint: str = Field(min_length=1, max_length=200)


class Notice(BaseModel):
    """https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/"""

    alerts: Annotated[list[Notified], Field(min_length=1)]
    group_key: str = Field("", alias="groupKey")
    truncated: int = Field(0, alias="truncatedAlerts")


class Note(BaseModel):
    """An annotation, as far as we read it."""

    id: int
    tags: list[str] | None = None
