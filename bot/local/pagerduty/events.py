"""PagerDuty's Events API v2: a monitoring system raises, acknowledges or resolves an alert with a routing key."""

import secrets
from dataclasses import dataclass
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local.keep import Document
from bot.local.pagerduty.account import Account
from bot.local.pagerduty.desk import Raise
from bot.local.pagerduty.directory import CHECKOUT
from bot.local.pagerduty.errors import ApiError
from bot.local.pagerduty.incident import TRIGGERED, Actor, new_id, stamp
from bot.local.pagerduty.requests import read_json

ACTIONS: Final = ("trigger", "acknowledge", "resolve")
SEVERITIES: Final = ("critical", "error", "warning", "info")
LONGEST_KEY: Final = 255
LONGEST_SUMMARY: Final = 1024
_LOW: Final = ("warning", "info")


class _BadEvent(Exception):
    """The event is refused; each reason is told."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(*reasons)
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class EventsApi:
    """The one endpoint for alerts, and the one for change events."""

    account: Account

    async def enqueue(self, request: Request) -> Response:
        try:
            event = await read_json(request)
            self._check_key(event)
            key = _checked(event)
        except ApiError as refusal:
            if refusal.status == 413:
                return Response("Request Entity Too Large", 413)
            return _refused("Event object is invalid", *refusal.reasons)
        except _BadEvent as refusal:
            return _refused("Event object is invalid", *refusal.reasons)
        self._take(event, key)
        return JSONResponse({"status": "success", "message": "Event processed", "dedup_key": key}, 202)

    async def change(self, request: Request) -> Response:
        """Take a change event: nothing of it shows on an incident here."""
        try:
            event = await read_json(request)
            self._check_key(event)
            _summary(_payload(event))
        except ApiError as refusal:
            return _refused("Event object is invalid", *refusal.reasons)
        except _BadEvent as refusal:
            return _refused("Event object is invalid", *refusal.reasons)
        return JSONResponse({"status": "success", "message": "Change event processed"}, 202)

    def _check_key(self, event: Document) -> None:
        given = event.get("routing_key")
        if not isinstance(given, str) or not given:
            raise _BadEvent("'routing_key' is missing or blank")
        if not secrets.compare_digest(given.encode(), self.account.config.routing_key.encode()):
            raise _BadEvent("'routing_key' is not a valid key")

    def _take(self, event: Document, key: str) -> None:
        """Do what the event asks; a repeated trigger, or any other act on an unknown key, is silently dropped."""
        desk = self.account.desk
        by = Actor(kind="integration", id=CHECKOUT.integration.id, client=_client(event), channel="events")
        incident = self.account.ledger.open_with_key(CHECKOUT.id, key)
        match event["event_action"]:
            case "trigger" if incident is None:
                self._raise(event, key, by)
            case "acknowledge" if incident is not None and incident.status == TRIGGERED:
                desk.acknowledge(incident, by)
            case "resolve" if incident is not None:
                desk.resolve(incident, by)
            case _:
                return

    def _raise(self, event: Document, key: str, by: Actor) -> None:
        payload = event["payload"]
        urgency = "low" if payload["severity"] in _LOW else "high"
        alert = self._alert(event, key)
        wish = Raise(service=CHECKOUT, title=payload["summary"], urgency=urgency, key=key, alert=alert)
        self.account.desk.trigger(wish, by)

    def _alert(self, event: Document, key: str) -> Document:
        payload = event["payload"]
        return {
            "status": TRIGGERED,
            "severity": payload["severity"],
            "alert_key": key,
            "summary": payload["summary"],
            "created_at": stamp(self.account.now()),
            "details": payload.get("custom_details"),
            "contexts": [*_contexts(event, "links", "link"), *_contexts(event, "images", "image")],
        }


def create_app(account: Account) -> Starlette:
    api = EventsApi(account)
    return Starlette(
        routes=[
            Route("/v2/enqueue", api.enqueue, methods=["POST"]),
            Route("/v2/change/enqueue", api.change, methods=["POST"]),
        ]
    )


def _refused(message: str, *reasons: str) -> Response:
    return JSONResponse({"status": "invalid event", "message": message, "errors": list(reasons)}, 400)


def _checked(event: Document) -> str:
    action = event.get("event_action")
    if action not in ACTIONS:
        raise _BadEvent("'event_action' must be one of: trigger, acknowledge, resolve")
    key = event.get("dedup_key")
    if key is not None and (not isinstance(key, str) or len(key) > LONGEST_KEY):
        raise _BadEvent(f"'dedup_key' must be a string of at most {LONGEST_KEY} characters")
    if action != "trigger":
        if not key:
            raise _BadEvent("'dedup_key' is missing or blank")
        return key
    payload = _payload(event)
    _summary(payload)
    if not isinstance(payload.get("source"), str) or not payload["source"]:
        raise _BadEvent("'payload.source' is missing or blank")
    if payload.get("severity") not in SEVERITIES:
        raise _BadEvent(
            "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')"
        )
    return key or new_id("", 32).lower()


def _payload(event: Document) -> Document:
    payload = event.get("payload")
    if not isinstance(payload, dict):
        raise _BadEvent("'payload' is missing or blank")
    return payload


def _summary(payload: Document) -> None:
    summary = payload.get("summary")
    if not isinstance(summary, str) or not summary:
        raise _BadEvent("'payload.summary' is missing or blank")
    if len(summary) > LONGEST_SUMMARY:
        raise _BadEvent(f"'payload.summary' is too long (maximum is {LONGEST_SUMMARY} characters)")


def _contexts(event: Document, name: str, kind: str) -> list[Document]:
    given = event.get(name)
    return [{"type": kind} | one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def _client(event: Document) -> Document | None:
    name = event.get("client")
    if not isinstance(name, str) or not name:
        return None
    url = event.get("client_url")
    return {"name": name, "url": url} if isinstance(url, str) else {"name": name}
