"""What Rancher answers, as far as we read it: a few fields of each thing, since clusters hold tokens too."""

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator
from pydantic.alias_generators import to_camel

T = TypeVar("T")


class Shape(BaseModel):
    """A null is what is missing."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:  # any JSON
        return {key: one for key, one in given.items() if one is not None} if isinstance(given, dict) else given


def _moment(given: Any) -> Any:
    """A date, of which some come without a zone; an empty text is none. Any: JSON."""
    if not isinstance(given, str):
        return given
    if not given.strip():
        return None
    try:
        read = datetime.fromisoformat(given.strip())
    except ValueError:
        return given
    return read if read.tzinfo else read.replace(tzinfo=UTC)


Moment = Annotated[AwareDatetime | None, BeforeValidator(_moment)]


class Pagination(Shape):
    next: str = ""
    partial: bool = False
    total: int | None = None


class Collection(Shape, Generic[T]):
    data: list[T]
    pagination: Pagination = Field(default_factory=Pagination)


class Condition(Shape):
    type: str
    status: str = ""
    reason: str = ""
    message: str = ""
    last_update_time: Moment = None
    last_transition_time: Moment = None


class Component(Shape):
    name: str = ""
    conditions: list[Condition] = Field(default_factory=list)


class Expiry(Shape):
    expiration_date: Moment = None


class Version(Shape):
    git_version: str = ""


class Cluster(Shape):
    id: Annotated[str, Field(min_length=1)]
    name: str = ""
    state: str = ""
    transitioning: str = ""
    transitioning_message: str = ""
    provider: str = ""
    node_count: int | None = None
    created: Moment = None
    version: Version = Field(default_factory=Version)
    conditions: list[Condition] = Field(default_factory=list)
    component_statuses: list[Component] = Field(default_factory=list)
    certificates_expiration: dict[str, Expiry] = Field(default_factory=dict)

    @property
    def called(self) -> str:
        return self.name.strip() or self.id


class Node(Shape):
    id: Annotated[str, Field(min_length=1)]
    name: str = ""
    node_name: str = ""
    hostname: str = ""
    cluster_id: str = ""
    state: str = ""
    transitioning: str = ""
    transitioning_message: str = ""
    conditions: list[Condition] = Field(default_factory=list)

    @property
    def called(self) -> str:
        return self.node_name.strip() or self.hostname.strip() or self.name.strip() or self.id


class Token(Shape):
    """Without an end it says so by an empty date and a time to live of 0."""

    id: Annotated[str, Field(min_length=1)]
    expired: StrictBool = False
    expires_at: Moment = None
    ttl: int | None = None


class Metadata(Shape):
    name: str = ""
    creation_timestamp: Moment = None


class SnapshotSpec(Shape):
    cluster_name: str = ""


class SnapshotFile(Shape):
    created_at: Moment = None
    status: str = ""
    message: str = ""


class SnapshotStatus(Shape):
    missing: bool = False


class Snapshot(Shape):
    metadata: Metadata = Field(default_factory=Metadata)
    spec: SnapshotSpec = Field(default_factory=SnapshotSpec)
    snapshot_file: SnapshotFile = Field(default_factory=SnapshotFile)
    status: SnapshotStatus = Field(default_factory=SnapshotStatus)


class ListMetadata(Shape):
    go_on: str = Field(default="", alias="continue")


class SnapshotList(Shape):
    items: list[Snapshot]
    metadata: ListMetadata = ListMetadata()
