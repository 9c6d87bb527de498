"""The PagerDuty panel of the local workspace: raise, act as a person, look at deliveries, send one again; all JSON."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local.keep import Document
from bot.local.pagerduty.account import Account
from bot.local.pagerduty.changes import Changes
from bot.local.pagerduty.desk import Raise
from bot.local.pagerduty.directory import (
    PRIORITIES,
    SERVICES,
    SUBSCRIPTION,
    USERS,
    Service,
    priority_by_anything,
    service_by_anything,
    user_by_anything,
)
from bot.local.pagerduty.errors import ApiError, invalid, not_found
from bot.local.pagerduty.incident import URGENCIES, Actor, Incident, on_page
from bot.local.pagerduty.ledger import ALERT, LOG, NOTE
from bot.local.pagerduty.requests import one_of, read_json, text
from bot.local.people import LocalPerson

BIGGEST_STORM: Final = 200
_Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Panel:
    """What a person can see and press. Errors come in PagerDuty's shape."""

    account: Account

    async def state(self, _request: Request) -> Response:
        ledger = self.account.ledger
        services = [{"id": one.id, "name": one.name} for one in SERVICES.values()]
        people = [{"id": key, "name": one.name, "real_name": one.real_name} for key, one in USERS.items()]
        newest_first = sorted(ledger.incidents(), key=lambda one: one.number, reverse=True)
        return JSONResponse(
            {
                "incidents": [self._shown(one) for one in newest_first],
                "services": services,
                "people": people,
                "priorities": [{"id": one.id, "name": one.name} for one in PRIORITIES.values()],
                "subscription": {"id": SUBSCRIPTION.id, "disabled": self.account.deliveries.disabled},
            }
        )

    async def deliveries(self, _request: Request) -> Response:
        newest_first = [one.shown() for one in reversed(self.account.deliveries.log())]
        return JSONResponse({"deliveries": newest_first, "disabled": self.account.deliveries.disabled})

    async def raise_one(self, request: Request) -> Response:
        given = await read_json(request)
        urgency = one_of((str(given.get("urgency") or "high"),), URGENCIES, "Urgency")[0]
        priority = priority_by_anything(str(given["priority"])) if given.get("priority") else None
        if given.get("priority") and priority is None:
            raise invalid("Priority not found.")
        service = _service(given)
        wish = Raise(service=service, title=text(given, "title", 1024), urgency=urgency, priority=priority)
        by = on_page(_person(given)) if given.get("user") else _monitoring(service)
        return self._answer(self.account.desk.trigger(wish, by), 201)

    async def storm(self, request: Request) -> Response:
        """Raise many at once, as a monitoring system does on a very bad day."""
        given = await read_json(request)
        count = given.get("count", 50)
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= BIGGEST_STORM:
            raise invalid(f"Count must be between 1 and {BIGGEST_STORM}.")
        service = _service(given)
        raised = [
            self.account.desk.trigger(
                Raise(service=service, title=f"Storm {number}/{count}: {service.name} pod is failing"),
                _monitoring(service),
            ).id
            for number in range(1, count + 1)
        ]
        return JSONResponse({"incidents": raised}, 201)

    async def acknowledge(self, request: Request) -> Response:
        _, incident, by = await self._act(request)
        return self._answer(self.account.desk.acknowledge(incident, by))

    async def resolve(self, request: Request) -> Response:
        given, incident, by = await self._act(request)
        resolution = given.get("resolution")
        return self._answer(self.account.desk.resolve(incident, by, str(resolution) if resolution else None))

    async def reopen(self, request: Request) -> Response:
        _, incident, by = await self._act(request)
        return self._answer(self.account.desk.reopen(incident, by))

    async def annotate(self, request: Request) -> Response:
        given, incident, by = await self._act(request)
        self.account.desk.annotate(incident, text(given, "content"), by)
        return self._answer(incident)

    async def change(self, request: Request) -> Response:
        """Change anything else as `PUT /incidents/{id}` would: priority, assignments, escalation_level, status."""
        given, incident, by = await self._act(request)
        wish = given.get("change")
        if not isinstance(wish, dict):
            raise invalid("Change cannot be empty.")
        changes = Changes.read({"type": "incident_reference"} | wish)
        changes.check(incident, by)
        return self._answer(changes.apply(self.account.desk, incident, by))

    async def ping(self, request: Request) -> Response:
        given = await read_json(request)
        self.account.deliveries.ping(on_page(_person(given)))
        return JSONResponse({"ok": True}, 202)

    async def resend(self, request: Request) -> Response:
        given = await read_json(request)
        if not self.account.deliveries.send_again(text(given, "event_id")):
            raise not_found()
        return JSONResponse({"ok": True}, 202)

    async def enable(self, _request: Request) -> Response:
        self.account.deliveries.enable()
        return JSONResponse({"ok": True})

    async def _act(self, request: Request) -> tuple[Document, Incident, Actor]:
        given = await read_json(request)
        wanted = str(given.get("incident", ""))
        known = (one for one in self.account.ledger.incidents() if wanted in {one.id, str(one.number)})
        incident = next(known, None)
        if incident is None:
            raise not_found()
        return given, incident, on_page(_person(given))

    def _answer(self, incident: Incident, status: int = 200) -> Response:
        return JSONResponse({"incident": self._shown(incident)}, status)

    def _shown(self, incident: Incident) -> Document:
        ledger = self.account.ledger
        drawn = self.account.shapes.incident(incident, ledger.alert_counts(incident.id))
        parts = {"notes": NOTE, "log": LOG, "alerts": ALERT}
        return drawn | {name: list(ledger.parts(kind, incident.id)) for name, kind in parts.items()}


def routes(account: Account, prefix: str = "/_/pagerduty") -> list[Route]:
    panel = Panel(account)
    reads = {"state": panel.state, "deliveries": panel.deliveries}
    writes = {
        "raise": panel.raise_one,
        "storm": panel.storm,
        "acknowledge": panel.acknowledge,
        "resolve": panel.resolve,
        "reopen": panel.reopen,
        "annotate": panel.annotate,
        "change": panel.change,
        "ping": panel.ping,
        "resend": panel.resend,
        "enable": panel.enable,
    }
    return [
        *(Route(f"{prefix}/{name}", _guarded(act), methods=["GET"]) for name, act in reads.items()),
        *(Route(f"{prefix}/{name}", _guarded(act), methods=["POST"]) for name, act in writes.items()),
    ]


def _service(given: Document) -> Service:
    service = service_by_anything(str(given.get("service", "")))
    if service is None:
        raise invalid("Service not found.")
    return service


def _person(given: Document) -> LocalPerson:
    person = user_by_anything(str(given.get("user", "")))
    if person is None:
        raise invalid("User not found.")
    return person


def _monitoring(service: Service) -> Actor:
    return Actor(kind="integration", id=service.integration.id, client={"name": "Monitoring"}, channel="events")


def _guarded(act: _Endpoint) -> _Endpoint:
    """Answer refusals in place: the panel's routes live in the frame's app, which does not know them."""

    @wraps(act)
    async def answered(request: Request) -> Response:
        try:
            return await act(request)
        except ApiError as refusal:
            return refusal.response()

    return answered
