"""What a Logstash node's monitoring API answers, as far as we read it."""

from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field

V = TypeVar("V")
# A pipeline that did not start has null in the place of its sections.
Named = Annotated[dict[str, V], BeforeValidator(lambda given: {} if given is None else given)]
Listed = Annotated[list[V], BeforeValidator(lambda given: [] if given is None else given)]
Amount = Annotated[int, Field(ge=0)]


def _sound(moment: datetime) -> datetime:
    if not 1 < moment.year < 9999:
        raise ValueError("no date")
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_sound)]


class Node(BaseModel):
    """What stands at the head of each answer. `ephemeral_id` is another one after a restart."""

    version: str = Field(min_length=1)
    ephemeral_id: str = ""


class Root(Node):
    status: str

    @property
    def has_health_report(self) -> bool:
        """It came with 8.16; before that the status was always green."""
        major, minor, *_ = [*self.version.split("."), "0"]
        numbers = (int(major), int(minor)) if major.isdigit() and minor.isdigit() else (99, 0)
        return numbers >= (8, 16)


class PipelineHealth(BaseModel):
    status: str
    symptom: str = ""


class PipelinesHealth(PipelineHealth):
    indicators: Named[PipelineHealth] = {}


class Indicators(BaseModel):
    pipelines: PipelinesHealth


class HealthReport(BaseModel):
    status: str
    symptom: str = ""
    indicators: Indicators


class Events(BaseModel):
    came: Amount = Field(alias="in")
    went: Amount = Field(alias="out")


class Rates(BaseModel):
    """Windows appear once enough time has passed. A value may be the text "Infinity"."""

    last_5_minutes: float | None = None
    last_1_minute: float | None = None
    current: float | None = None

    @property
    def recent(self) -> float | None:
        """The longest short window that is there; a moment alone says little."""
        return next((one for one in (self.last_5_minutes, self.last_1_minute, self.current) if one is not None), None)


class Flow(BaseModel):
    came: Rates = Field(Rates(), alias="input_throughput")
    went: Rates = Field(Rates(), alias="output_throughput")
    backpressure: Rates = Field(Rates(), alias="queue_backpressure")


class Capacity(BaseModel):
    size: Amount | None = Field(None, alias="queue_size_in_bytes")
    most: Amount | None = Field(None, alias="max_queue_size_in_bytes")


class Queue(Capacity):
    type: str
    capacity: Capacity | None = None


class DeadLetters(Capacity):
    dropped: Amount = Field(0, alias="dropped_events")


class LastError(BaseModel):
    message: str = ""


class Reloads(BaseModel):
    failures: Amount
    last_error: LastError | None = None
    last_success: Moment | None = Field(None, alias="last_success_timestamp")
    last_failure: Moment | None = Field(None, alias="last_failure_timestamp")


class Documents(BaseModel):
    successes: Amount = 0
    lost: Amount = Field(0, alias="non_retryable_failures")


class Output(BaseModel):
    name: str = ""
    documents: Documents | None = None


class Plugins(BaseModel):
    outputs: Listed[Output] = []


class Pipeline(BaseModel):
    events: Events | None = None
    flow: Flow | None = None
    queue: Queue | None = None
    reloads: Reloads | None = None
    plugins: Plugins | None = None
    dead_letters: DeadLetters | None = Field(None, alias="dead_letter_queue")

    @property
    def started(self) -> bool:
        return self.events is not None


class Pipelines(Node):
    pipelines: dict[str, Pipeline]

    @property
    def ours(self) -> dict[str, Pipeline]:
        """Without the one in which Logstash reports of itself."""
        return {name: one for name, one in self.pipelines.items() if not name.startswith(".monitoring-")}


class Reloading(Node):
    reloads: Reloads


class Memory(BaseModel):
    heap: Annotated[float, Field(ge=0)] = Field(alias="heap_used_percent")


class Jvm(BaseModel):
    mem: Memory


class Machine(Node):
    jvm: Jvm
