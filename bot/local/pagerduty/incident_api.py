"""PagerDuty's REST endpoints about incidents."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local.keep import Document
from bot.local.pagerduty.account import Account
from bot.local.pagerduty.changes import Changes, read_new
from bot.local.pagerduty.directory import SERVICES, USERS
from bot.local.pagerduty.doorkeeper import requester
from bot.local.pagerduty.errors import ApiError, ability_missing, invalid, not_found
from bot.local.pagerduty.incident import STATUSES, URGENCIES, Incident, over_rest, stamp
from bot.local.pagerduty.ledger import ALERT, LOG, NOTE
from bot.local.pagerduty.requests import date_range, many, one_of, page, read_json, text, wrapped
from bot.local.people import LocalPerson

MOST_AT_ONCE: Final = 250
LONGEST_SNOOZE: Final = 604_800
_SORTS: Final = {
    "incident_number": lambda one: one.number,
    "created_at": lambda one: (one.created_at, one.number),
    "resolved_at": lambda one: one.resolved_at or "",
    "urgency": lambda one: one.urgency,
}


@dataclass(frozen=True, slots=True)
class IncidentApi:
    """The endpoints, one method each."""

    account: Account

    def routes(self) -> list[Route]:
        return [
            Route("/incidents", self.list, methods=["GET"]),
            Route("/incidents", self.create, methods=["POST"]),
            Route("/incidents", self.change_many, methods=["PUT"]),
            Route("/incidents/{id}", self.get, methods=["GET"]),
            Route("/incidents/{id}", self.change, methods=["PUT"]),
            Route("/incidents/{id}/notes", self.notes, methods=["GET"]),
            Route("/incidents/{id}/notes", self.annotate, methods=["POST"]),
            Route("/incidents/{id}/alerts", self.alerts, methods=["GET"]),
            Route("/incidents/{id}/log_entries", self.log_entries, methods=["GET"]),
            Route("/incidents/{id}/status_updates", self.publish, methods=["POST"]),
            Route("/incidents/{id}/snooze", self.snooze, methods=["POST"]),
            Route("/incidents/{id}/merge", self.merge, methods=["PUT"]),
            Route("/incidents/{id}/responder_requests", self.ask_responders, methods=["POST"]),
        ]

    async def list(self, request: Request) -> Response:
        wanted = _Filter.read(request, self.account.now())
        found = [one for one in self.account.ledger.incidents() if wanted.takes(one)]
        column, _, direction = request.query_params.get("sort_by", "incident_number:asc").partition(":")
        if column not in _SORTS or direction not in {"", "asc", "desc"}:
            raise invalid("Sort by is invalid.")
        found.sort(key=_SORTS[column], reverse=direction == "desc")
        return JSONResponse(page(request, "incidents", found, self._draw))

    async def get(self, request: Request) -> Response:
        return JSONResponse({"incident": self._draw_full(self._named(request))})

    async def create(self, request: Request) -> Response:
        by = requester(request)
        wish = read_new(wrapped(await read_json(request), "incident"))
        if wish.key and self.account.ledger.open_with_key(wish.service.id, wish.key):
            raise invalid("Open incident with matching dedup key already exists on this service.")
        return JSONResponse({"incident": self._draw(self.account.desk.trigger(wish, by))}, 201)

    async def change(self, request: Request) -> Response:
        by = requester(request)
        incident = self._named(request)
        changes = Changes.read(wrapped(await read_json(request), "incident"))
        changes.check(incident, by)
        return JSONResponse({"incident": self._draw(changes.apply(self.account.desk, incident, by))})

    async def change_many(self, request: Request) -> Response:
        by = requester(request)
        wishes = (await read_json(request)).get("incidents")
        if not isinstance(wishes, list) or not wishes or not all(isinstance(one, dict) for one in wishes):
            raise invalid("Incidents cannot be empty.")
        if len(wishes) > MOST_AT_ONCE:
            raise ApiError(413, 2001, "Request Entity Too Large", f"At most {MOST_AT_ONCE} incidents at once.")
        planned = [(self._known(wish.get("id")), Changes.read(wish)) for wish in wishes]
        for incident, changes in planned:
            changes.check(incident, by)
        done = [changes.apply(self.account.desk, incident, by) for incident, changes in planned]
        return JSONResponse({"incidents": [self._draw(incident) for incident in done]})

    async def notes(self, request: Request) -> Response:
        """List all notes: this list is not paged."""
        notes = self.account.ledger.parts(NOTE, self._named(request).id)
        return JSONResponse({"notes": [self._draw_note(note) for note in notes]})

    async def annotate(self, request: Request) -> Response:
        by = requester(request)
        incident = self._named(request)
        content = text(wrapped(await read_json(request), "note"), "content")
        return JSONResponse({"note": self._draw_note(self.account.desk.annotate(incident, content, by))})

    async def alerts(self, request: Request) -> Response:
        incident = self._named(request)
        statuses = one_of(many(request, "statuses"), ("triggered", "resolved"), "Statuses")
        alerts = [
            alert
            for alert in self.account.ledger.parts(ALERT, incident.id)
            if not statuses or alert["status"] in statuses
        ]
        return JSONResponse(page(request, "alerts", alerts, lambda alert: self._draw_alert(alert, incident)))

    async def log_entries(self, request: Request) -> Response:
        incident = self._named(request)
        entries = list(reversed(self.account.ledger.parts(LOG, incident.id)))
        return JSONResponse(page(request, "log_entries", entries, lambda entry: self._draw_entry(entry, incident)))

    async def publish(self, request: Request) -> Response:
        self._need("stakeholder_notifications")
        by = requester(request)
        incident = self._named(request)
        document = await read_json(request)
        if ("subject" in document) != ("html_message" in document):
            raise invalid("Subject and html_message must be given together.")
        update = self.account.desk.publish(incident, text(document, "message"), by)
        shown = {"id": update["id"], "message": update["message"], "created_at": update["created_at"]}
        sender = self.account.shapes.user_reference(update["user"])
        return JSONResponse({"status_update": shown | {"sender": sender}})

    async def snooze(self, request: Request) -> Response:
        by = requester(request)
        incident = self._named(request)
        duration = (await read_json(request)).get("duration")
        if not isinstance(duration, int) or isinstance(duration, bool) or not 1 <= duration <= LONGEST_SNOOZE:
            raise invalid(f"Duration must be between 1 and {LONGEST_SNOOZE} seconds.")
        return JSONResponse({"incident": self._draw(self.account.desk.snooze(incident, duration, by))}, 201)

    async def merge(self, request: Request) -> Response:
        by = requester(request)
        target = self._named(request)
        given = (await read_json(request)).get("source_incidents")
        if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
            raise invalid("Source incidents cannot be empty.")
        sources = {one.id: one for one in (self._known(wish.get("id")) for wish in given)}
        if target.id in sources:
            raise invalid("An incident cannot be merged into itself.")
        return JSONResponse({"incident": self._draw(self.account.desk.merge(target, tuple(sources.values()), by))})

    async def ask_responders(self, request: Request) -> Response:
        """Ask people for help; the requester stands in the body here, not in `From`."""
        self._need("coordinated_responding")
        incident = self._named(request)
        document = await read_json(request)
        asker = USERS.get(str(document.get("requester_id", "")))
        if asker is None:
            raise invalid("Requester not found.")
        message = text(document, "message")
        people = _targets(document)
        for person in people:
            incident = self.account.desk.ask_responder(incident, person, message, over_rest(asker))
        shapes = self.account.shapes
        targets = [{"responder_request_target": shapes.user_reference(one.pagerduty)} for one in people]
        asked: Document = {
            "incident": shapes.incident_reference(incident),
            "requester": shapes.user_reference(asker.pagerduty),
            "requested_at": stamp(self.account.now()),
            "message": message,
            "responder_request_targets": targets,
        }
        return JSONResponse({"responder_request": asked})

    def _need(self, ability: str) -> None:
        if ability not in self.account.config.abilities:
            raise ability_missing(ability)

    def _named(self, request: Request) -> Incident:
        return self._known(request.path_params["id"])

    def _known(self, identity: object) -> Incident:
        incident = self.account.ledger.incident(str(identity))
        if incident is None:
            raise not_found()
        return incident

    def _draw(self, incident: Incident) -> Document:
        return self.account.shapes.incident(incident, self.account.ledger.alert_counts(incident.id))

    def _draw_full(self, incident: Incident) -> Document:
        return self._draw(incident) | {"body": {"type": "incident_body", "details": incident.body}}

    def _draw_note(self, note: Document) -> Document:
        user = self.account.shapes.user_reference(note["user"]) if note["user"] in USERS else None
        shown = {"id": note["id"], "content": note["content"], "created_at": note["created_at"]}
        return shown | {"user": user, "channel": {"summary": note["channel"], "type": note["channel"]}}

    def _draw_alert(self, alert: Document, incident: Incident) -> Document:
        reference = self.account.shapes.reference("alert", alert["id"], alert["summary"])
        return reference | {
            "type": "alert",
            "status": alert["status"],
            "severity": alert["severity"],
            "alert_key": alert["alert_key"],
            "created_at": alert["created_at"],
            "suppressed": False,
            "body": {"type": "alert_body", "details": alert["details"], "contexts": alert["contexts"]},
            "incident": self.account.shapes.incident_reference(incident),
            "service": self.account.shapes.service_reference(incident.service),
        }

    def _draw_entry(self, entry: Document, incident: Incident) -> Document:
        kind = entry["kind"]
        reference = self.account.shapes.reference("log_entry", entry["id"], f"{kind} by {entry['channel']}", page=False)
        return reference | {
            "type": f"{kind}_log_entry",
            "created_at": entry["created_at"],
            "agent": entry["agent"],
            "channel": {"type": entry["channel"]} | entry["details"],
            "incident": self.account.shapes.incident_reference(incident),
            "service": self.account.shapes.service_reference(incident.service),
            "teams": [],
            "contexts": [],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filter:
    """Which incidents a list wants."""

    statuses: tuple[str, ...]
    urgencies: tuple[str, ...]
    services: tuple[str, ...]
    users: tuple[str, ...]
    key: str | None
    dates: tuple[str, str] | None

    @classmethod
    def read(cls, request: Request, now: datetime) -> "_Filter":
        dates = date_range(request, now)
        return cls(
            statuses=one_of(many(request, "statuses"), STATUSES, "Statuses"),
            urgencies=one_of(many(request, "urgencies"), URGENCIES, "Urgencies"),
            services=one_of(many(request, "service_ids"), SERVICES, "Service ids"),
            users=many(request, "user_ids"),
            key=request.query_params.get("incident_key"),
            dates=(stamp(dates[0]), stamp(dates[1])) if dates else None,
        )

    def takes(self, incident: Incident) -> bool:
        return (
            (not self.statuses or incident.status in self.statuses)
            and (not self.urgencies or incident.urgency in self.urgencies)
            and (not self.services or incident.service in self.services)
            and (not self.users or any(mark.user in self.users for mark in incident.assignees))
            and (self.key is None or incident.incident_key == self.key)
            and (self.dates is None or self.dates[0] <= incident.created_at <= self.dates[1])
        )


def _targets(document: Document) -> tuple[LocalPerson, ...]:
    given = document.get("responder_request_targets")
    if not isinstance(given, list) or not given:
        raise invalid("Responder request targets cannot be empty.")
    ids = [one.get("responder_request_target", {}).get("id") if isinstance(one, dict) else None for one in given]
    people = tuple(USERS[identity] for identity in ids if identity in USERS)
    if len(people) != len(ids):
        raise invalid("Responder not found.")
    return people
