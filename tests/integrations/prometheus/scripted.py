"""A healthy Prometheus, and one in which things bear hostile names."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.prometheus.job import BackupJob
from bot.integrations.prometheus.settings import PrometheusSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, said, told
from tests.integrations.moment import AT
from tests.integrations.prometheus.figures import NOW, answering, healthy

TOKEN: Final = "prom-token-6bd2f0"


BACKUPS: Final = (BackupJob(name="pg", schedule="0 2 * * *"),)


def success(data: Any, **more: Any) -> Canned:
    """Prometheus' envelope. Any: whatever JSON can hold."""
    return told({"status": "success", "data": data, **more})


def alert(name: str, *, severity: str | None = "critical", state: str = "firing", **labels: str) -> dict[str, Any]:
    given = {"alertname": name, **labels, **({"severity": severity} if severity is not None else {})}
    return {
        "labels": given,
        "annotations": {"summary": f"{name} is bad"},
        "state": state,
        "activeAt": "2026-03-02T06:11:09.481723905Z",
        "value": "9.6e+01",
    }


def rule(name: str = "DiskAlmostFull", *, health: str = "ok", kind: str = "alerting", **more: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, "query": "up == 0", "labels": {}, "health": health, "state": "inactive", **more}


def group(*rules: dict[str, Any], name: str = "node") -> dict[str, Any]:
    return {"name": name, "file": "/etc/prometheus/node.yml", "interval": 60, "limit": 0, "rules": list(rules)}


def target(
    job: str = "node", *, health: str = "up", instance: str = "db1:9100", error: str = "", scraped: str = ""
) -> dict[str, Any]:
    return {
        "labels": {"job": job, "instance": instance},
        "discoveredLabels": {},
        "scrapePool": job,
        "scrapeUrl": f"http://{instance}/metrics?token=hunter2",
        "globalUrl": f"http://{instance}/metrics",
        "lastError": error,
        "lastScrape": scraped or AT.isoformat(),
        "lastScrapeDuration": 0.01,
        "health": health,
    }


HEALTHY: Final[Mapping[str, Canned]] = {
    "GET /-/ready": said("Prometheus Server is Ready.\n"),
    "GET /api/v1/status/buildinfo": success({"version": "2.42.0+ds", "revision": "x"}),
    "GET /api/v1/status/runtimeinfo": success(
        {"reloadConfigSuccess": True, "lastConfigTime": "2026-03-01T06:11:09Z", "goroutineCount": 40}
    ),
    "GET /api/v1/query": success({"resultType": "vector", "result": [{"metric": {}, "value": [NOW, "1"]}]}),
    "GET /api/v1/alerts": success({"alerts": []}),
    "GET /api/v1/rules": success({"groups": [group(rule(), rule("job:up:sum", kind="recording"))]}),
    "GET /api/v1/targets": success({"activeTargets": [target(), target("api", instance="a:80")], "droppedTargets": []}),
    "GET /api/v1/alertmanagers": success(
        {"activeAlertmanagers": [{"url": "http://am:9093/api/v2/alerts"}], "droppedAlertmanagers": []}
    ),
}


def named(name: str) -> Mapping[str, Canned]:
    labels = {"instance": name, "nodename": name, "job_name": name}
    everywhere = {"resultType": "vector", "result": [{"metric": labels, "value": [NOW, "1"]}]}
    return {
        "GET /api/v1/query": success(everywhere),
        "GET /api/v1/status/buildinfo": success({"version": name}),
        "GET /api/v1/alerts": success({"alerts": [alert(name, job=name)]}),
        "GET /api/v1/rules": success({"groups": [group(rule(name, health="err", lastError=name), name=name)]}),
        "GET /api/v1/targets": success({"activeTargets": [target(name, health="down", instance=name, error=name)]}),
    }


SCRIPT = Script(
    settings=lambda address: PrometheusSettings(url=address, bearer_token=SecretStr(TOKEN), backups=BACKUPS),
    secrets=(TOKEN, "hunter2"),
    healthy=HEALTHY,
    answer=answering(healthy("db1:9100", "db2:9100")),
    named=named,
    beside=[
        (f"prometheus.{what}", "GET /api/v1/status/buildinfo")  # it tells where the pages for links are
        for what in ("alerts", "rules", "targets", "reload", "alertmanagers", "patches", "reboots", "backups")
    ],
    only_status=("GET /-/ready",),
    shows_names=("prometheus.alerts", "prometheus.rules", "prometheus.targets", "prometheus.patches"),
    empty={
        "prometheus.alerts": {"GET /api/v1/rules": success({"groups": []})},
        "prometheus.rules": {"GET /api/v1/rules": success({"groups": None})},
        "prometheus.targets": {"GET /api/v1/targets": success({"activeTargets": []})},
        "prometheus.alertmanagers": {"GET /api/v1/alertmanagers": success({"activeAlertmanagers": []})},
    },
)
