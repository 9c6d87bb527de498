"""What a caller wants changed on an incident (`PUT /incidents`), checked as a whole before any of it is done."""

from dataclasses import dataclass
from typing import Final

from bot.local.keep import Document
from bot.local.pagerduty.desk import Desk, Raise
from bot.local.pagerduty.directory import POLICIES, PRIORITIES, SERVICES, USERS, Named, Policy, priority_by_anything
from bot.local.pagerduty.errors import already_acknowledged, already_resolved, invalid
from bot.local.pagerduty.incident import ACKNOWLEDGED, RESOLVED, STATUSES, TRIGGERED, URGENCIES, Actor, Incident
from bot.local.pagerduty.requests import one_of, text
from bot.local.people import LocalPerson

_TYPES: Final = ("incident", "incident_reference")
_LONGEST_TITLE: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """A checked wish. What is None (or empty) stays as it is."""

    status: str | None = None
    resolution: str | None = None
    title: str | None = None
    urgency: str | None = None
    priority: Named | None = None
    clear_priority: bool = False
    level: int | None = None
    policy: Policy | None = None
    assignees: tuple[LocalPerson, ...] = ()

    @classmethod
    def read(cls, wish: Document) -> "Changes":
        _check_type(wish)
        status = wish.get("status")
        if status is not None:
            one_of((str(status),), STATUSES, "Status")
        resolution = wish.get("resolution")
        if resolution is not None and status != RESOLVED:
            raise invalid("Resolution can only be set when the status is resolved.")
        level = wish.get("escalation_level")
        if level is not None and (not isinstance(level, int) or isinstance(level, bool)):
            raise invalid("Escalation level must be a number.")
        return cls(
            status=status,
            resolution=str(resolution) if resolution else None,
            title=text(wish, "title", _LONGEST_TITLE) if "title" in wish else None,
            urgency=_urgency(wish),
            priority=_priority(wish),
            clear_priority="priority" in wish and wish["priority"] is None,
            level=level,
            policy=_policy(wish),
            assignees=_assignees(wish),
        )

    def check(self, incident: Incident, by: Actor) -> None:
        """Refuse what this incident cannot take, before any incident of the request is touched."""
        policy = self.policy or POLICIES[incident.policy]
        if self.level is not None and not 1 <= self.level <= len(policy.levels):
            raise invalid("Escalation level is not in the escalation policy.")
        if self.status == ACKNOWLEDGED and any(mark.user == by.id for mark in incident.acknowledgements):
            raise already_acknowledged()
        moves = self.assignees or self.policy or self.level is not None
        reopens = self.status in {TRIGGERED, ACKNOWLEDGED}
        if not incident.open and not reopens and (self.status == RESOLVED or moves):
            raise already_resolved()

    def apply(self, desk: Desk, incident: Incident, by: Actor) -> Incident:
        if self.title or self.urgency:
            incident = desk.reword(incident, title=self.title, urgency=self.urgency)
        if self.priority or self.clear_priority:
            incident = desk.prioritise(incident, self.priority, by)
        incident = self._set_status(desk, incident, by)
        if self.policy or self.level is not None:
            policy = self.policy or POLICIES[incident.policy]
            incident = desk.escalate(incident, policy, self.level or 1, by)
        if self.assignees:
            incident = desk.reassign(incident, self.assignees, by)
        return incident

    def _set_status(self, desk: Desk, incident: Incident, by: Actor) -> Incident:
        if self.status is None:
            return incident
        if self.status == RESOLVED:
            return desk.resolve(incident, by, self.resolution)
        # An open status on a resolved incident reopens it, as at the vendor.
        incident = desk.reopen(incident, by)
        return desk.acknowledge(incident, by) if self.status == ACKNOWLEDGED else desk.unacknowledge(incident, by)


def read_new(wish: Document) -> Raise:
    """Read `POST /incidents`: type, title and service are required."""
    _check_type(wish)
    service = SERVICES.get(str(_reference(wish, "service") or ""))
    if service is None:
        raise invalid("Service cannot be empty.")
    body = wish.get("body")
    key = wish.get("incident_key")
    return Raise(
        service=service,
        title=text(wish, "title", _LONGEST_TITLE),
        urgency=_urgency(wish) or "high",
        priority=_priority(wish),
        key=str(key) if key else None,
        body=str(body.get("details", "")) if isinstance(body, dict) else None,
        assignees=_assignees(wish),
        policy=_policy(wish),
    )


def _check_type(wish: Document) -> None:
    if wish.get("type") not in _TYPES:
        raise invalid("Type must be incident or incident_reference.")


def _urgency(wish: Document) -> str | None:
    urgency = wish.get("urgency")
    if urgency is None:
        return None
    return one_of((str(urgency),), URGENCIES, "Urgency")[0]


def _priority(wish: Document) -> Named | None:
    """Read a priority: an object reference or simply its name."""
    given = wish.get("priority")
    if given is None:
        return None
    found = (
        priority_by_anything(given) if isinstance(given, str) else PRIORITIES.get(_reference(wish, "priority") or "")
    )
    if found is None:
        raise invalid("Priority not found.")
    return found


def _policy(wish: Document) -> Policy | None:
    if wish.get("escalation_policy") is None:
        return None
    policy = POLICIES.get(_reference(wish, "escalation_policy") or "")
    if policy is None:
        raise invalid("Escalation policy not found.")
    return policy


def _assignees(wish: Document) -> tuple[LocalPerson, ...]:
    given = wish.get("assignments") or []
    if not isinstance(given, list):
        raise invalid("Assignments must be a list.")
    ids = [_reference(one, "assignee") if isinstance(one, dict) else None for one in given]
    people = tuple(USERS[identity] for identity in ids if identity in USERS)
    if len(people) != len(ids):
        raise invalid("Assignee not found.")
    return people


def _reference(wish: Document, name: str) -> str | None:
    given = wish.get(name)
    return str(given.get("id")) if isinstance(given, dict) else None
