"""The parts of AWX's answers and notifications that we read. https://docs.ansible.com/automation-controller/latest/html/controllerapi/"""

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

T = TypeVar("T")


def _filled(empty: Any) -> BeforeValidator:
    """Fields without a value may be null as well as missing. Any: whatever the field holds."""
    return BeforeValidator(lambda given: empty if given is None else given)


def _moment(given: object) -> object:
    """None, false or empty while it has not come to that."""
    if given in (None, False, "", "None"):
        return None
    if not isinstance(given, str):
        raise ValueError("no date")  # noqa: TRY004 - what pydantic takes for a refusal
    moment = datetime.fromisoformat(given)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


Text = Annotated[str, _filled("")]
Count = Annotated[int, _filled(0)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Page(_Part, Generic[T]):
    count: int
    next: str | None
    results: list[T]


class Named(_Part):
    name: Text = ""
    username: Text = ""


class LastJob(_Part):
    id: int
    status: Text = ""
    failed: bool | None = None
    finished: Moment = None


class TemplateFields(_Part):
    last_job: LastJob | None = None


class Template(_Part):
    """`status` is of the job that runs, else of the last one, else `never updated`."""

    id: int
    name: str = Field(min_length=1)
    job_type: Text = ""
    status: Text = ""
    last_failed: bool | None = Field(None, alias="last_job_failed")
    fields: TemplateFields | None = Field(None, alias="summary_fields")

    @property
    def last(self) -> LastJob | None:
        return self.fields.last_job if self.fields is not None else None


class JobFields(_Part):
    job_template: Named | None = None
    inventory: Named | None = None
    project: Named | None = None
    created_by: Named | None = None


class Job(_Part):
    id: int
    name: Text = ""
    status: Text = ""
    job_type: Text = ""
    created: Moment = None
    started: Moment = None
    finished: Moment = None
    revision: Text = Field("", alias="scm_revision")
    template: int | None = Field(None, alias="job_template")
    events_done: bool | None = Field(None, alias="event_processing_finished")
    fields: JobFields | None = Field(None, alias="summary_fields")


class HostSummary(_Part):
    """`dark` is unreachable."""

    host: Text = Field("", alias="host_name")
    changed: int
    dark: int
    failures: int


class Approval(_Part):
    id: int
    name: Text = ""
    created: Moment = None


class Instance(_Part):
    node: Text = ""
    kind: Text = Field("", alias="node_type")
    heartbeat: Moment = None
    capacity: int | None = None


class Ping(_Part):
    version: Text = ""
    instances: list[Instance]


class Launched(_Part):
    id: int | None = None
    job: int | None = None


class Notice(_Part):
    """The default body of a notification; `extra_vars` and `traceback`, which may hold secrets, are not read."""

    id: int | None = None
    name: Text = ""
    url: Text = ""
    status: Text = ""
    created_by: Text = ""
    inventory: Text = ""
    project: Text = ""
    playbook: str | None = None
    started: Moment = None
    finished: Moment = None
