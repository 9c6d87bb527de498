"""What Datadog says, as far as we read it. Nearly everything may be missing by its own description."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field


def _sound(moment: datetime) -> datetime:
    """In UTC; a date that no other zone could hold, or no date at all, is refused."""
    if not 1 < moment.year < 9999:
        raise ValueError("no date")
    return moment.astimezone(UTC)


def _listed(given: object) -> object:
    """A list, where none may be told as null, and one as itself."""
    return [] if given is None or given == "" else [given] if isinstance(given, str | dict) else given


def _said(given: object) -> object:
    """A variable of the template that does not apply is empty, `null`, or stays as it was written."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return str(given)
    if given is None or (isinstance(given, str) and re.fullmatch(r"\s*(null|\$[A-Z_]*)?\s*", given)):
        return ""
    return given


Moment = Annotated[AwareDatetime, AfterValidator(_sound)]
Text = Annotated[str, BeforeValidator(lambda given: "" if given is None else given)]
Texts = Annotated[list[str], BeforeValidator(_listed)]
Count = Annotated[int, Field(ge=0)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Said = Annotated[str, BeforeValidator(_said)]


class Counted(BaseModel):
    """A facet: how many monitors share a value."""

    name: Any = None  # whatever JSON can hold, by the description
    count: Count = 0


class Counts(BaseModel):
    status: Annotated[list[Counted], BeforeValidator(_listed)] = []


class Found(BaseModel):
    """How much a search found."""

    page_count: Count | None = None
    total_count: Count | None = None


class Monitor(BaseModel):
    id: int | None = None
    name: Text = ""
    status: Text = ""
    type: Text = ""
    scopes: Texts = []
    last_triggered_ts: float | None = None

    @property
    def key(self) -> str:
        return str(self.id) if self.id is not None else f"named {self.name}"


class MonitorPage(BaseModel):
    """`monitors` is always sent; an answer without it is no answer to a search."""

    monitors: list[Monitor]
    counts: Counts | None = None
    metadata: Found | None = None

    @property
    def rows(self) -> Sequence[Monitor]:
        return self.monitors

    @property
    def total(self) -> int | None:
        return self.metadata.total_count if self.metadata is not None else None

    @property
    def pages(self) -> int | None:
        return self.metadata.page_count if self.metadata is not None else None


class Threshold(BaseModel):
    timeframe: Text = ""
    target: Number
    warning: Number | None = None


class Slo(BaseModel):
    id: str = Field(min_length=1)
    name: Text = ""
    thresholds: Annotated[list[Threshold], BeforeValidator(_listed)] = []
    timeframe: Text = ""
    target_threshold: Number | None = None
    warning_threshold: Number | None = None

    @property
    def key(self) -> str:
        return self.id

    @property
    def goals(self) -> Sequence[Threshold]:
        """One for each time frame; what stands beside the list repeats the first of it."""
        if not self.thresholds and self.target_threshold is not None:
            whole = Threshold(timeframe=self.timeframe, target=self.target_threshold, warning=self.warning_threshold)
            return [whole]
        return list({one.timeframe: one for one in self.thresholds}.values())


class Numbers(BaseModel):
    total_count: Count | None = None
    total_filtered_count: Count | None = None


class Paged(BaseModel):
    page: Numbers | None = None


class SloPage(BaseModel):
    data: list[Slo]
    errors: Annotated[list[Any], BeforeValidator(_listed)] = []  # texts or objects
    error: Annotated[list[Any], BeforeValidator(_listed)] = []  # not in the description, but sent
    metadata: Paged | None = None

    @property
    def rows(self) -> Sequence[Slo]:
        return self.data

    @property
    def total(self) -> int | None:
        return self.metadata.page.total_filtered_count if self.metadata and self.metadata.page else None

    @property
    def pages(self) -> int | None:
        return None


class Overall(BaseModel):
    sli_value: Number | None = None
    state: Text = ""
    error_budget_remaining: Annotated[dict[str, Number | None], BeforeValidator(lambda given: given or {})] = {}
    errors: Annotated[list[Any], BeforeValidator(_listed)] = []


class Measured(BaseModel):
    overall: Overall | None = None
    to_ts: float | None = None
    errors: Annotated[list[Any], BeforeValidator(_listed)] = []


class History(BaseModel):
    """Errors come with 200, beside the data or in their place."""

    data: Measured | None = None
    errors: Annotated[list[Any], BeforeValidator(_listed)] = []

    @property
    def overall(self) -> Overall:
        return (self.data.overall if self.data is not None else None) or Overall()

    @property
    def faults(self) -> Sequence[object]:
        return self.errors or (self.data.errors if self.data is not None else []) or self.overall.errors

    @property
    def sli(self) -> float | None:
        return self.overall.sli_value

    @property
    def budgets(self) -> Mapping[str, float | None]:
        """What is left of the error budget in percent, by time frame."""
        return self.overall.error_budget_remaining


class Schedule(BaseModel):
    """One time, with a start and perhaps an end, or recurring."""

    end: Moment | None = None
    recurrences: list[Any] | None = None


class Identifier(BaseModel):
    monitor_id: int | None = None
    monitor_tags: Texts = []


class DowntimeFacts(BaseModel):
    scope: Text = ""
    status: Text = ""
    message: Text = ""
    created: Moment | None = None
    monitor_identifier: Identifier | None = None
    schedule: Schedule | None = None


class Downtime(BaseModel):
    id: str = Field(min_length=1)
    attributes: DowntimeFacts | None = None

    @property
    def key(self) -> str:
        return self.id


class DowntimePage(BaseModel):
    data: list[Downtime]
    meta: Paged | None = None

    @property
    def rows(self) -> Sequence[Downtime]:
        return self.data

    @property
    def total(self) -> int | None:
        return self.meta.page.total_filtered_count if self.meta and self.meta.page else None

    @property
    def pages(self) -> int | None:
        return None


class Valid(BaseModel):
    valid: Literal[True]


class Notice(BaseModel):
    """The body that our template makes: every value is text."""

    source: Literal["datadog"]
    id: Said = Field("", max_length=200)
    alert_id: Said = Field("", max_length=200)
    cycle: Said = Field("", max_length=200)
    transition: Said = ""
    type: Said = ""
    priority: Said = ""
    title: Said = ""
    body: Said = ""
    scope: Said = ""
    tags: Said = ""
    host: Said = ""
    link: Said = ""
    date_ms: Said = ""
