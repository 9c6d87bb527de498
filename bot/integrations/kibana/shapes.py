"""What Kibana's HTTP API answers and what its webhook connector sends with our template, as far as we read it."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, AwareDatetime, BaseModel, BeforeValidator, Field, StrictBool


def _sound(moment: datetime) -> datetime:
    """In UTC; a date that no other zone could hold, or no date at all, is refused."""
    if not 1 < moment.year < 9999:
        raise ValueError("no date")
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_sound)]
Text = Annotated[str, BeforeValidator(lambda given: "" if given is None else given)]


class Level(BaseModel):
    """`state` is what 7.x says in the place of `level`."""

    level: str = ""
    state: str = ""
    summary: Text = ""

    @property
    def word(self) -> str:
        return self.level or self.state


class Core(BaseModel):
    elasticsearch: Level
    saved_objects: Level = Field(alias="savedObjects")


class Levels(BaseModel):
    """`core` and `plugins` are kept from callers without rights, which is no fault."""

    overall: Level
    core: Core | None = None
    plugins: dict[str, Level] = {}


class Version(BaseModel):
    number: str = ""


class Status(BaseModel):
    status: Levels
    version: Version = Version()


class Part(BaseModel):
    status: str


class Parts(BaseModel):
    decryption: Part = Field(alias="decryption_health")
    execution: Part = Field(alias="execution_health")
    read: Part = Field(alias="read_health")


class Framework(BaseModel):
    """Versions before 8 spell the name of the parts without an l."""

    secure: StrictBool = Field(alias="is_sufficiently_secure")
    has_key: StrictBool = Field(alias="has_permanent_encryption_key")
    parts: Parts = Field(validation_alias=AliasChoices("alerting_framework_health", "alerting_framework_heath"))


class Error(BaseModel):
    reason: Text = ""
    message: Text = ""


class Execution(BaseModel):
    status: str
    last: Moment | None = Field(None, alias="last_execution_date")
    error: Error | None = None


class AlertsCount(BaseModel):
    active: Annotated[int, Field(ge=0)]


class LastRun(BaseModel):
    outcome: str
    words: Annotated[list[str], BeforeValidator(lambda given: [given] if isinstance(given, str) else given or [])] = (
        Field([], alias="outcome_msg")
    )
    alerts: AlertsCount | None = Field(None, alias="alerts_count")


class Schedule(BaseModel):
    interval: str = ""


class Rule(BaseModel):
    id: str = Field(min_length=1)
    name: str
    enabled: StrictBool
    tags: list[str] = []
    schedule: Schedule = Schedule()
    mute_all: bool = False
    snoozed_until: Moment | None = Field(None, alias="is_snoozed_until")
    execution: Execution | None = Field(None, alias="execution_status")
    last_run: LastRun | None = None


class RulePage(BaseModel):
    page: int
    per_page: Annotated[int, Field(ge=1)]
    total: Annotated[int, Field(ge=0)]
    data: list[Rule]


class Notice(BaseModel):
    """The body that our template makes. Each value is text; a variable that is not there is empty."""

    source: Literal["kibana"]
    rule_id: str = Field(min_length=1, max_length=200)
    rule: str = ""
    space: str = ""
    alert_id: str = ""
    uuid: str = Field("", max_length=200)
    tags: str = ""
    group: str = Field(min_length=1, max_length=200)
    flapping: str = ""
    reason: str = ""
    url: str = ""
    date: Moment
