"""The shapes of PagerDuty's REST API as far as we read them; other fields may come and go."""

from typing import Final

from pydantic import AwareDatetime, BaseModel, Field

from bot.integrations.pagerduty.notices import Id, Reference, Text

TRIGGERED: Final = "triggered"
ACKNOWLEDGED: Final = "acknowledged"
RESOLVED: Final = "resolved"


class Acknowledgement(BaseModel):
    at: AwareDatetime


class Incident(BaseModel):
    """The incident of the REST API: `incident_number` here, `number` in notices."""

    id: Id
    incident_number: int | None = None
    title: Text | None = None
    status: str
    urgency: str | None = None
    incident_key: str | None = None
    service: Reference | None = None
    priority: Reference | None = None
    html_url: str | None = None
    created_at: AwareDatetime
    last_status_change_at: AwareDatetime | None = None
    last_status_change_by: Reference | None = None
    acknowledgements: list[Acknowledgement] = Field(default_factory=list)

    @property
    def name(self) -> str:
        return self.title or f"Incident {self.incident_number or self.id}"


class User(BaseModel):
    id: Id
    summary: Text | None = None
    name: Text | None = None
    email: str | None = None

    @property
    def called(self) -> str:
        return self.name or self.summary or self.id


class Account(User):
    """Of the list of users: `role` is the base role of the account, which a team may widen."""

    role: str
    job_title: Text | None = None
    invitation_sent: bool = False


class Duty(BaseModel):
    """One entry of `/oncalls`: start and end are null for somebody who is always on call."""

    escalation_level: int
    escalation_policy: Reference
    user: User
    schedule: Reference | None = None  # the type of upgraded schedules differs; we never fetch one
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None


class Policy(BaseModel):
    id: Id
    name: Text | None = None
    summary: Text | None = None
    html_url: str | None = None

    @property
    def called(self) -> str:
        return self.name or self.summary or self.id


class Service(Policy):
    status: Text
    escalation_policy: Reference | None = None


class Window(BaseModel):
    """A maintenance window."""

    id: Id
    description: Text | None = None
    summary: Text | None = None
    start_time: AwareDatetime | None = None
    end_time: AwareDatetime | None = None
    services: list[Reference] = Field(default_factory=list)
    html_url: str | None = None


class DeliveryMethod(BaseModel):
    temporarily_disabled: bool
    url: Text | None = None


class Subscription(BaseModel):
    """A webhook subscription."""

    id: Id
    active: bool = True
    description: Text | None = None
    delivery_method: DeliveryMethod
    events: list[str] = Field(default_factory=list)

    def ends_in(self, path: str) -> bool:
        """Whether it calls such an address, whatever stands before the path."""
        return (self.delivery_method.url or "").strip().rstrip("/").endswith(path)


class Note(BaseModel):
    id: str = ""
    content: Text | None = None


class Created(BaseModel):
    """What any write answers with: we need nothing but the id."""

    id: Id


class Page(BaseModel):
    """One page of a list; the things themselves stand under the list's own name."""

    more: bool
    total: int | None = None
    model_config = {"extra": "allow"}

    def things(self, name: str) -> object:
        return (self.model_extra or {}).get(name)
