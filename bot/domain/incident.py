"""An incident and its rules: states, severity, names, joining."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from slugify import slugify

from bot.domain.alert import Alert, Urgency
from bot.domain.plan import Plan


class State(StrEnum):
    """`investigating → identified → monitoring → resolved → closed`; any open one to any later one and back."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    CLOSED = "closed"
    MERGED = "merged"

    @property
    def open(self) -> bool:
        return self in OPEN


OPEN: Final = (State.INVESTIGATING, State.IDENTIFIED, State.MONITORING)


class Duty(StrEnum):
    """The roles in an incident. A role is a hat, not a right, save that the lead may do there what a responder may."""

    LEAD = "lead"
    COMMUNICATIONS = "communications"
    SCRIBE = "scribe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A disruption that people coordinate on. People are Slack ids; texts are raw and foreign."""

    id: int
    title: str
    severity: str
    status: State
    team: str
    opened_at: datetime
    changed_at: datetime
    service: str | None = None
    private: bool = False
    practice: bool = False
    channel: str | None = None
    channel_name: str | None = None
    lead: str | None = None
    communications: str | None = None
    scribe: str | None = None
    declared_by: str | None = None
    origin: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    ended_at: datetime | None = None
    fixed_by: str | None = None
    resolves: int = 0
    impact: str | None = None
    seen: str | None = None
    touched: bool = False
    cleared: bool = False
    last_alert_at: datetime | None = None
    last_update: str | None = None
    last_update_at: datetime | None = None
    told: str | None = None
    """What stakeholders were told last; the last update may have been for the channel alone."""
    told_at: datetime | None = None
    update_due_at: datetime | None = None
    nudged: int = 0
    followers: Sequence[str] = ()
    responders: Sequence[str] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    links: Sequence[Mapping[str, str]] = ()
    runbook: Mapping[str, Any] | None = None
    graphs: Sequence[Mapping[str, str]] = ()
    merged_into: int | None = None
    follows: int | None = None
    archived_at: datetime | None = None
    gone: str | None = None

    @property
    def name(self) -> str:
        return f"INC-{self.id}"

    @property
    def open(self) -> bool:
        return self.status.open

    def involves(self, user: str) -> bool:
        """Whether somebody belongs to it: a private incident is shown to these only."""
        return user in (self.lead, self.communications, self.scribe, self.declared_by, *self.responders)

    def holder(self, duty: Duty) -> str | None:
        return {
            Duty.LEAD: self.lead,
            Duty.COMMUNICATIONS: self.communications,
            Duty.SCRIBE: self.scribe,
        }[duty]


_NUMBER = re.compile(r"^(?:inc-?)?#?(\d{1,12})$", re.IGNORECASE)


def number_of(text: str) -> int | None:
    """`INC-142`, `inc142`, `#142` or `142` → 142."""
    found = _NUMBER.match(text.strip())
    return int(found[1]) if found else None


CHANNEL_NAME_LIMIT: Final = 80


def channel_name(prefix: str, number: int, title: str) -> str:
    """`inc-142-checkout-latency`: lower case, hyphens, at most 80 characters, readable from any script."""
    stem = f"{prefix}-{number}"
    room = min(CHANNEL_NAME_LIMIT - len(stem) - 1, 40)  # longer names are cut off in everybody's list of channels
    slug = slugify(title[:300], max_length=room, word_boundary=True, save_order=True)
    return f"{stem}-{slug}".strip("-_") if slug else stem


def marker(number: int) -> str:
    """What our channel and ticket carry, so that a repeat finds them."""
    return f"daywatch-inc-{number}"


def page_key(number: int, once: str) -> str:
    """Under which an incident calls somebody. The pager tells it again in its news of that page."""
    return f"incident:{number}:page:{once}"


_PAGE_KEY = re.compile(r"^incident:(\d{1,12}):page:")


def paged_from(key: str) -> int | None:
    """The incident behind such a key; whether it really asked for that page is in its timeline."""
    found = _PAGE_KEY.match(key)
    return int(found[1]) if found else None


_PRIORITY = re.compile(r"^\s*(?:p|sev)\s*-?\s*([1-4])\b", re.IGNORECASE)
_LABELS: Final[Mapping[str, int]] = {"critical": 1, "page": 1, "warning": 2, "info": 3}


def severity_of(alert: Alert, plan: Plan) -> str:
    """PagerDuty priority P1 to P4 (or SEV1 to SEV4) first, then the urgency, then the label (product rules)."""
    keys = [severity.key for severity in plan.severities]

    def nth(rank: int) -> str:
        return keys[min(rank, len(keys) - 1)]

    found = _PRIORITY.match(alert.priority or "")
    if found:
        return nth(int(found[1]) - 1)
    label = alert.labels.get("severity", "").casefold()
    if label in _LABELS:
        return nth(_LABELS[label])
    if alert.urgency is Urgency.LOW:
        return nth(3)
    return nth(1)


def service_of(alert: Alert, plan: Plan) -> str | None:
    """Our service behind an alert: by the vendor's id, else by labels that must all be equal, else by its name."""
    for service in plan.services:
        if alert.service_ref in service.match.refs.values():
            return service.name
    for service in plan.services:
        wanted = service.match.labels
        if wanted and all(alert.labels.get(name) == value for name, value in wanted.items()):
            return service.name
    names = {name.casefold() for name in (alert.service_name, alert.labels.get("service")) if name}
    for service in plan.services:
        if service.name.casefold() in names or (service.match.name or "").casefold() in names:
            return service.name
    return None


_LOOKS_LIKE: Final = re.compile(r"\bsev\s?-?([1-9])\b", re.IGNORECASE)


def severity_in(text: str, plan: Plan) -> tuple[str, str | None]:
    """Takes a severity out of typed words: `checkout is slow sev2` → (`checkout is slow`, `sev2`)."""
    for severity in plan.severities:
        pattern = re.compile(rf"(?:^|\s){re.escape(severity.key)}(?=\s|$)", re.IGNORECASE)
        if pattern.search(text):
            return pattern.sub(" ", text, count=1).strip(), severity.key
    found = _LOOKS_LIKE.search(text)
    if found and int(found[1]) <= len(plan.severities):
        return _LOOKS_LIKE.sub(" ", text, count=1).strip(), plan.severities[int(found[1]) - 1].key
    return text.strip(), None
