"""The parts of Pulumi Cloud's answers and webhooks that we read. https://www.pulumi.com/docs/reference/cloud-rest-api/"""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _filled(empty: Any) -> BeforeValidator:
    """Fields without a value may be null as well as missing. Any: whatever the field holds."""
    return BeforeValidator(lambda given: empty if given is None else given)


def _seconds(given: object) -> object:
    """Seconds since 1970; zero is never."""
    if given in (None, 0):
        return None
    if not isinstance(given, int) or isinstance(given, bool) or not 0 < given < 100_000_000_000:
        raise ValueError("no date")
    return datetime.fromtimestamp(given, UTC)


def _written(given: object) -> object:
    """A written time, without a zone in UTC; one in a form that we do not know is not told."""
    if not isinstance(given, str):
        return None
    try:
        moment = datetime.fromisoformat(given.strip())
    except ValueError:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return aware if 1 < aware.year < 9999 else None


Text = Annotated[str, _filled("")]
Seconds = Annotated[datetime | None, BeforeValidator(_seconds)]
Written = Annotated[datetime | None, BeforeValidator(_written)]
Counts = Annotated[dict[str, int], _filled({})]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Stack(_Part):
    org: str = Field(min_length=1, alias="orgName")
    project: str = Field(min_length=1, alias="projectName")
    name: str = Field(min_length=1, alias="stackName")
    last_update: Seconds = Field(None, alias="lastUpdate")

    @property
    def path(self) -> tuple[str, str, str]:
        return self.org, self.project, self.name

    @property
    def short(self) -> str:
        return f"{self.project}/{self.name}"


class StackPage(_Part):
    stacks: list[Stack]
    token: Text = Field("", alias="continuationToken")


class DriftStatus(_Part):
    detected: bool | None = Field(alias="driftDetected")
    latest: Text = Field("", alias="latestDriftRun")


class DriftUpdate(_Part):
    status: Text = ""
    changes: Counts = Field(default_factory=dict, alias="resourceChanges")


class DriftRun(_Part):
    id: Text = ""
    detected: bool | None = Field(None, alias="driftDetected")
    created: Written = None
    status: Text = ""
    found: DriftUpdate | None = Field(None, alias="detectUpdate")


class DriftRunPage(_Part):
    runs: Annotated[list[DriftRun], _filled([])] = Field(alias="driftRuns")
    total: int | None = None


class Person(_Part):
    name: Text = ""
    login: Text = Field("", alias="githubLogin", max_length=200)

    @property
    def called(self) -> str | None:
        return self.name or self.login or None


class Commit(_Part):
    sha: Text = ""


class Info(_Part):
    """Without `config` and `environment`, which hold secrets."""

    kind: Text = ""
    result: Text = ""
    message: Text = ""
    started: Seconds = Field(None, alias="startTime")
    ended: Seconds = Field(None, alias="endTime")
    version: int | None = None


class Update(_Part):
    info: Info
    version: int | None = None
    by: Person | None = Field(None, alias="requestedBy")
    commit: Commit | None = Field(None, alias="githubCommitInfo")

    @property
    def number(self) -> int | None:
        return self.version if self.version is not None else self.info.version


class UpdatePage(_Part):
    updates: Annotated[list[Update], _filled([])]
    total: int | None = None


class Notice(_Part):
    """What a webhook sends; the fields differ by kind, and no kind tells a time."""

    user: Person | None = None
    organization: Person | None = None
    project: Text = Field("", alias="projectName", max_length=200)
    stack: Text = Field("", alias="stackName", max_length=200)
    url: Text = Field("", alias="updateUrl")
    kind: Text = ""
    result: Text = ""
    preview: Annotated[bool, _filled(empty=False)] = Field(False, alias="isPreview")
