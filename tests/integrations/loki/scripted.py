"""A healthy Loki, and one in which things bear hostile names."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.loki.settings import LokiSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, Request, said, told
from tests.integrations.moment import AT

TOKEN: Final = "loki-token-51fa9c"
READY: Final = "GET /ready"
LABELS: Final = "GET /loki/api/v1/labels"
QUERY: Final = "GET /loki/api/v1/query"
ALERTS: Final = "GET /prometheus/api/v1/alerts"
RULES: Final = "GET /prometheus/api/v1/rules"


def success(data: Any, **more: Any) -> Canned:
    """Loki's envelope. Any: whatever JSON can hold."""
    return told({"status": "success", "data": data, **more})


def vector(*values: object, **more: Any) -> Canned:
    result = [{"metric": {"level": str(index)}, "value": [1772431200, value]} for index, value in enumerate(values)]
    return success({"resultType": "vector", "result": result, "stats": {"summary": {"execTime": 0.09}}}, **more)


def rule(name: str = "HighErrors", *, health: str = "ok", kind: str = "alerting", **more: Any) -> dict[str, Any]:
    recent = (AT - timedelta(seconds=40)).isoformat()
    found = {"type": kind, "name": name, "query": "x", "labels": {}, "health": health, "state": "inactive"}
    return found | {"lastEvaluation": recent} | more


def rules(*found: dict[str, Any], name: str = "shop", **more: Any) -> Canned:
    group = {"name": name, "file": "shop.yml", "interval": 60, "rules": list(found)}
    return success({"groups": [group], **more})


def alert(name: str, *, severity: str | None = "critical", state: str = "firing", **labels: str) -> dict[str, Any]:
    return {
        "labels": {"alertname": name, **labels, **({"severity": severity} if severity else {})},
        "annotations": {"summary": f"{name} is bad"},
        "state": state,
        "activeAt": "2026-03-02T06:11:09.481723905Z",
        "value": "9.6e+01",
    }


def counted(request: Request) -> Canned | None:
    """Lines and errors by what the query filters."""
    if request.line != QUERY:
        return None
    return vector("42") if "error" in request.query["query"][0] else vector("90000", "1344")


HEALTHY: Final[Mapping[str, Canned]] = {
    READY: said("ready\n"),
    LABELS: success(["__stream_shard__", "app", "job"]),
    RULES: rules(rule(), rule("errors:rate", kind="recording", state="")),
    ALERTS: success({"alerts": []}),
}


def named(name: str) -> Mapping[str, Canned]:
    return {
        READY: Canned(status=503, body=name.encode("utf-8", "replace"), headers={"content-type": "text/plain"}),
        RULES: rules(rule(name, health="err", lastError=name), name=name),
        ALERTS: success({"alerts": [alert(name, app=name)]}),
    }


SCRIPT: Final = Script(
    settings=lambda address: LokiSettings(url=address, tenant="team-a", bearer_token=SecretStr(TOKEN)),
    secrets=(TOKEN,),
    healthy=HEALTHY,
    answer=counted,
    named=named,
    shows_names=("loki.ruler", "loki.ready"),
    empty={
        "loki.ingest": {QUERY: vector()},
        "loki.errors": {QUERY: vector()},
        "loki.ruler": {RULES: success({"groups": None})},
    },
)
