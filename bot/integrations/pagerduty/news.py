"""What a PagerDuty notice says, in our own form: which incident, what happened to it, who did it, and in what words."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from pydantic import ValidationError

from bot.domain.alert import Agent, Alert, AlertChanged, AlertState, Change, Urgency
from bot.domain.errors import Unreadable
from bot.integrations.pagerduty.notices import Aside, Event, Incident, Reference, complaint

SOURCE: Final = "pagerduty"
_LONGEST: Final = 20_000
OUR_MARK: Final = re.compile(r"\n\[daywatch [^\]\n]{1,300}\]\s*\Z")
"""How our notes end (`mark_of`)."""


def mark_of(once: str) -> str:
    """So that a repeat finds the note, and so that we know it when it comes back."""
    return f"[daywatch {once}]"


def translate(event: Event) -> Sequence[AlertChanged]:
    """The news in it; nothing for an event that nobody follows."""
    try:
        if event.event_type in _INCIDENTS:
            return (_from_incident(event, _INCIDENTS[event.event_type]),)
        if event.event_type in _ASIDES:
            aside = Aside.model_validate(event.data)
            # Our own note coming back is no news.
            return () if OUR_MARK.search(aside.content or "") else (_from_aside(event, aside),)
    except ValidationError as error:
        raise Unreadable(f"{event.event_type}: {complaint(error)}") from None  # the original quotes the body
    return ()


def _from_incident(event: Event, change: Change) -> AlertChanged:
    if event.data.get("type") != "incident":
        raise Unreadable(f"{event.event_type}: the notice does not hold an incident")
    incident = Incident.model_validate(event.data)
    alert = Alert(
        source=SOURCE,
        id=incident.id,
        title=incident.title or f"Incident {incident.number or incident.id}",
        state=AlertState.RESOLVED if incident.status == "resolved" else AlertState.FIRING,
        occurred_at=event.occurred_at,
        fingerprint=f"{SOURCE}:{incident.id}",
        started_at=incident.created_at,
        urgency=urgency(incident.urgency),
        priority=incident.priority.summary if incident.priority else None,
        number=str(incident.number) if incident.number is not None else None,
        url=incident.html_url,
        service_ref=incident.service.id if incident.service else None,
        service_name=incident.service.summary if incident.service else None,
        wish=incident.incident_key or "",
    )
    return AlertChanged(alert=alert, change=change, by=agent(event.agent), words=_incident_words(event, incident))


def _from_aside(event: Event, aside: Aside) -> AlertChanged:
    """A note says nothing about the state, and names its incident only: go by the id, never by `alert.state`."""
    if aside.about is None:
        raise Unreadable(f"{event.event_type}: the notice names no incident")
    alert = Alert(
        source=SOURCE,
        id=aside.about.id,
        title=aside.about.name,
        state=AlertState.FIRING,
        occurred_at=event.occurred_at,
        fingerprint=f"{SOURCE}:{aside.about.id}",
        url=aside.about.html_url,
    )
    return AlertChanged(
        alert=alert, change=Change.NOTED, by=agent(event.agent), words=_ASIDES[event.event_type](aside)[:_LONGEST]
    )


def urgency(given: str | None) -> Urgency | None:
    return Urgency(given) if given in ("high", "low") else None


def agent(given: Reference | None) -> Agent | None:
    """Who did it. Nobody is known (a timer) when it is null; integrations, services and API keys are not people."""
    if given is None:
        return None
    return Agent(id=given.id, name=given.name, person=given.type == "user_reference")


def _incident_words(event: Event, incident: Incident) -> str:
    if event.event_type == "incident.service_updated" and incident.service:
        return f"moved to the service {incident.service.name}"
    if event.event_type == "incident.incident_type.changed":
        return f"the type is now {(incident.incident_type or {}).get('name', 'unknown')}"[:_LONGEST]
    return ""


def _joined(*parts: str | None) -> str:
    return ": ".join(part for part in parts if part)


def _asked(aside: Aside) -> str:
    asked = aside.user or aside.escalation_policy
    return _joined(f"{asked.name if asked else 'somebody'} was asked to join", aside.message)


def _replied(aside: Aside) -> str:
    return _joined(aside.user.name if aside.user else "somebody", aside.state, aside.message)


def _bridge(aside: Aside) -> str:
    numbers = [_joined(one.label, one.number) for one in aside.conference_numbers]
    return ", ".join(part for part in (aside.conference_url, *numbers) if part) or "the conference bridge was taken out"


def _fields(aside: Aside) -> str:
    """The new values: the changed list holds the old ones."""
    changed = {one.name for one in aside.changed_custom_fields}
    return ", ".join(f"{one.name}: {_plain(one.value)}" for one in aside.custom_fields if one.name in changed)


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "empty" if value is None else str(value)


def _roles(aside: Aside) -> str:
    """An assignment without an assignee takes the role away."""
    return ", ".join(
        f"{one.role.name if one.role else 'role'}: {one.assignee.name if one.assignee else 'nobody'}"
        for one in aside.incident_role_assignments
    )


def _task(done: str) -> Callable[[Aside], str]:
    return lambda aside: _joined(f"task {done}", aside.name)


def _workflow(done: str) -> Callable[[Aside], str]:
    return lambda aside: _joined(
        f"workflow {done}", aside.summary or (aside.incident_workflow.name if aside.incident_workflow else None)
    )


def _action(aside: Aside) -> str:
    return _joined("action", aside.action.name if aside.action else None, aside.state)


def _note(aside: Aside) -> str:
    words = aside.content or aside.message or ""
    return f"{words}…" if aside.trimmed else words


_INCIDENTS: Final[Mapping[str, Change]] = {
    "incident.triggered": Change.TRIGGERED,
    "incident.acknowledged": Change.ACKNOWLEDGED,
    "incident.unacknowledged": Change.UNACKNOWLEDGED,
    "incident.resolved": Change.RESOLVED,
    "incident.reopened": Change.REOPENED,
    "incident.escalated": Change.ESCALATED,
    "incident.delegated": Change.REASSIGNED,  # to another escalation policy
    "incident.reassigned": Change.REASSIGNED,
    "incident.service_updated": Change.REASSIGNED,
    "incident.priority_updated": Change.REPRIORITISED,
    "incident.incident_type.changed": Change.NOTED,
}
_ASIDES: Final[Mapping[str, Callable[[Aside], str]]] = {
    "incident.annotated": _note,
    "incident.status_update_published": _note,
    "incident.responder.added": _asked,
    "incident.responder.replied": _replied,
    "incident.conference_bridge.updated": _bridge,
    "incident.custom_field_values.updated": _fields,
    "incident.role.assigned": _roles,
    "incident.task.created": _task("created"),
    "incident.task.updated": _task("changed"),
    "incident.task.completed": _task("completed"),
    "incident.workflow.started": _workflow("started"),
    "incident.workflow.completed": _workflow("completed"),
    "incident.action_invocation.created": _action,
    "incident.action_invocation.updated": _action,
    "incident.action_invocation.terminated": _action,
}
FOLLOWED: Final = frozenset(_INCIDENTS) | frozenset(_ASIDES)
