"""What Aqua answers, as far as we read it. Its description is not public, so every field may be missing."""

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, model_validator

T = TypeVar("T")


class Shape(BaseModel):
    """A null is what is missing."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:  # any JSON
        return {key: one for key, one in given.items() if one is not None} if isinstance(given, dict) else given


def _moment(given: Any) -> Any:
    """Empty texts and the year 1 stand for null; dates may be bare or without a zone, or be seconds. Any: JSON."""
    if isinstance(given, str):
        text = given.strip()
        if not text or text.startswith("0001-"):
            return None
        try:
            read = datetime.fromisoformat(text)
        except ValueError:
            return given
        return read if read.tzinfo else read.replace(tzinfo=UTC)
    if isinstance(given, int) and not isinstance(given, bool):
        if not 0 <= given < 253_000_000_000:
            raise ValueError("no date")
        return datetime.fromtimestamp(given, UTC) if given else None
    return given


Moment = Annotated[AwareDatetime | None, BeforeValidator(_moment)]


class Page(Shape, Generic[T]):
    """A list with its length. Of an empty one the list itself may be null."""

    count: Annotated[int, Field(ge=0)] | None = None
    page: int | None = None
    pagesize: int | None = None
    result: list[T] | None = None

    @model_validator(mode="after")
    def _is_a_page(self) -> "Page[T]":
        if self.result is None and self.count is None:
            raise ValueError("no page")
        return self


class Image(Shape):
    registry: str = ""
    name: str = ""
    repository: str = ""
    tag: str = ""
    disallowed: bool | None = None
    whitelisted: bool = False
    has_workloads: bool | None = None
    scan_status: str = ""
    scan_error: str = ""
    scan_date: Moment = None

    @property
    def called(self) -> str:
        name = self.name or ":".join(part for part in (self.repository, self.tag) if part)
        return "/".join(part for part in (self.registry, name) if part)


class Resource(Shape):
    name: str = ""
    version: str = ""


class Finding(Shape):
    name: str = ""
    aqua_severity: str = ""
    vendor_severity: str = ""
    nvd_severity: str = ""
    fix_version: str | None = None
    """Empty where there is no fix; where it is missing, nobody says so."""
    acknowledged_date: Moment = None
    ack_expiration_days: int = 0
    ack_expiration_configured_at: Moment = None
    first_found_date: Moment = None
    registry: str = ""
    image_name: str = ""
    image_repository_name: str = ""
    resource: Resource = Field(default_factory=Resource)

    @model_validator(mode="after")
    def _says_what_it_is(self) -> "Finding":
        if not (self.name.strip() or self.severity):
            raise ValueError("neither name nor severity")
        return self

    @property
    def severity(self) -> str:
        given = (self.aqua_severity, self.vendor_severity, self.nvd_severity)
        return next((one.strip().lower() for one in given if one.strip()), "")


class Host(Shape):
    """An enforcer."""

    id: str = ""
    logicalname: str = ""
    hostname: str = ""
    status: str = ""
    lastupdate: Moment = None

    @property
    def called(self) -> str:
        return self.logicalname or self.hostname or self.id


class HostGroup(Shape):
    id: str = ""
    logicalname: str = ""
    connected_count: Annotated[int, Field(ge=0)] | None = None
    disconnected_count: Annotated[int, Field(ge=0)] | None = None


class Signed(Shape):
    """What the login of a console of your own answers."""

    token: Annotated[str, Field(min_length=1, max_length=20_000)]


class SignedIn(Shape):
    data: Signed


class Token(Shape):
    data: Annotated[str, Field(min_length=1, max_length=20_000)]


class Environment(Shape):
    ese_url: Annotated[str, Field(min_length=1, max_length=300)]


class Environments(Shape):
    data: Environment
