"""A healthy PagerDuty, and one in which things bear hostile names."""

import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.pagerduty.settings import PagerDutySettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, told
from tests.integrations.moment import AT

KEY: Final = "u+a1b2c3d4e5f6g7h8"
SECRET: Final = "made-up-webhook-secret"


def page(name: str, *things: dict[str, Any], more: bool = False) -> Canned:
    """One page of a list. Any: whatever JSON can hold."""
    return told({name: things, "limit": 100, "offset": 0, "more": more, "total": len(things)})


def service(name: str = "Checkout", status: str = "active") -> dict[str, Any]:
    policy = {"id": "PUS0KTE", "type": "escalation_policy_reference", "summary": "Shop"}
    url = "https://acme.pagerduty.com/service-directory/PF9KMXH"
    whole = {"id": "PF9KMXH", "type": "service", "name": name, "summary": name, "status": status}
    return whole | {"html_url": url, "escalation_policy": policy}


def policy(name: str = "Shop") -> dict[str, Any]:
    url = "https://acme.pagerduty.com/escalation_policies/PUS0KTE"
    return {"id": "PUS0KTE", "type": "escalation_policy", "name": name, "summary": name, "html_url": url}


def oncall(level: int = 1, name: str = "Ana Ops") -> dict[str, Any]:
    return {
        "escalation_policy": {"id": "PUS0KTE", "type": "escalation_policy_reference", "summary": "Shop"},
        "escalation_level": level,
        "schedule": {"id": "PSCHED1", "type": "schedule_v3_reference", "summary": "Shop week"},
        "user": {"id": "PLH1HKV", "type": "user", "name": name, "summary": name, "email": "ana@example.com"},
        "start": "2026-03-01T08:00:00Z",
        "end": None,
    }


def incident(title: str = "Checkout errors", **other: Any) -> dict[str, Any]:
    return {
        "id": "PGR0VU2",
        "type": "incident",
        "incident_number": 812,
        "title": title,
        "status": "triggered",
        "urgency": "high",
        "created_at": "2026-03-02T06:11:09Z",
        "last_status_change_at": "2026-03-02T06:11:09Z",
        "service": {"id": "PF9KMXH", "type": "service_reference", "summary": title},
        "priority": None,
        "acknowledgements": [],
        "html_url": "https://acme.pagerduty.com/incidents/PGR0VU2",
        **other,
    }


def window(description: str = "Database move", **other: Any) -> dict[str, Any]:
    end = (AT + timedelta(days=3)).isoformat()
    whole = {"id": "PW98YIO", "type": "maintenance_window", "description": description, "end_time": end}
    return whole | {"start_time": "2026-03-02T06:11:09Z", "services": [], "html_url": None} | other


def subscription(**other: Any) -> Canned:
    method = {"type": "http_delivery_method", "url": "https://daywatch.example.com/", "temporarily_disabled": False}
    events = ["incident.triggered", "incident.acknowledged", "incident.resolved"]
    whole = {"id": "PWHS001", "type": "webhook_subscription", "active": True, "delivery_method": method}
    return told({"webhook_subscription": {**whole, "description": "Daywatch", "events": events, **other}})


HEALTHY: Final[Mapping[str, Canned]] = {
    "GET /abilities": told({"abilities": ["teams", "urgencies"]}),
    "GET /incidents": page("incidents"),
    "GET /oncalls": page("oncalls", oncall(), oncall(2)),
    "GET /escalation_policies": page("escalation_policies", policy()),
    "GET /services": page("services", service(), service("Search")),
    "GET /maintenance_windows": page("maintenance_windows", window()),
    "GET /webhook_subscriptions/PWHS001": subscription(),
}


def named(name: str) -> Mapping[str, Canned]:
    never = window(name, end_time=None, services=[{"id": "PF9KMXH", "summary": name}])
    return {
        "GET /abilities": told({"abilities": [name]}),
        "GET /incidents": page("incidents", incident(name, html_url=name)),
        "GET /oncalls": page("oncalls", oncall(2, name)),
        "GET /escalation_policies": page("escalation_policies", policy(name)),
        "GET /services": page("services", service(name, "critical")),
        "GET /maintenance_windows": page("maintenance_windows", never),
        "GET /webhook_subscriptions/PWHS001": subscription(description=name, events=[name]),
    }


SCRIPT = Script(
    settings=lambda address: PagerDutySettings(
        api_key=SecretStr(KEY),
        api_url=address,
        webhook_secrets=SecretStr(SECRET),
        webhook_subscription="PWHS001",
    ),
    secrets=(KEY, SECRET),
    healthy=HEALTHY,
    named=named,
    shows_names=(
        "pagerduty.incidents",
        "pagerduty.oncall",
        "pagerduty.services",
        "pagerduty.maintenance",
        "pagerduty.webhook",
    ),
    empty={
        "pagerduty.oncall": {"GET /escalation_policies": page("escalation_policies")},
        "pagerduty.services": {"GET /services": page("services")},
    },
    prove=lambda body: {
        "x-pagerduty-signature": "v1=" + hmac.digest(SECRET.encode(), body, "sha256").hex(),
    },
)
