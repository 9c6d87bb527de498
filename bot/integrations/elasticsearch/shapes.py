"""What Elasticsearch answers, as far as we read it."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, StrictBool


def _moment(given: Any) -> Any:
    """Milliseconds since 1970, as a number or as digits; else a date, which pydantic reads. Any: JSON."""
    if isinstance(given, str) and given.isascii() and given.isdigit():
        given = int(given)
    if isinstance(given, int | float) and not isinstance(given, bool):
        if not 0 <= given < 253_000_000_000_000:
            raise ValueError("no date")
        return datetime.fromtimestamp(given / 1_000, UTC)
    return given


Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]


class Version(BaseModel):
    number: str
    distribution: str = "elasticsearch"
    build_flavor: str = ""


class Info(BaseModel):
    version: Version

    @property
    def open_search(self) -> bool:
        return self.version.distribution == "opensearch"

    @property
    def has_health_report(self) -> bool:
        """It came with 8.7."""
        major, minor, *_ = [*self.version.number.split("."), "0"]
        numbers = (int(major), int(minor)) if major.isdigit() and minor.isdigit() else (99, 0)
        return not self.open_search and numbers >= (8, 7)


class ClusterHealth(BaseModel):
    cluster_name: str
    status: str
    timed_out: StrictBool
    number_of_nodes: int
    number_of_data_nodes: int
    relocating_shards: int
    unassigned_shards: int
    number_of_pending_tasks: int
    longest_wait: int = Field(0, alias="task_max_waiting_in_queue_millis")


class Indicator(BaseModel):
    status: str
    symptom: str = ""


class HealthReport(BaseModel):
    """`status` as a whole is missing from a partial report; the indicators say the same."""

    status: str = "green"
    indicators: Annotated[dict[str, Indicator], Field(min_length=1)]


class Shards(BaseModel):
    total: Annotated[int, Field(ge=0)]
    failed: Annotated[int, Field(ge=0)]


class Count(BaseModel):
    """With failed shards it is a part of the truth, and comes with 200 all the same."""

    count: Annotated[int, Field(ge=0)]
    shards: Shards = Field(alias="_shards")


class Hit(BaseModel):
    source: dict[str, object] = Field(alias="_source")

    def text(self, field: str) -> str:
        """A field's text, whether its name stands as a whole (`log.level`) or as objects in objects."""
        if field in self.source:
            found: object = self.source[field]
        else:
            found = self.source
            for part in field.split("."):
                found = found.get(part) if isinstance(found, dict) else None
        return found if isinstance(found, str) else ""


class Hits(BaseModel):
    hits: list[Hit]


class Search(BaseModel):
    """It may have given up before it saw everything."""

    timed_out: StrictBool
    shards: Shards = Field(alias="_shards")
    hits: Hits


class Disk(BaseModel):
    """Numbers come as text. The row UNASSIGNED stands for shards without a node and has no disk."""

    node: str
    percent: Annotated[float, Field(ge=0)] | None = Field(alias="disk.percent")
    free: Annotated[float, Field(ge=0)] | None = Field(None, alias="disk.avail")


class Snapshot(BaseModel):
    time: Moment
    snapshot_name: str = ""
    details: str | None = None


class Running(BaseModel):
    state: str = ""
    since: Moment | None = Field(None, alias="start_time_millis")


class Plan(BaseModel):
    schedule: str = ""
    name: str = ""
    repository: str = ""


class Policy(BaseModel):
    policy: Plan
    modified: Moment | None = Field(None, alias="modified_date_millis")
    last_success: Snapshot | None = None
    last_failure: Snapshot | None = None
    in_progress: Running | None = None


class SlmStatus(BaseModel):
    operation_mode: str


class Licence(BaseModel):
    status: str
    type: str = ""
    expires: Moment | None = Field(None, alias="expiry_date_in_millis")


class LicenceAnswer(BaseModel):
    license: Licence
