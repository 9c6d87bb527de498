"""The shapes of PagerDuty's notices (webhooks V3), and how one is read from its bytes."""

import json
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError

from bot.domain.errors import Unreadable
from bot.integrations.foreign import shown, sound

# A text that was cut may end in half a character, and PostgreSQL stores no NUL.
Text = Annotated[str, AfterValidator(lambda text: str(sound(text)))]
Id = Annotated[str, Field(min_length=1, max_length=200)]
T = TypeVar("T")
# What is empty may be null as well.
Listed = Annotated[list[T], BeforeValidator(lambda given: [] if given is None else given)]


class Reference(BaseModel):
    """How PagerDuty points at a thing. The summary of an incident can be null."""

    id: Id
    type: str = ""
    summary: Text | None = None
    html_url: str | None = None

    @property
    def name(self) -> str:
        return self.summary or self.id


class Incident(BaseModel):
    """The incident of webhooks. It is not the incident of the REST API: `number` here, `incident_number` there."""

    id: Id
    number: int | None = None
    title: Text | None = None
    status: str
    urgency: str | None = None
    priority: Reference | None = None
    service: Reference | None = None
    html_url: str | None = None
    created_at: AwareDatetime | None = None
    incident_type: dict[str, Any] | None = None
    incident_key: Text | None = None


class CustomField(BaseModel):
    """A custom field with its value, whatever type that has."""

    name: Text
    value: Any = None


class RoleAssignment(BaseModel):
    role: Reference | None = None
    assignee: Reference | None = None
    incident: Reference | None = None


class PhoneNumber(BaseModel):
    label: Text | None = None
    number: Text | None = None


class Aside(BaseModel):
    """Everything that is told about an incident without being the incident: notes, replies, roles, tasks, …"""

    incident: Reference | None = None
    content: Text | None = None
    message: Text | None = None
    trimmed: bool | None = None
    user: Reference | None = None
    escalation_policy: Reference | None = None
    state: Text | None = None
    conference_url: Text | None = None
    conference_numbers: Listed[PhoneNumber] = Field(default_factory=list)
    custom_fields: Listed[CustomField] = Field(default_factory=list)
    changed_custom_fields: Listed[CustomField] = Field(default_factory=list)
    incident_role_assignments: Listed[RoleAssignment] = Field(default_factory=list)
    name: Text | None = None
    summary: Text | None = None
    status: Text | None = None
    incident_workflow: Reference | None = None
    action: Reference | None = None

    @property
    def about(self) -> Reference | None:
        """The incident. Role assignments carry it one level deeper."""
        nested = (one.incident for one in self.incident_role_assignments)
        return self.incident or next((one for one in nested if one), None)


class Event(BaseModel):
    id: Id
    event_type: str
    occurred_at: AwareDatetime
    agent: Reference | None = None
    data: dict[str, Any]  # its shape depends on the event; read below

    @property
    def object_id(self) -> str | None:
        """The incident's id where it stands for this type; for notices about services, the service's."""
        if self.data.get("type") in ("incident", "service"):
            return _id(self.data)
        roles = self.data.get("incident_role_assignments")
        nested = roles[0] if isinstance(roles, list) and roles and isinstance(roles[0], dict) else {}
        places = (self.data.get("incident"), nested.get("incident"), self.data.get("service"))
        return next((found for found in map(_id, places) if found), None)


class _Delivery(BaseModel):
    event: Event


def read(body: bytes) -> Event:
    try:
        return _Delivery.model_validate(json.loads(body)).event
    except (ValueError, RecursionError) as error:
        if not isinstance(error, ValidationError):
            raise Unreadable("not JSON") from None  # the original quotes the body
        raise Unreadable(complaint(error)) from None  # the original quotes the body


def kind_of(body: bytes) -> str | None:
    """The event's type, whatever else there is; None when none stands where it belongs."""
    try:
        match json.loads(body):
            case {"event": {"event_type": str(kind)}}:
                return kind
    except (ValueError, RecursionError):
        return None  # `read` says so
    return None


def _id(place: object) -> str | None:
    try:
        return TypeAdapter(Id).validate_python(place.get("id")) if isinstance(place, dict) else None
    except ValidationError:
        return None


def complaint(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the body"
    return f"{shown(where)}: {first['type']}"
