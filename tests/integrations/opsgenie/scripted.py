"""A healthy Opsgenie, and one in which things bear hostile names."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.opsgenie.judge import end_of_life
from bot.integrations.opsgenie.settings import OpsgenieSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, told
from tests.integrations.moment import AT

KEY: Final = "eb243592-made-up-key"
SECRET: Final = "og-webhook-4e1d"
COUNT: Final = "GET /v2/alerts/count"
ALERTS: Final = "GET /v2/alerts"
SCHEDULES: Final = "GET /v2/schedules"
ON_CALLS: Final = "GET /v2/schedules/on-calls"
HEARTBEATS: Final = "GET /v2/heartbeats"


def whole(data: Any, **more: Any) -> Canned:
    """An answer with what stands around its data. Any: whatever JSON can hold."""
    return told({"data": data, "took": 0.2, "requestId": "r1", **more})


def alert(**changes: Any) -> dict[str, Any]:
    return {
        "id": "70413a06-38d6-4c85-92b8-5ebc900d42e2-1772431869000",
        "tinyId": "1791",
        "alias": "disk-db1",
        "message": "Disk 96% on db1",
        "status": "open",
        "acknowledged": False,
        "isSeen": True,
        "snoozed": False,
        "count": 3,
        "priority": "P2",
        "tags": ["db"],
        "owner": "",
        "createdAt": "2026-03-02T06:11:09.000Z",
        "updatedAt": "2026-03-02T06:20:00.000Z",
        "responders": [{"type": "team", "id": "t1"}],
    } | changes


def alerts(*found: dict[str, Any], following: str | None = None) -> Canned:
    paging = {"first": "https://api.opsgenie.com/v2/alerts?offset=0"} | ({"next": following} if following else {})
    return whole(list(found), paging=paging)


def schedule(name: str = "Shop", **changes: Any) -> dict[str, Any]:
    owner = {"id": "t1", "name": "Shop team"}
    return {"id": "s1", "name": name, "timezone": "Europe/Berlin", "enabled": True, "ownerTeam": owner} | changes


def on_call(*people: str, name: str = "Shop", identity: str = "s1") -> dict[str, Any]:
    return {"_parent": {"id": identity, "name": name, "enabled": True}, "onCallRecipients": list(people)}


def heartbeat(**changes: Any) -> dict[str, Any]:
    return {
        "name": "prometheus",
        "description": "",
        "interval": 10,
        "intervalUnit": "minutes",
        "enabled": True,
        "expired": False,
    } | changes


HEALTHY: Final[Mapping[str, Canned]] = {
    COUNT: whole({"count": 0}),
    ALERTS: alerts(),
    SCHEDULES: whole([schedule()]),
    ON_CALLS: whole([on_call("ana@example.com")]),
    HEARTBEATS: whole({"heartbeats": [heartbeat()]}),
}


def named(name: str) -> Mapping[str, Canned]:
    return {
        ALERTS: alerts(alert(message=name, alias=name, owner=name, tags=[name])),
        SCHEDULES: whole([schedule(name)]),
        ON_CALLS: whole([on_call(name=name)]),
        HEARTBEATS: whole({"heartbeats": [heartbeat(name=name or "x", expired=True)]}),
    }


SCRIPT: Final = Script(
    settings=lambda address: OpsgenieSettings(
        api_url=address, api_key=SecretStr(KEY), webhook_secret=SecretStr(SECRET)
    ),
    secrets=(KEY, SECRET),
    healthy=HEALTHY,
    expected={"opsgenie.api": end_of_life(AT, migrated=False).status},
    named=named,
    shows_names=("opsgenie.alerts", "opsgenie.oncall", "opsgenie.heartbeats"),
    empty={
        "opsgenie.oncall": {SCHEDULES: whole([]), ON_CALLS: whole([])},
        "opsgenie.heartbeats": {HEARTBEATS: whole({"heartbeats": []})},
    },
    prove=lambda _: {"authorization": f"Bearer {SECRET}"},
)
