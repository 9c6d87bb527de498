"""A healthy Grafana, and one in which things bear hostile names."""

import hmac
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.grafana.settings import GrafanaSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, told
from tests.integrations.moment import AT, ago

TOKEN: Final = "glsa_7c1f09e2"
WEBHOOK_SECRET: Final = "grafana-hook-5e20d1"
RULES: Final = "GET /api/prometheus/grafana/api/v1/rules"
ALERTS: Final = "GET /api/alertmanager/grafana/api/v2/alerts"
SILENCES: Final = "GET /api/alertmanager/grafana/api/v2/silences"
SOURCES: Final = "GET /api/datasources"
HEALTH_OF: Final = "GET /api/datasources/uid/{}/health"


def rule(name: str = "Checkout 5xx", **changes: Any) -> dict[str, Any]:
    """A rule as Grafana lists it. Any: whatever JSON can hold."""
    found = {
        "uid": "ar1",
        "folderUid": "fp1",
        "name": name,
        "state": "inactive",
        "health": "ok",
        "type": "alerting",
        "isPaused": False,
        "query": "up",
        "labels": {"severity": "critical"},
        "annotations": {"summary": "5xx above 2%"},
        "alerts": [{"labels": {"alertname": name}, "state": "Normal", "activeAt": ago(days=3), "value": "0"}],
        "lastEvaluation": ago(seconds=40),
        "evaluationTime": 0.01,
    }
    return found | changes


def instance(state: str) -> dict[str, Any]:
    return {"labels": {"region": "eu"}, "state": state, "activeAt": "2026-03-02T06:10:00Z", "value": ""}


def rules(*found: dict[str, Any], **more: Any) -> Canned:
    group = {"name": "shop", "file": "Prod", "folderUid": "fp1", "rules": list(found), "interval": 60}
    return told({"status": "success", "data": {"groups": [group], **more}})


def live(name: str = "Disk", *, severity: str | None = "critical", state: str = "active", **labels: str) -> Any:
    return {
        "fingerprint": "56ed101ab2f4b5f8",
        "labels": {"alertname": name, "__alert_rule_uid__": "ar1", **labels}
        | ({"severity": severity} if severity else {}),
        "annotations": {"summary": f"{name} is bad"},
        "startsAt": "2026-03-02T06:49:32.568Z",
        "endsAt": "2026-03-02T06:54:32.568Z",
        "updatedAt": "2026-03-02T06:50:32.568Z",
        "generatorURL": "https://g.example.com/alerting/grafana/ar1/view",
        "receivers": [{"name": "daywatch"}],
        "status": {"state": state, "silencedBy": [], "inhibitedBy": []},
    }


def silence(
    *,
    ends_in: timedelta = timedelta(days=2),
    lasts: timedelta = timedelta(days=3),
    state: str = "active",
    comment: str = "disk swap",
    value: str = "Disk",
    is_regex: bool = False,
) -> dict[str, Any]:
    ends = AT + ends_in
    return {
        "id": "7d8e5bbd-3a1c-4a9b-9f0e-0d6c1a2b3c4d",
        "matchers": [{"name": "alertname", "value": value, "isRegex": is_regex, "isEqual": True}],
        "startsAt": (ends - lasts).isoformat(),
        "endsAt": ends.isoformat(),
        "updatedAt": (ends - lasts).isoformat(),
        "createdBy": "ann",
        "comment": comment,
        "status": {"state": state},
    }


def source(uid: str = "P1", name: str = "Prometheus") -> dict[str, Any]:
    return {
        "id": 1,
        "uid": uid,
        "orgId": 1,
        "name": name,
        "type": "prometheus",
        "url": "http://user:hunter2@prom:9090",
        "jsonData": {},
    }


HEALTHY: Final[Mapping[str, Canned]] = {
    "GET /api/health": told({"database": "ok", "version": "12.1.0", "commit": "abc"}),
    RULES: rules(rule(), rule("job:up", uid="ar2", type="recording", state="", alerts=None)),
    ALERTS: told([]),
    SILENCES: told([silence(), silence(state="expired", ends_in=timedelta(hours=-5))]),
    SOURCES: told([source(), source("L1", "Loki")]),
    HEALTH_OF.format("P1"): told({"status": "OK", "message": "Successfully queried"}),
    HEALTH_OF.format("L1"): told({"status": "OK", "message": "Data source connected"}),
}


def named(name: str) -> Mapping[str, Canned]:
    bad = rule(name, health="error", lastError=name, labels={"severity": name})
    return {
        "GET /api/health": told({"database": "ok", "version": name}),
        RULES: told(
            {"status": "success", "data": {"groups": [{"name": name, "file": name, "rules": [bad], "interval": 60}]}}
        ),
        ALERTS: told([live(name, instance=name)]),
        SILENCES: told([silence(ends_in=timedelta(hours=3), comment=name, value=name)]),
        SOURCES: told([source("P1", name)]),
        HEALTH_OF.format("P1"): told({"status": "ERROR", "message": name}, 400),
    }


def prove(body: bytes, seconds: int | None = None, secret: str = WEBHOOK_SECRET) -> Mapping[str, str]:
    stamp = str(int(time.time()) if seconds is None else seconds)
    return {
        "content-length": str(len(body)),
        "x-grafana-alerting-signature": hmac.digest(secret.encode(), f"{stamp}:".encode() + body, "sha256").hex(),
        "x-grafana-alerting-timestamp": stamp,
    }


SCRIPT: Final = Script(
    settings=lambda address: GrafanaSettings(
        url=address, token=SecretStr(TOKEN), webhook_secret=SecretStr(WEBHOOK_SECRET)
    ),
    secrets=(TOKEN, WEBHOOK_SECRET, "hunter2"),
    healthy=HEALTHY,
    named=named,
    shows_names=("grafana.rules", "grafana.alerts", "grafana.silences", "grafana.datasources"),
    empty={
        "grafana.rules": {RULES: told({"status": "success", "data": {"groups": None}})},
        "grafana.alerts": {RULES: told({"status": "success", "data": {"groups": []}})},
        "grafana.datasources": {SOURCES: told([])},
    },
    prove=prove,
)
