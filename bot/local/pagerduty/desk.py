"""What can be done to an incident in PagerDuty; each act is remembered, logged and announced by webhook."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.local.keep import Document
from bot.local.pagerduty.directory import POLICIES, Named, Policy, Service
from bot.local.pagerduty.errors import already_acknowledged, already_resolved, invalid
from bot.local.pagerduty.incident import (
    ACKNOWLEDGED,
    NOBODY,
    RESOLVED,
    TRIGGERED,
    Actor,
    Incident,
    Mark,
    Now,
    new_id,
    stamp,
)
from bot.local.pagerduty.ledger import ALERT, LOG, NOTE, STATUS_UPDATE, Ledger
from bot.local.pagerduty.shapes import Shapes
from bot.local.people import LocalPerson

Announce = Callable[[str, str, Document, Actor], None]  # event type, incident id, resource, who

MOST_NOTES: Final = 2000
MOST_ALERTS_TO_MERGE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """What a new incident says."""

    service: Service
    title: str
    urgency: str = "high"
    priority: Named | None = None
    key: str | None = None
    body: str | None = None
    assignees: tuple[LocalPerson, ...] = ()
    policy: Policy | None = None
    alert: Document | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """The acts. Each takes the incident as it is, checks that the act makes sense, and answers what it became."""

    ledger: Ledger
    shapes: Shapes
    announce: Announce
    now: Now

    def trigger(self, given: Raise, by: Actor) -> Incident:
        at = stamp(self.now())
        policy = given.policy or given.service.policy
        people = given.assignees or (policy.levels[0].person,)
        incident = self.ledger.save(
            Incident(
                id=new_id(),
                number=self.ledger.next_number(),
                title=given.title,
                status=TRIGGERED,
                urgency=given.urgency,
                service=given.service.id,
                policy=policy.id,
                priority=given.priority.id if given.priority else None,
                incident_key=given.key or new_id("", 32).lower(),
                body=given.body,
                assignees=tuple(Mark(at=at, user=person.pagerduty) for person in people),
                created_at=at,
                updated_at=at,
                last_status_change_at=at,
            )
        )
        if given.alert is not None:
            self.ledger.add(ALERT, incident.id, given.alert)
        return self._done("incident.triggered", incident, by)

    def acknowledge(self, incident: Incident, by: Actor) -> Incident:
        _refuse_resolved(incident)
        if any(mark.user == by.id for mark in incident.acknowledgements):
            raise already_acknowledged()
        at = stamp(self.now())
        marks = (*incident.acknowledgements, Mark(at=at, user=by.id)) if by.kind == "user" else ()
        return self._turn("incident.acknowledged", incident, ACKNOWLEDGED, by, acknowledgements=marks)

    def unacknowledge(self, incident: Incident, by: Actor) -> Incident:
        _refuse_resolved(incident)
        if incident.status == TRIGGERED:
            return incident
        return self._turn("incident.unacknowledged", incident, TRIGGERED, by, acknowledgements=(), snoozed_until=None)

    def resolve(self, incident: Incident, by: Actor, resolution: str | None = None) -> Incident:
        _refuse_resolved(incident)
        self.ledger.resolve_alerts(incident.id)
        done = self._turn(
            "incident.resolved",
            incident,
            RESOLVED,
            by,
            assignees=(),
            acknowledgements=(),
            snoozed_until=None,
            resolved_at=stamp(self.now()),
        )
        if resolution:
            self.annotate(done, resolution, by)
        return done

    def reopen(self, incident: Incident, by: Actor) -> Incident:
        if incident.open:
            return incident
        policy = POLICIES[incident.policy]
        marks = (Mark(at=stamp(self.now()), user=policy.levels[0].person.pagerduty),)
        return self._turn(
            "incident.reopened", incident, TRIGGERED, by, assignees=marks, level=1, resolved_at=None, merged_into=None
        )

    def reassign(self, incident: Incident, people: tuple[LocalPerson, ...], by: Actor) -> Incident:
        _refuse_resolved(incident)
        marks = tuple(Mark(at=stamp(self.now()), user=person.pagerduty) for person in people)
        moved = replace(incident, assignees=marks, acknowledgements=(), status=TRIGGERED)
        return self._done("incident.reassigned", self._touch(moved), by)

    def escalate(self, incident: Incident, policy: Policy, level: int, by: Actor) -> Incident:
        _refuse_resolved(incident)
        marks = (Mark(at=stamp(self.now()), user=policy.levels[level - 1].person.pagerduty),)
        moved = replace(incident, policy=policy.id, level=level, assignees=marks, acknowledgements=(), status=TRIGGERED)
        return self._done("incident.escalated", self._touch(moved), by)

    def prioritise(self, incident: Incident, priority: Named | None, by: Actor) -> Incident:
        changed = replace(incident, priority=priority.id if priority else None)
        return self._done("incident.priority_updated", self._touch(changed), by)

    def reword(self, incident: Incident, *, title: str | None = None, urgency: str | None = None) -> Incident:
        """Change title or urgency; PagerDuty has no webhook for either."""
        return self._touch(replace(incident, title=title or incident.title, urgency=urgency or incident.urgency))

    def snooze(self, incident: Incident, duration: int, by: Actor) -> Incident:
        _refuse_resolved(incident)
        until = stamp(self.now() + timedelta(seconds=duration))
        if incident.status != ACKNOWLEDGED:
            incident = self.acknowledge(incident, by)
        snoozed = self._touch(replace(incident, snoozed_until=until))
        self._log("snooze", snoozed, by, {"duration": duration})
        return snoozed

    def wake(self, now: datetime) -> None:
        """End the snoozes that are over."""
        due = [one for one in self.ledger.incidents() if one.snoozed_until and one.snoozed_until <= stamp(now)]
        for incident in due:
            self.unacknowledge(incident, NOBODY)

    def annotate(self, incident: Incident, content: str, by: Actor) -> Document:
        if len(self.ledger.parts(NOTE, incident.id)) >= MOST_NOTES:
            raise invalid(f"An incident cannot have more than {MOST_NOTES} notes.")
        kept = {"content": content, "created_at": stamp(self.now()), "user": by.id, "channel": by.channel}
        note = self.ledger.add(NOTE, incident.id, kept)
        reference = self.shapes.incident_reference(incident)
        resource = {"id": note["id"], "type": "incident_note", "content": content, "trimmed": False}
        self.announce("incident.annotated", incident.id, resource | {"incident": reference}, by)
        self._log("annotate", incident, by, {"content": content})
        return note

    def publish(self, incident: Incident, message: str, by: Actor) -> Document:
        """Send a status update to the stakeholders."""
        kept = {"message": message, "created_at": stamp(self.now()), "user": by.id}
        update = self.ledger.add(STATUS_UPDATE, incident.id, kept)
        reference = self.shapes.incident_reference(incident)
        resource = {"id": update["id"], "type": "incident_status_update", "message": message, "trimmed": False}
        self.announce("incident.status_update_published", incident.id, resource | {"incident": reference}, by)
        self._log("status_update", incident, by, {"message": message})
        return update

    def ask_responder(self, incident: Incident, person: LocalPerson, message: str, by: Actor) -> Incident:
        _refuse_resolved(incident)
        asked = self._touch(replace(incident, responders=(*incident.responders, person.pagerduty)))
        resource = {
            "type": "incident_responder",
            "incident": self.shapes.incident_reference(asked),
            "user": self.shapes.user_reference(person.pagerduty),
            "escalation_policy": None,
            "message": message,
            "state": "pending",
        }
        self.announce("incident.responder.added", incident.id, resource, by)
        self._log("responder_request", asked, by, {"message": message})
        return asked

    def merge(self, target: Incident, sources: tuple[Incident, ...], by: Actor) -> Incident:
        """Move the alerts of the sources to the target and resolve the sources."""
        _refuse_resolved(target)
        moving = sum(len(self.ledger.parts(ALERT, one.id)) for one in (target, *sources))
        if moving > MOST_ALERTS_TO_MERGE:
            raise invalid(f"Incidents with more than {MOST_ALERTS_TO_MERGE} alerts cannot be merged.")
        for source in sources:
            self.ledger.move_alerts(source.id, target.id)
            if source.open:
                self.resolve(replace(source, merged_into=target.id), by)
        return self._touch(target)

    def _turn(self, event: str, incident: Incident, status: str, by: Actor, **changes: object) -> Incident:
        at = stamp(self.now())
        actor = by.id if by.kind == "user" else None
        turned = replace(incident, status=status, last_status_change_at=at, changed_by=actor, **changes)  # type: ignore[arg-type]  # each caller names fields of Incident
        return self._done(event, self._touch(turned), by)

    def _touch(self, incident: Incident) -> Incident:
        return self.ledger.save(replace(incident, updated_at=stamp(self.now())))

    def _done(self, event: str, incident: Incident, by: Actor) -> Incident:
        self.announce(event, incident.id, self.shapes.incident_for_webhook(incident), by)
        self._log(_LOGGED_AS[event], incident, by, {})
        return incident

    def _log(self, kind: str, incident: Incident, by: Actor, details: Document) -> None:
        entry = {"kind": kind, "created_at": stamp(self.now()), "agent": self.shapes.agent(by), "channel": by.channel}
        self.ledger.add(LOG, incident.id, entry | {"details": details})


_LOGGED_AS: Final = {
    "incident.triggered": "trigger",
    "incident.acknowledged": "acknowledge",
    "incident.unacknowledged": "unacknowledge",
    "incident.resolved": "resolve",
    "incident.reopened": "reopen",
    "incident.reassigned": "assign",
    "incident.escalated": "escalate",
    "incident.priority_updated": "priority_change",
}


def _refuse_resolved(incident: Incident) -> None:
    if not incident.open:
        raise already_resolved()
