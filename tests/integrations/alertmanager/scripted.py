"""A healthy Alertmanager, and one in which things bear hostile names."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.alertmanager.settings import AlertmanagerSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, said, told
from tests.integrations.moment import AT

TOKEN: Final = "am-token-91ce77"
WEBHOOK_TOKEN: Final = "am-webhook-30aa41"


def status(state: str = "disabled", peers: int = 0) -> dict[str, Any]:
    return {
        "cluster": {"status": state, "name": "01H", "peers": [{"name": f"p{n}", "address": "x"} for n in range(peers)]},
        "versionInfo": {"version": "0.25.0", "branch": "debian/sid"},
        "config": {"original": "receivers: [{webhook_configs: [{url: 'http://x/?token=hunter2'}]}]"},
        "uptime": "2026-03-02T06:11:09.481Z",
    }


def live(
    name: str, *, severity: str = "critical", fingerprint: str = "56ed101ab2f4b5f8", **labels: str
) -> dict[str, Any]:
    return {
        "fingerprint": fingerprint,
        "labels": {"alertname": name, "severity": severity, **labels},
        "annotations": {"summary": f"{name} is bad"},
        "startsAt": "2026-03-02T06:49:32.568Z",
        "endsAt": "2026-03-02T06:54:32.568Z",
        "updatedAt": "2026-03-02T06:50:32.568Z",
        "generatorURL": "http://prom:9090/graph?g0.expr=up",
        "receivers": [{"name": "daywatch"}],
        "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
    }


def silence(
    *,
    ends_in: timedelta = timedelta(days=2),
    lasts: timedelta = timedelta(days=3),
    state: str = "active",
    comment: str = "disk swap",
    value: str = "DiskAlmostFull",
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


HEALTHY: Final[Mapping[str, Canned]] = {
    "GET /-/ready": said("OK"),
    "GET /api/v2/status": told(status()),
    "GET /api/v2/alerts": told([]),
    "GET /api/v2/silences": told([silence(), silence(state="expired", ends_in=timedelta(hours=-5))]),
}


def named(name: str) -> Mapping[str, Canned]:
    return {
        "GET /api/v2/status": told({**status(name), "versionInfo": {"version": name}}),
        "GET /api/v2/alerts": told([live(name, instance=name)]),
        "GET /api/v2/silences": told([silence(ends_in=timedelta(hours=3), comment=name, value=name)]),
    }


SCRIPT = Script(
    settings=lambda address: AlertmanagerSettings(
        url=address, bearer_token=SecretStr(TOKEN), webhook_token=SecretStr(WEBHOOK_TOKEN)
    ),
    secrets=(TOKEN, WEBHOOK_TOKEN, "hunter2"),
    healthy=HEALTHY,
    named=named,
    only_status=("GET /-/ready",),
    shows_names=("alertmanager.alerts", "alertmanager.silences"),
    prove=lambda _body: {"authorization": f"Bearer {WEBHOOK_TOKEN}"},
)
