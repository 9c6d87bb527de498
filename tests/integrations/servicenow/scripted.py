"""A healthy ServiceNow, and one in which everything bears a hostile name."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.servicenow.settings import ServiceNowSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, told

PASSWORD: Final = "snow-pass-8d1e07"
INCIDENTS: Final = "GET /api/now/v2/table/incident"
CHANGES: Final = "GET /api/now/v2/table/change_request"
APPROVALS: Final = "GET /api/now/v2/table/sysapproval_approver"
ALERTS: Final = "GET /api/now/v2/table/em_alert"
TABLES: Final = (INCIDENTS, CHANGES, APPROVALS, ALERTS)
SECRET: Final = "snow-hook-51ce0a"


def row(at: int = 1, /, **fields: Any) -> dict[str, Any]:  # whatever JSON holds
    return {"sys_id": f"{at:032x}", **fields}


def incident(at: int = 1, /, **fields: Any) -> dict[str, Any]:
    return row(
        at,
        **{
            "number": f"INC{at:07}",
            "short_description": "Checkout errors",
            "state": "2",
            "active": "true",
            "priority": "4",
            "assigned_to": "46d44a23a9fe19810012d100cca80666",
            "opened_at": "2026-11-23 06:12:00",
            **fields,
        },
    )


def change(at: int = 1, /, **fields: Any) -> dict[str, Any]:
    return row(
        at,
        **{
            "number": f"CHG{at:07}",
            "short_description": "New load balancer",
            "state": "3",
            "approval": "approved",
            "conflict_status": "No Conflict",
            "start_date": "2026-11-23 09:00:00",
            "end_date": "2026-11-23 11:00:00",
            **fields,
        },
    )


def approval(at: int = 1, /, **fields: Any) -> dict[str, Any]:
    return row(
        at,
        **{
            "state": "approved",
            "sys_created_on": "2026-11-23 06:00:00",
            "source_table": "change_request",
            "sysapproval.number": "CHG0000001",
            "sysapproval.short_description": "New load balancer",
            **fields,
        },
    )


def alert(at: int = 1, /, **fields: Any) -> dict[str, Any]:
    return row(
        at,
        **{
            "number": f"Alert{at:07}",
            "short_description": "",
            "description": "Disk 96% on db1",
            "state": "Closed",
            "severity": "2",
            "acknowledged": "false",
            "maintenance": "false",
            "node": "db1",
            "sys_created_on": "2026-11-23 05:00:00",
            **fields,
        },
    )


def rows(*found: Any) -> Canned:
    return told({"result": list(found)})


def named(name: str) -> Mapping[str, Canned]:
    return {
        INCIDENTS: rows(incident(short_description=name, number=name, priority="1")),
        CHANGES: rows(change(short_description=name, number=name, conflict_status="Conflict", state="-2")),
        APPROVALS: rows(approval(1, state="requested", **{"sysapproval.short_description": name})),
        ALERTS: rows(alert(state="Open", description=name, node=name)),
    }


SCRIPT: Final = Script(
    settings=lambda address: ServiceNowSettings(
        instance=address, username="daywatch", password=SecretStr(PASSWORD), webhook_secret=SecretStr(SECRET)
    ),
    secrets=(PASSWORD,),
    healthy={INCIDENTS: rows(incident()), CHANGES: rows(change()), APPROVALS: rows(approval()), ALERTS: rows(alert())},
    prove=lambda _: {"authorization": f"Bearer {SECRET}"},
    named=named,
    shows_names=("servicenow.incidents", "servicenow.approvals", "servicenow.alerts"),
    empty={
        "servicenow.incidents": {INCIDENTS: rows()},
        "servicenow.changes": {CHANGES: rows()},
        "servicenow.approvals": {APPROVALS: rows()},
        "servicenow.alerts": {ALERTS: rows()},
    },
)
