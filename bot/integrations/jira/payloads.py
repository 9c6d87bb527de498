"""What Jira answers, as far as we read it. Nothing of this leaves the folder."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.domain.ticket import TicketState


def _moment(value: object) -> object:
    # Jira writes +0000 without a colon.
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _text(value: object) -> object:
    # Another version of the interface has documents here, which we never ask for.
    return value if isinstance(value, str) else None


Wiki = Annotated[str | None, BeforeValidator(_text)]
Moment = Annotated[datetime, BeforeValidator(_moment)]


class Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Category(Payload):
    key: str

    @property
    def state(self) -> TicketState:
        """Teams rename statuses; the category stays. `undefined` ("No category") is work nobody has begun."""
        return {"done": TicketState.DONE, "indeterminate": TicketState.IN_PROGRESS}.get(self.key, TicketState.NEW)


class Status(Payload):
    name: str
    category: Category = Field(alias="statusCategory")


class User(Payload):
    """`accountId` on Cloud, `name` on Data Center; the e-mail address is often hidden."""

    account_id: str | None = Field(default=None, alias="accountId")
    name: str | None = None
    email: str | None = Field(default=None, alias="emailAddress")
    shown: str = Field(default="", alias="displayName")
    active: bool = True

    @property
    def id(self) -> str:
        return self.account_id or self.name or ""


class Named(Payload):
    """An issue type or a priority."""

    name: str = ""


class LinkType(Payload):
    name: str
    inward: str = ""
    outward: str = ""


IssueKey = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,80}-[0-9]{1,15}$")]
"""Keys go into addresses and are shown as they are, so that nothing else may pass for one."""


class Key(Payload):
    key: IssueKey


class Link(Payload):
    type: LinkType
    inward: Key | None = Field(default=None, alias="inwardIssue")
    outward: Key | None = Field(default=None, alias="outwardIssue")

    @property
    def other(self) -> str:
        end = self.inward or self.outward
        return end.key if end else ""


class Fields(Payload):
    summary: str | None = None
    description: Wiki = None
    status: Status | None = None
    created: Moment | None = None
    due: date | None = Field(default=None, alias="duedate")
    labels: tuple[str, ...] = ()
    assignee: User | None = None
    links: tuple[Link, ...] = Field(default=(), alias="issuelinks")
    type: Named | None = Field(default=None, alias="issuetype")
    priority: Named | None = None


class Issue(Payload):
    key: IssueKey
    id: str = ""
    fields: Fields = Fields()


class CloudPage(Payload):
    """A page of a Cloud search: it never says how many there are."""

    issues: tuple[Issue, ...]
    next: str | None = Field(default=None, alias="nextPageToken")
    last: bool | None = Field(default=None, alias="isLast")


class ServerPage(Payload):
    """A page of a Data Center search; the server may give fewer than asked for."""

    issues: tuple[Issue, ...]
    start: int = Field(alias="startAt")
    total: int


class Project(Payload):
    id: str
    key: str


class IssueType(Payload):
    id: str
    name: str
    subtask: bool = False


class Value(Payload):
    id: str = ""
    name: str = ""


class FieldRule(Payload):
    """What a screen says about one field."""

    id: str = Field(default="", alias="fieldId")
    name: str = ""
    required: bool = False
    has_default: bool = Field(default=False, alias="hasDefaultValue")
    allowed: tuple[Value, ...] = Field(default=(), alias="allowedValues")


class Transition(Payload):
    id: str
    name: str
    to: Status
    fields: dict[str, FieldRule] = {}


class Server(Payload):
    deployment: str = Field(default="", alias="deploymentType")
    base_url: str = Field(default="", alias="baseUrl")
    version: str = ""


class Right(Payload):
    name: str = ""
    have: bool = Field(alias="havePermission")
