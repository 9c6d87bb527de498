"""An incident as the PagerDuty stand-in remembers it, and who did something to it."""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final, Self

from bot.local.keep import Document
from bot.local.people import LocalPerson

Now = Callable[[], datetime]

TRIGGERED: Final = "triggered"
ACKNOWLEDGED: Final = "acknowledged"
RESOLVED: Final = "resolved"
STATUSES: Final = (TRIGGERED, ACKNOWLEDGED, RESOLVED)
URGENCIES: Final = ("high", "low")

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def utc_now() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def fine_stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id(first: str = "Q", length: int = 14) -> str:
    return first + "".join(secrets.choice(_ALPHABET) for _ in range(length - len(first)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: a person, an integration, or nobody (a timer). `client` is the program in between, if it said so."""

    kind: str  # user | integration | service | nobody
    id: str = ""
    client: Document | None = None
    channel: str = "api"


NOBODY: Final = Actor(kind="nobody", channel="timeout")


def over_rest(person: LocalPerson) -> Actor:
    return Actor(kind="user", id=person.pagerduty)


def on_page(person: LocalPerson) -> Actor:
    return Actor(kind="user", id=person.pagerduty, client={"name": "PagerDuty"}, channel="web_ui")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A person and since when: an assignment or an acknowledgement."""

    at: str
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Everything that is remembered of an incident; what is shown of it differs between REST and webhooks."""

    id: str
    number: int
    title: str
    status: str
    urgency: str
    service: str
    policy: str
    incident_key: str
    created_at: str
    updated_at: str
    last_status_change_at: str
    level: int = 1
    priority: str | None = None
    body: str | None = None
    assignees: tuple[Mark, ...] = ()
    acknowledgements: tuple[Mark, ...] = ()
    changed_by: str | None = None
    resolved_at: str | None = None
    snoozed_until: str | None = None
    merged_into: str | None = None
    responders: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        return self.status != RESOLVED

    @classmethod
    def from_document(cls, document: Document) -> Self:
        marks = {name: tuple(Mark(**mark) for mark in document[name]) for name in ("assignees", "acknowledgements")}
        return cls(**document | marks | {"responders": tuple(document["responders"])})

    def document(self) -> Document:
        return asdict(self)
