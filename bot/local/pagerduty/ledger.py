"""What the PagerDuty stand-in knows of its incidents: they, their alerts, notes, log entries; all survive a restart."""

from collections import defaultdict
from typing import Final

from bot.local.keep import Document, Keep
from bot.local.pagerduty.incident import RESOLVED, TRIGGERED, Incident, new_id

ALERT: Final = "pagerduty.alert"
NOTE: Final = "pagerduty.note"
LOG: Final = "pagerduty.log"
STATUS_UPDATE: Final = "pagerduty.status_update"
_INCIDENT: Final = "pagerduty.incident"
_PARTS: Final = (ALERT, NOTE, LOG, STATUS_UPDATE)


class Ledger:
    """Incidents in memory, written through to the shelf before anything is answered."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._incidents = {key: Incident.from_document(body) for key, body in keep.all(_INCIDENT).items()}
        self._parts: dict[tuple[str, str], list[Document]] = defaultdict(list)
        for kind in _PARTS:
            for part in keep.all(kind).values():
                self._parts[kind, part["incident"]].append(part)

    def incident(self, identity: str) -> Incident | None:
        return self._incidents.get(identity)

    def incidents(self) -> tuple[Incident, ...]:
        return tuple(self._incidents.values())

    def open_with_key(self, service: str, key: str) -> Incident | None:
        wanted = (one for one in self._incidents.values() if one.open and one.service == service)
        return next((one for one in wanted if one.incident_key == key), None)

    def next_number(self) -> int:
        return max((one.number for one in self._incidents.values()), default=0) + 1

    def save(self, incident: Incident) -> Incident:
        self._keep.put(_INCIDENT, incident.id, incident.document())
        self._incidents[incident.id] = incident
        return incident

    def parts(self, kind: str, incident: str) -> tuple[Document, ...]:
        return tuple(self._parts.get((kind, incident), ()))

    def add(self, kind: str, incident: str, part: Document) -> Document:
        """Add a part and give it an id; parts never change afterwards, except an alert that moves or resolves."""
        kept = {"id": new_id(), "incident": incident} | part
        self._keep.put(kind, kept["id"], kept)
        self._parts[kind, incident].append(kept)
        return kept

    def resolve_alerts(self, incident: str) -> None:
        for alert in self._parts.get((ALERT, incident), ()):
            alert["status"] = RESOLVED
            self._keep.put(ALERT, alert["id"], alert)

    def move_alerts(self, source: str, target: str) -> None:
        for alert in self._parts.pop((ALERT, source), []):
            alert["incident"] = target
            self._keep.put(ALERT, alert["id"], alert)
            self._parts[ALERT, target].append(alert)

    def alert_counts(self, incident: str) -> tuple[int, int]:
        statuses = [alert["status"] for alert in self.parts(ALERT, incident)]
        return statuses.count(TRIGGERED), statuses.count(RESOLVED)
