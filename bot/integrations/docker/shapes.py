"""What an engine answers, as far as we read it. Its description lets nearly everything be missing or null."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_pascal


class Shape(BaseModel):
    """A null is what is missing."""

    model_config = ConfigDict(alias_generator=to_pascal, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:  # any JSON
        return {key: one for key, one in given.items() if one is not None} if isinstance(given, dict) else given


def _moment(given: Any) -> Any:
    """What never happened is the year 1, and a time nobody knows is an empty text. Any: JSON."""
    if given is not None and not isinstance(given, str):
        raise ValueError("no date")
    return None if isinstance(given, str) and (not given or given.startswith("0001-")) else given


Moment = Annotated[AwareDatetime | None, BeforeValidator(_moment)]


def _seconds(given: Any) -> Any:
    """Seconds since 1970 (whole). Any: JSON."""
    if isinstance(given, int) and not isinstance(given, bool):
        if not 0 <= given < 253_000_000_000:
            raise ValueError("no date")
        return datetime.fromtimestamp(given, UTC)
    return given


class Attempt(Shape):
    output: str = ""


class Health(Shape):
    status: str = ""
    failing_streak: int = 0
    log: list[Attempt] = Field(default_factory=list)


class Listed(Shape):
    """A container in the list. `image` is a name, or a bare id when its tag has moved on; `status` is for people."""

    id: str = ""
    names: list[str] = Field(default_factory=list)
    image: str = ""
    image_id: str = Field("", alias="ImageID")
    created: Annotated[AwareDatetime | None, BeforeValidator(_seconds)] = None
    labels: dict[str, str] = Field(default_factory=dict)
    state: str = ""
    status: str = ""
    health: Health = Field(default_factory=Health)

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> "Listed":
        if not self.reference:
            raise ValueError("neither id nor name")
        return self

    @property
    def reference(self) -> str:
        return self.id or next((one.strip("/") for one in self.names if one.strip("/")), "")

    @property
    def unhealthy(self) -> bool:
        """Told as such since version 1.52, before that in words alone."""
        return self.health.status.lower() == "unhealthy" or "(unhealthy)" in self.status

    @property
    def name(self) -> str:
        """Its own name; with links it has others too, that hold a further slash."""
        plain = [one.removeprefix("/") for one in self.names if one.strip("/ ")]
        return min(plain, key=lambda one: (one.count("/"), one)) if plain else self.id[:12]


class State(Shape):
    status: Annotated[str, Field(min_length=1)]
    oom_killed: bool = Field(default=False, alias="OOMKilled")
    exit_code: int | None = None
    error: str = ""
    started_at: Moment = None
    finished_at: Moment = None
    health: Health = Field(default_factory=Health)


class Healthcheck(Shape):
    """In nanoseconds; 0 stands for the engine's usual. `NONE` switches off the one of the image."""

    test: list[str] = Field(default_factory=list)
    start_period: int = 0
    interval: int = 0
    timeout: int = 0
    retries: int = 0

    @property
    def declared(self) -> bool:
        return bool(self.test) and self.test[0] != "NONE"


class Config(Shape):
    healthcheck: Healthcheck = Field(default_factory=Healthcheck)


class RestartPolicy(Shape):
    name: str = ""


class HostConfig(Shape):
    restart_policy: RestartPolicy = Field(default_factory=RestartPolicy)


class Inspected(Shape):
    restart_count: int | None = None
    state: State
    config: Config = Field(default_factory=Config)
    host_config: HostConfig = Field(default_factory=HostConfig)


class Metadata(Shape):
    last_tag_time: Moment = None


class Image(Shape):
    id: str = ""
    created: Moment = None
    repo_tags: list[str] = Field(default_factory=list)
    metadata: Metadata = Field(default_factory=Metadata)


class Actor(Shape):
    id: str = Field(default="", alias="ID")
    attributes: dict[str, str] = Field(default_factory=dict)


class Event(Shape):
    """`Action` holds the verdict of a health check inside: `health_status: unhealthy`."""

    type: str = "container"
    action: str
    actor: Actor = Actor()
    time: Annotated[AwareDatetime | None, BeforeValidator(_seconds)] = Field(None, alias="time")


class Swarm(Shape):
    local_node_state: str = ""
    error: str = ""


class Info(Shape):
    id: str = Field("", alias="ID")
    name: str = ""
    server_version: str = ""
    operating_system: str = ""
    containers: int | None = None
    containers_running: int | None = None
    warnings: list[str] = Field(default_factory=list)
    swarm: Swarm = Field(default_factory=Swarm)

    @model_validator(mode="after")
    def _is_an_engine(self) -> "Info":
        if not (self.id or self.name or self.server_version):
            raise ValueError("no engine")
        return self


class Usage(Shape):
    """What one kind of thing takes, since version 1.52."""

    total_size: int = 0
    reclaimable: int = 0


class DiskImage(Shape):
    size: int = 0
    shared_size: int = 0
    containers: int = -1


class DiskContainer(Shape):
    size_rw: int = 0
    state: str = ""


class VolumeUsage(Shape):
    size: int = 0
    ref_count: int = -1


class DiskVolume(Shape):
    usage_data: VolumeUsage = Field(default_factory=VolumeUsage)


class Cached(Shape):
    size: int = 0
    in_use: bool = False
    shared: bool = False


class DiskUse(Shape):
    """Before version 1.52 all things one by one, from then on the sums."""

    image_usage: Usage | None = None
    container_usage: Usage | None = None
    volume_usage: Usage | None = None
    build_cache_usage: Usage | None = None
    layers_size: Annotated[int, Field(ge=0)] | None = None
    images: list[DiskImage] = Field(default_factory=list)
    containers: list[DiskContainer] = Field(default_factory=list)
    volumes: list[DiskVolume] = Field(default_factory=list)
    build_cache: list[Cached] = Field(default_factory=list)

    @model_validator(mode="after")
    def _tells_of_images(self) -> "DiskUse":
        if self.image_usage is None and self.layers_size is None:
            raise ValueError("nothing about images")
        return self
