"""A healthy Datadog account, and one in which things bear hostile names."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.datadog.settings import DatadogSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.moment import AT

API_KEY: Final = "dd-api-0f3c9a71"
APP_KEY: Final = "dd-app-5b2e77d0"
WEBHOOK_SECRET: Final = "datadog-hook-91ac04"
SEARCH: Final = "GET /api/v1/monitor/search"
SLOS: Final = "GET /api/v1/slo"
HISTORY: Final = "GET /api/v1/slo/{}/history"
DOWNTIMES: Final = "GET /api/v2/downtime"
VALIDATE: Final = "GET /api/v1/validate"


def monitor(name: str = "Checkout latency", status: Any = "Alert", **changes: Any) -> dict[str, Any]:
    """A monitor as the search lists it. Any: whatever JSON can hold."""
    found = {
        "id": 143210987,
        "name": name,
        "status": status,
        "type": "metric alert",
        "scopes": ["service:checkout"],
        "tags": ["team:shop"],
        "last_triggered_ts": 1772431802,
        "notifications": [{"handle": "ann@example.com", "name": "Ann"}],
        "classification": "metric",
        "query": "avg(last_5m):avg:checkout.latency{*} > 2",
        "creator": {"handle": "ann@example.com", "name": "Ann", "id": 12},
    }
    return found | changes


def monitors(
    *found: dict[str, Any], number: int = 0, pages: int = 1, total: int | None = None, **states: int
) -> Canned:
    counts = [{"name": name.replace("_", " "), "count": count} for name, count in states.items()]
    listed = len(found) if total is None else total
    metadata = {"page": number, "page_count": pages, "per_page": 100, "total_count": listed}
    return told(
        {
            "counts": {"status": counts, "muted": [{"name": False, "count": listed}], "tag": [], "type": []},
            "metadata": metadata,
            "monitors": list(found),
        }
    )


def slo(name: str = "Checkout availability", **changes: Any) -> dict[str, Any]:
    found = {
        "id": "3f1c7a9e0b5d5c2a8a1e6d4f2b7c9e01",
        "name": name,
        "description": "",
        "type": "metric",
        "tags": ["team:shop"],
        "thresholds": [{"timeframe": "30d", "target": 99.9, "target_display": "99.9", "warning": 99.95}],
        "created_at": 1700000000,
    }
    return found | changes


def slos(*found: dict[str, Any], total: int | None = None, errors: Any = None) -> Canned:
    numbers = {"total_count": 40, "total_filtered_count": len(found) if total is None else total}
    return told({"data": list(found), "errors": errors or [], "metadata": {"page": numbers}})


def history(sli: Any = 99.99, left: Any = 90.0, **changes: Any) -> Canned:
    now = int(AT.timestamp())
    overall = {
        "name": "Checkout availability",
        "sli_value": sli,
        "span_precision": 3,
        "error_budget_remaining": {"custom": left},
        "preview": False,
    }
    data = {"from_ts": now - 2_592_000, "to_ts": now, "type": "metric", "type_id": 1, "overall": overall}
    return told({"data": data, "errors": None} | changes)


def downtime(name: str = "disk swap", **changes: Any) -> dict[str, Any]:
    attributes = {
        "scope": "env:prod",
        "status": "active",
        "message": name,
        "created": "2026-03-01T09:00:00.000000+00:00",
        "modified": "2026-03-01T09:00:00.000000+00:00",
        "canceled": None,
        "display_timezone": "UTC",
        "monitor_identifier": {"monitor_id": 123},
        "schedule": {"start": "2026-03-01T09:00:00+00:00", "end": "2199-03-01T09:00:00+00:00"},
    }
    return {"type": "downtime", "id": "0d7f5a7c-1e1b-11ef-8b8a-da7ad0900002", "attributes": attributes | changes}


def downtimes(*found: dict[str, Any], total: int | None = None) -> Canned:
    count = len(found) if total is None else total
    return told({"data": list(found), "meta": {"page": {"total_filtered_count": count}}})


A_SLO: Final = HISTORY.format(slo()["id"])
FINE: Final = monitor("Fine", "OK", id=1, last_triggered_ts=None)
HEALTHY: Final[Mapping[str, Canned]] = {
    SEARCH: monitors(FINE, OK=1),
    SLOS: slos(slo()),
    A_SLO: history(),
    DOWNTIMES: downtimes(downtime()),
    VALIDATE: told({"valid": True}),
}


def named(name: str) -> Mapping[str, Canned]:
    return {
        SEARCH: monitors(monitor(name, type=name, scopes=[name])),
        SLOS: slos(slo(name)),
        A_SLO: history(99.5, -400),
        DOWNTIMES: downtimes(downtime(name, scope=name, schedule={"start": None, "end": None})),
    }


def answer(request: Request) -> Canned | None:
    assert request.headers["dd-api-key"] == API_KEY
    assert request.headers["dd-application-key"] == APP_KEY
    if request.line == SEARCH and request.query.get("query", [""])[0].startswith("status:("):
        return monitors(OK=1)
    return None


SCRIPT: Final = Script(
    settings=lambda address: DatadogSettings(
        api_url=address,
        api_key=SecretStr(API_KEY),
        app_key=SecretStr(APP_KEY),
        webhook_secret=SecretStr(WEBHOOK_SECRET),
    ),
    secrets=(API_KEY, APP_KEY, WEBHOOK_SECRET),
    healthy=HEALTHY,
    answer=answer,
    named=named,
    shows_names=("datadog.monitors", "datadog.slos", "datadog.downtimes"),
    empty={
        "datadog.monitors": {SEARCH: monitors()},
        "datadog.slos": {SLOS: slos()},
        "datadog.downtimes": {DOWNTIMES: told({"data": []})},
    },
    prove=lambda _body: {"authorization": f"Bearer {WEBHOOK_SECRET}"},
)
