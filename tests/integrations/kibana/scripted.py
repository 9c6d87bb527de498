"""A healthy Kibana with two spaces, and one in which things bear hostile names."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.kibana.settings import KibanaSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.moment import ago

KEY: Final = "kibana-key-VnVhQ2ZH"
WEBHOOK_SECRET: Final = "kibana-hook-71bb0c"
STATUS: Final = "GET /api/status"
RULES: Final = "GET /api/alerting/rules/_find"
OPS_RULES: Final = "GET /s/ops/api/alerting/rules/_find"
FRAMEWORK: Final = "GET /api/alerting/_health"


def rule(name: str = "Checkout error logs", **changes: Any) -> dict[str, Any]:
    """A rule as Kibana lists it; None leaves a key out. Any: whatever JSON can hold."""
    found = {
        "id": "r1",
        "name": name,
        "enabled": True,
        "mute_all": False,
        "muted_alert_ids": [],
        "tags": ["team:shop"],
        "rule_type_id": ".es-query",
        "consumer": "alerts",
        "schedule": {"interval": "1m"},
        "execution_status": {"status": "ok", "last_execution_date": ago(seconds=30)},
        "last_run": {"outcome": "succeeded", "outcome_msg": None, "alerts_count": count(0)},
        "api_key_owner": "ann",
    }
    return {key: value for key, value in (found | changes).items() if value is not None}


def count(active: int) -> dict[str, int]:
    return {"active": active, "new": 0, "recovered": 0, "ignored": 0}


def page(*found: dict[str, Any], number: int = 1, total: int | None = None) -> Canned:
    listed = len(found) if total is None else total
    return told({"page": number, "per_page": 100, "total": listed, "data": list(found)})


def status(level: str = "available", *, core: str = "available", stored: str = "available", **more: Any) -> Any:
    levels = {
        "overall": {"level": level, "summary": "All services are available"},
        "core": {"elasticsearch": {"level": core, "summary": ""}, "savedObjects": {"level": stored}},
        "plugins": {"alerting": {"level": "available", "summary": "Alerting is ready"}},
    }
    return {"name": "kibana", "version": {"number": "9.0.1"}, "status": levels | more, "metrics": {}}


def framework(read: str = "ok", **changes: Any) -> Any:
    parts = {
        "decryption_health": {"status": "ok", "timestamp": ago(minutes=1)},
        "execution_health": {"status": "ok", "timestamp": ago(minutes=1)},
        "read_health": {"status": read, "timestamp": ago(minutes=1)},
    }
    found = {
        "is_sufficiently_secure": True,
        "has_permanent_encryption_key": True,
        "alerting_framework_health": parts,
        "alerting_framework_heath": parts | {"_deprecated": "Use alerting_framework_health"},
    }
    return found | changes


HEALTHY: Final[Mapping[str, Canned]] = {
    STATUS: told(status()),
    RULES: page(rule()),
    OPS_RULES: page(rule("Disk", id="r2"), rule("Old", id="r3", enabled=False)),
    FRAMEWORK: told(framework()),
}


def named(name: str) -> Mapping[str, Canned]:
    failed = {"outcome": "failed", "outcome_msg": [name], "alerts_count": count(0)}
    level = {"level": "degraded", "summary": name}
    return {
        STATUS: told(status("degraded", plugins={name: level}, overall=level)),
        RULES: page(rule(name, last_run=failed, tags=[name])),
        FRAMEWORK: told(framework(name)),
    }


def answer(request: Request) -> Canned | None:
    assert request.headers["authorization"] == f"ApiKey {KEY}"
    return None


SCRIPT: Final = Script(
    settings=lambda address: KibanaSettings(
        url=address, api_key=SecretStr(KEY), spaces=("default", "ops"), webhook_secret=SecretStr(WEBHOOK_SECRET)
    ),
    secrets=(KEY, WEBHOOK_SECRET),
    healthy=HEALTHY,
    answer=answer,
    named=named,
    shows_names=("kibana.status", "kibana.rules"),
    empty={
        "kibana.rules": {RULES: page()},
        "kibana.status": {STATUS: told({"status": {"overall": {}}})},
        "kibana.framework": {FRAMEWORK: told(framework(alerting_framework_health={}))},
    },
    prove=lambda _body: {"authorization": f"Bearer {WEBHOOK_SECRET}"},
)
