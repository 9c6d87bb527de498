"""An alert in one normal form, and what can happen to it, whichever system it comes from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class AlertState(StrEnum):
    FIRING = "firing"
    RESOLVED = "resolved"


class Urgency(StrEnum):
    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A firing or resolved notice. Texts are foreign and arrive raw.

    `id` is the source's own id; `episode` tells one firing of that id from the next (the start time for sources that
    reuse ids, empty for those that do not). (source, id, episode) is unique. `service_ref` is the vendor's id of the
    service, `service_name` its name there; ours is found by the settings. `priority` is as the vendor writes it ("P1").
    """

    source: str
    id: str
    title: str
    state: AlertState
    occurred_at: datetime
    episode: str = ""
    fingerprint: str = ""
    started_at: datetime | None = None
    urgency: Urgency | None = None
    priority: str | None = None
    number: str | None = None
    url: str | None = None
    service_ref: str | None = None
    service_name: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    wish: str = ""
    """The key under which it was raised: one of ours where we asked for it. Told with the first news only."""

    @property
    def key(self) -> str:
        """The business key: shown nowhere, stable for ever."""
        return ":".join(part for part in (self.source, self.id, self.episode) if part)


class Change(StrEnum):
    """What a source says happened to an alert."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    ESCALATED = "escalated"
    REASSIGNED = "reassigned"
    REPRIORITISED = "reprioritised"
    NOTED = "noted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Who did it at the vendor's. `person` is False for services, integrations and API keys."""

    id: str
    name: str
    person: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChanged:
    """Something happened to an alert. `words` is the note or message that came with it, foreign and raw."""

    alert: Alert
    change: Change
    by: Agent | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a source says of alerts that it was asked about, by their keys. Of what is in none it knows nothing.

    `gone` are not on its complete list of alerts that fire: over, or out of our sight (a right that is missing, another
    server, one that has just started). Only `news` is what it says in so many words.
    """

    news: Sequence[AlertChanged] = ()
    fires: Collection[str] = ()
    gone: Collection[str] = ()
