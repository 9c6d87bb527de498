"""How PagerDuty shows things: references, the REST objects, and the different incident of its webhooks."""

from dataclasses import dataclass

from bot.local.keep import Document
from bot.local.pagerduty.config import PagerDutyConfig
from bot.local.pagerduty.directory import POLICIES, PRIORITIES, SERVICES, USERS, Level, Named, Policy, Service
from bot.local.pagerduty.incident import RESOLVED, Actor, Incident, Mark, stamp
from bot.local.pagerduty.rota import Shift
from bot.local.people import ANN, SAM, LocalPerson


@dataclass(frozen=True, slots=True)
class Shapes:
    """Draws what is remembered as PagerDuty would, with addresses that lead to this workspace."""

    config: PagerDutyConfig

    def reference(self, kind: str, identity: str, summary: str, *, page: bool = True) -> Document:
        return {
            "id": identity,
            "type": f"{kind}_reference",
            "summary": summary,
            "self": f"{self.config.api_base}/{_plural(kind)}/{identity}",
            "html_url": f"{self.config.html_base}/{_plural(kind)}/{identity}" if page else None,
        }

    def user_reference(self, identity: str) -> Document:
        return self.reference("user", identity, USERS[identity].real_name)

    def service_reference(self, identity: str) -> Document:
        return self.reference("service", identity, SERVICES[identity].name)

    def policy_reference(self, identity: str) -> Document:
        return self.reference("escalation_policy", identity, POLICIES[identity].name)

    def incident_reference(self, incident: Incident) -> Document:
        return self.reference("incident", incident.id, _summary(incident))

    def agent(self, actor: Actor) -> Document | None:
        """Who did it, as a reference; nobody (a timer) is null."""
        match actor.kind:
            case "user":
                return self.user_reference(actor.id)
            case "service":
                return self.service_reference(actor.id)
            case "integration":
                service = next(one for one in SERVICES.values() if one.integration.id == actor.id)
                return self.reference("inbound_integration", actor.id, service.integration.name)
            case _:
                return None

    def user(self, person: LocalPerson) -> Document:
        roles = {ANN: "owner", SAM: "read_only_user"}
        full = self.user_reference(person.pagerduty) | {"type": "user"}
        return full | {
            "name": person.real_name,
            "email": person.email,
            "time_zone": "Etc/UTC",
            "color": "teal",
            "role": roles.get(person, "user"),
            "avatar_url": None,
            "description": None,
            "invitation_sent": False,
            "job_title": None,
            "teams": [],
            "contact_methods": [],
            "notification_rules": [],
        }

    def service(self, service: Service, status: str, last_incident: str | None) -> Document:
        full = self.service_reference(service.id) | {"type": "service"}
        integration = self.reference("inbound_integration", service.integration.id, service.integration.name)
        return full | {
            "name": service.name,
            "description": service.description,
            "status": status,
            "created_at": "2025-01-01T00:00:00Z",
            "last_incident_timestamp": last_incident,
            "auto_resolve_timeout": None,
            "acknowledgement_timeout": None,
            "alert_creation": "create_alerts_and_incidents",
            "escalation_policy": self.policy_reference(service.policy.id),
            "incident_urgency_rule": {"type": "constant", "urgency": "high"},
            "integrations": [integration],
            "teams": [],
        }

    def policy(self, policy: Policy) -> Document:
        rules = [
            {
                "id": f"{policy.id}L{number}",
                "escalation_delay_in_minutes": 30,
                "targets": [self._target(level)],
            }
            for number, level in enumerate(policy.levels, start=1)
        ]
        services = [self.service_reference(one.id) for one in SERVICES.values() if one.policy == policy]
        full = self.policy_reference(policy.id) | {"type": "escalation_policy"}
        return full | {
            "name": policy.name,
            "description": None,
            "num_loops": 0,
            "on_call_handoff_notifications": "if_has_services",
            "escalation_rules": rules,
            "services": services,
            "teams": [],
        }

    def oncall(self, shift: Shift, *, full_user: bool) -> Document:
        schedule = shift.policy.levels[shift.level - 1].schedule
        person = shift.person
        return {
            "escalation_policy": self.policy_reference(shift.policy.id),
            "escalation_level": shift.level,
            "schedule": self._schedule(schedule) if schedule else None,
            "user": self.user(person) if full_user else self.user_reference(person.pagerduty),
            "start": stamp(shift.start) if shift.start else None,
            "end": stamp(shift.end) if shift.end else None,
        }

    def priority(self, named: Named) -> Document:
        full = self.reference("priority", named.id, named.name, page=False) | {"type": "priority"}
        return full | {
            "name": named.name,
            "description": None,
            "color": "a8171c",
            "order": 2 ** (8 - int(named.id[-1])),
        }

    def incident(self, incident: Incident, alerts: tuple[int, int] = (0, 0)) -> Document:
        """Draw the REST incident; `alerts` are how many it has, triggered and resolved."""
        policy = self.policy_reference(incident.policy)
        by = self.user_reference(incident.changed_by) if incident.changed_by else None
        return {
            "id": incident.id,
            "type": "incident",
            "summary": _summary(incident),
            "self": f"{self.config.api_base}/incidents/{incident.id}",
            "html_url": self._page(incident),
            "incident_number": incident.number,
            "title": incident.title,
            "description": incident.title,
            "created_at": incident.created_at,
            "updated_at": incident.updated_at,
            "resolved_at": incident.resolved_at,
            "status": incident.status,
            "urgency": incident.urgency,
            "incident_key": incident.incident_key,
            "service": self.service_reference(incident.service),
            "assignments": [self._mark(mark, "assignee") for mark in incident.assignees],
            "assigned_via": "escalation_policy",
            "acknowledgements": [self._mark(mark, "acknowledger") for mark in incident.acknowledgements],
            "last_status_change_at": incident.last_status_change_at,
            "last_status_change_by": by or self.service_reference(incident.service),
            "escalation_policy": policy,
            "teams": [],
            "priority": self.priority(PRIORITIES[incident.priority]) if incident.priority else None,
            "conference_bridge": None,
            "incident_type": {"name": "incident_default"},
            "pending_actions": _pending(incident),
            "impacted_services": [self.service_reference(incident.service)],
            "is_mergeable": incident.open,
            "alert_counts": {"all": sum(alerts), "triggered": alerts[0], "resolved": alerts[1]},
            "resolve_reason": _resolve_reason(self, incident),
        }

    def incident_for_webhook(self, incident: Incident) -> Document:
        """Draw the incident as webhooks carry it: `number`, not `incident_number`; `assignees`, not `assignments`."""
        return {
            "id": incident.id,
            "type": "incident",
            "self": f"{self.config.api_base}/incidents/{incident.id}",
            "html_url": self._page(incident),
            "number": incident.number,
            "status": incident.status,
            "incident_key": incident.incident_key,
            "created_at": incident.created_at,
            "title": incident.title,
            "service": self.service_reference(incident.service),
            "assignees": [self.user_reference(mark.user) for mark in incident.assignees],
            "escalation_policy": self.policy_reference(incident.policy),
            "teams": [],
            "priority": self._priority_reference(incident.priority),
            "urgency": incident.urgency,
            "conference_bridge": None,
            "resolve_reason": _resolve_reason(self, incident),
            "incident_type": {"name": "incident_default"},
        }

    def _priority_reference(self, identity: str | None) -> Document | None:
        if identity is None:
            return None
        return self.reference("priority", identity, PRIORITIES[identity].name, page=False)

    def _page(self, incident: Incident) -> str:
        return f"{self.config.html_base}/incidents/{incident.id}"

    def _mark(self, mark: Mark, role: str) -> Document:
        return {"at": mark.at, role: self.user_reference(mark.user)}

    def _schedule(self, schedule: Named) -> Document:
        return self.reference("schedule", schedule.id, schedule.name)

    def _target(self, level: Level) -> Document:
        if level.schedule:
            return self._schedule(level.schedule)
        return self.user_reference(level.person.pagerduty)


def _plural(kind: str) -> str:
    irregular = {
        "escalation_policy": "escalation_policies",
        "priority": "priorities",
        "inbound_integration": "integrations",
    }
    return irregular.get(kind, f"{kind}s")


def _summary(incident: Incident) -> str:
    return f"[#{incident.number}] {incident.title}"


def _pending(incident: Incident) -> list[Document]:
    if incident.snoozed_until is None:
        return []
    return [{"type": "unacknowledge", "at": incident.snoozed_until}]


def _resolve_reason(shapes: Shapes, incident: Incident) -> Document | None:
    if incident.status != RESOLVED or incident.merged_into is None:
        return None
    target = shapes.reference("incident", incident.merged_into, "")
    return {"type": "merge_resolve_reason", "incident": target}
