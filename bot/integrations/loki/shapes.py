"""What Loki's HTTP API answers, as far as we read it."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

D = TypeVar("D")
T = TypeVar("T")
# Go writes an empty list or map as null; a key that is not there at all stays an error.
Listed = Annotated[list[T], BeforeValidator(lambda given: [] if given is None else given)]
Labels = Annotated[dict[str, str], BeforeValidator(lambda given: {} if given is None else given)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Envelope(BaseModel, Generic[D]):
    """The wrapper of an answer. Warnings come with 200 and mean that the data may be in part."""

    status: Literal["success"]
    data: D
    warnings: Listed[str] = []


class LabelNames(BaseModel):
    """`data` is not there when there are none."""

    status: Literal["success"]
    data: Listed[str] = []


class Sample(BaseModel):
    """Its value is a number written as text."""

    value: tuple[float, Amount]


class Vector(BaseModel):
    """What a metric query gives. Streams that are not there give nothing at all, and no 0."""

    kind: Literal["vector"] = Field(alias="resultType")
    result: Listed[Sample]


class Stream(BaseModel):
    """Each line with its nanoseconds, as text; newer versions may add what they know of the line."""

    values: list[tuple[str, str] | tuple[str, str, dict[str, object]]]


class Streams(BaseModel):
    kind: Literal["streams"] = Field(alias="resultType")
    result: Listed[Stream]


class Alert(BaseModel):
    labels: Labels
    annotations: Labels = {}
    state: str
    active_at: AwareDatetime | None = Field(None, alias="activeAt")


class Alerts(BaseModel):
    alerts: Listed[Alert]


class Rule(BaseModel):
    type: str
    name: str
    health: str
    state: str = ""
    labels: Labels = {}
    last_error: str = Field("", alias="lastError")
    last_evaluation: AwareDatetime | None = Field(None, alias="lastEvaluation")


class RuleGroup(BaseModel):
    name: str
    file: str = ""
    rules: Listed[Rule]
    interval: float = 0


class RulePage(BaseModel):
    groups: Listed[RuleGroup]
    next_token: str | None = Field(None, alias="groupNextToken")
