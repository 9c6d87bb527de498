"""The parts of the answers of Opsgenie and its successor that we read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

from pydantic import AliasChoices, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

T = TypeVar("T")
OPEN: Final = "open"


def _filled(empty: Any) -> BeforeValidator:
    """Fields without a value may be null as well as missing. Any: whatever the field holds."""
    return BeforeValidator(lambda given: empty if given is None else given)


Text = Annotated[str, _filled("")]
Flag = Annotated[bool, _filled(empty=False)]


class Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class Named(Part):
    """A team, a schedule or a person."""

    id: Text = ""
    name: Text = ""
    type: Text = ""


class Alert(Part):
    """That it is acknowledged is a flag beside the status. https://docs.opsgenie.com/docs/alert-api"""

    id: str = Field(min_length=1)
    tiny_id: Text = ""
    alias: Text = ""
    message: Text = ""
    status: Annotated[str, _filled(OPEN)] = OPEN
    acknowledged: Flag = False
    snoozed: Flag = False
    priority: Text = ""
    tags: Annotated[list[str], _filled([])] = []
    source: Text = ""
    owner: Text = ""
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    responders: Annotated[list[Named], _filled([])] = []

    @model_validator(mode="before")
    @classmethod
    def _acked_is_open(cls, given: Any) -> Any:  # whatever JSON holds
        """The successor has a status for it, too."""
        if isinstance(given, dict) and str(given.get("status", "")).lower() in ("acked", "acknowledged"):
            return {**given, "status": OPEN, "acknowledged": True}
        return given

    @property
    def team(self) -> str | None:
        return next((one.id for one in self.responders if one.type.lower() == "team" and one.id), None)


class Following(Part):
    next: Text = ""


class Answered(Part):
    """An answer of Opsgenie's own says how long it took and by which request; an empty list of anybody's does not."""

    took: float | None = None
    request_id: str | None = None

    @model_validator(mode="after")
    def _is_theirs(self) -> "Answered":
        if self.took is None and not self.request_id:
            raise ValueError("neither took nor requestId")
        return self


class AlertPage(Answered):
    data: list[Alert]
    paging: Annotated[Following, _filled({})] = Following()


class OneAlert(Answered):
    data: Alert


class AlertValues(Part):
    """A page. `count` is how many the query found, on all pages."""

    values: list[Alert]
    count: int | None = None
    links: Annotated[Following, _filled({})] = Following()


class Note(Part):
    note: Text = ""


class NotePage(Answered):
    data: list[Note]


class NoteValues(Part):
    values: list[Note]


class Schedule(Part):
    id: str = Field(min_length=1)
    name: Text = ""
    enabled: Annotated[bool, _filled(empty=True)] = True
    owner_team: Annotated[Named, _filled({})] = Named()
    team_id: Text = ""


class ScheduleList(Answered):
    data: list[Schedule]


class ScheduleValues(Part):
    values: list[Schedule]
    links: Annotated[Following, _filled({})] = Following()


class OnCalls(Part):
    """Who is on call for one schedule; None where the answer is of another kind than what was asked for."""

    parent: Schedule = Field(alias="_parent")
    recipients: list[str] | None = Field(None, alias="onCallRecipients")


class OnCallList(Answered):
    data: list[OnCalls]


class OnCallUsers(Part):
    on_call_users: list[str]


class Heartbeat(Part):
    """Opsgenie says whether it expired, its successor has a word for its state."""

    name: str = Field(min_length=1)
    enabled: bool | None = None
    expired: bool | None = None
    status: Text = ""
    interval: float | None = None
    interval_unit: Text = ""
    last_ping_time: AwareDatetime | None = None

    @property
    def never_pinged(self) -> bool:
        """It says of itself that no sign ever came; where it does not speak of that, nobody knows."""
        return "last_ping_time" in self.model_fields_set and self.last_ping_time is None


class _Heartbeats(Part):
    heartbeats: list[Heartbeat]


class HeartbeatList(Answered):
    data: _Heartbeats


class OneHeartbeat(Answered):
    data: Heartbeat


class HeartbeatValues(Part):
    values: list[Heartbeat]
    links: Annotated[Following, _filled({})] = Following()


class Team(Part):
    id: str = Field(min_length=1, validation_alias=AliasChoices("teamId", "id"))
    name: Text = Field("", validation_alias=AliasChoices("teamName", "name"))


class TeamList(Part):
    teams: list[Team] = Field(validation_alias=AliasChoices("platformTeams", "values"))


class Accepted(Part):
    """Taken, not done: what becomes of it is told under this id."""

    request_id: str = Field(min_length=1)


class Outcome(Part):
    is_success: bool
    status: Text = ""
    alert_id: Text = ""


class OutcomeInside(Part):
    data: Outcome


class Account(Part):
    display_name: Text = ""
    email_address: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Open alerts. Not `complete`: there are more than we read."""

    alerts: Sequence[Alert]
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A schedule and who is on call for it; `people` is None where that was not told."""

    schedule: Schedule
    people: Sequence[str] | None

    @property
    def team(self) -> str:
        return self.schedule.owner_team.id or self.schedule.team_id


def moment(alert: Alert) -> datetime | None:
    return alert.updated_at or alert.created_at
