"""The parts of Statuspage's answers that we read. https://developer.statuspage.io"""

from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

DONE: Final = ("resolved", "postmortem", "completed")


def _filled(empty: Any) -> BeforeValidator:
    """Fields without a value may be null as well as missing. Any: whatever the field holds."""
    return BeforeValidator(lambda given: empty if given is None else given)


Text = Annotated[str, _filled("")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Component(_Part):
    """A `group` shows the worst of its members."""

    id: str = Field(min_length=1)
    name: Text = ""
    status: Text = ""
    group: Annotated[bool, _filled(empty=False)] = False


class Update(_Part):
    body: Text = ""
    status: Text = ""
    created_at: AwareDatetime | None = None
    display_at: AwareDatetime | None = None


class Incident(_Part):
    """An incident or a maintenance; its updates come newest first."""

    id: str = Field(min_length=1)
    name: Text = ""
    status: Text = ""
    impact: Text = ""
    shortlink: Text = ""
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    scheduled_for: AwareDatetime | None = None
    scheduled_until: AwareDatetime | None = None
    metadata: Annotated[dict[str, Any], _filled({})] = Field(default_factory=dict)
    incident_updates: Annotated[list[Update], _filled([])] = Field(default_factory=list)

    @property
    def newest(self) -> Update | None:
        return max(self.incident_updates, key=lambda one: _moment(one.created_at or one.display_at), default=None)


class Indicated(_Part):
    indicator: str
    description: Text = ""


class Summary(_Part):
    """What a page shows to everybody."""

    status: Indicated
    components: Annotated[list[Component], _filled([])] = Field(default_factory=list)


def _moment(at: AwareDatetime | None) -> float:
    return at.timestamp() if at is not None else 0.0
