"""What Alertmanager's v2 API answers and what its webhook sends, as far as we read it."""

from datetime import UTC, datetime
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field

T = TypeVar("T")
# Go writes an empty list as null; a key that is not there at all stays an error.
Listed = Annotated[list[T], BeforeValidator(lambda given: [] if given is None else given)]


def _in_utc(moment: datetime) -> datetime:
    """In UTC; at the edges of time, where people write "never" and "for ever", the day as it stands."""
    return moment.replace(tzinfo=UTC) if moment.year <= 1 or moment.year >= 9999 else moment.astimezone(UTC)


def _real(moment: datetime) -> datetime:
    if moment.year <= 1 or moment.year >= 9999:
        raise ValueError("no date")
    return moment


MaybeNever = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc), AfterValidator(_real)]


class State(BaseModel):
    state: str


class LiveAlert(BaseModel):
    fingerprint: str
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    starts_at: Moment = Field(alias="startsAt")
    generator_url: str = Field("", alias="generatorURL")
    status: State


class Matcher(BaseModel):
    name: str
    value: str
    is_regex: bool = Field(alias="isRegex")
    is_equal: bool = Field(True, alias="isEqual")

    @staticmethod
    def exactly(name: str, value: str) -> "Matcher":
        return Matcher(name=name, value=value, isRegex=False, isEqual=True)

    @property
    def words(self) -> str:
        sign = {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}
        return f"{self.name}{sign[self.is_equal, self.is_regex]}{self.value}"

    @property
    def matches_any(self) -> bool:
        """Whether it takes in every alert that has the label at all, which for `alertname` means all of them."""
        return self.is_regex and self.is_equal and self.value in (".+", ".*")


class Silence(BaseModel):
    id: str
    matchers: Listed[Matcher]
    starts_at: Moment = Field(alias="startsAt")
    ends_at: MaybeNever = Field(alias="endsAt")
    created_by: str = Field("", alias="createdBy")
    comment: str = ""
    status: State


class SilenceMade(BaseModel):
    silence_id: str = Field(alias="silenceID", min_length=1, max_length=200)


class Version(BaseModel):
    version: str = Field(min_length=1)


class Cluster(BaseModel):
    status: str
    peers: Listed[dict[str, object]] = []


class Status(BaseModel):
    """`config.original` is left out on purpose: it holds webhook addresses with their tokens."""

    cluster: Cluster
    version: Version = Field(alias="versionInfo")


class Notified(BaseModel):
    """An alert inside a notice. A firing group can hold resolved ones: each has its own status."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    starts_at: Moment = Field(alias="startsAt")
    ends_at: MaybeNever | None = Field(None, alias="endsAt")
    generator_url: str = Field("", alias="generatorURL")
    fingerprint: str = Field(min_length=1, max_length=200)


class Notice(BaseModel):
    """https://prometheus.io/docs/alerting/latest/configuration/#webhook_config"""

    version: Literal["4"]
    alerts: Annotated[list[Notified], Field(min_length=1)]
    group_key: str = Field("", alias="groupKey")
    external_url: str = Field("", alias="externalURL")
    truncated: int = Field(0, alias="truncatedAlerts")
