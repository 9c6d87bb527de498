"""A healthy organization of HCP Terraform, and one in which things bear hostile names."""

import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.terraform.settings import TerraformSettings
from tests.integrations.contract.script import Post, Script
from tests.integrations.contract.server import Canned, told
from tests.integrations.moment import ago

TOKEN: Final = "tfe-team-4c91aa"
NOTIFICATION_TOKEN: Final = "tfe-hook-77d0e2"
WORKSPACES: Final = "GET /api/v2/organizations/acme/workspaces"
RUNS: Final = "GET /api/v2/organizations/acme/runs"
ASSESSMENT: Final = "GET /api/v2/assessment-results/asmtres-{}"
RUN: Final = "GET /api/v2/runs/run-{}"


def workspace(name: str = "prod", key: str = "1", *, run: bool = True, assessed: bool = True, **more: Any) -> Any:
    """A workspace as it is listed. Any: whatever JSON can hold."""
    result = {"data": {"id": f"asmtres-{key}", "type": "assessment-results"}} if assessed else {"data": None}
    return {
        "id": f"ws-{key}",
        "type": "workspaces",
        "attributes": {
            "name": name,
            "locked": False,
            "execution-mode": "remote",
            "assessments-enabled": assessed,
            "terraform-version": "1.11.4",
            "resource-count": 12,
            "updated-at": ago(hours=9),
        }
        | more,
        "relationships": {
            "current-run": {"data": {"id": f"run-{key}", "type": "runs"} if run else None},
            "current-assessment-result": result,
        },
        "links": {"self": f"/api/v2/organizations/acme/workspaces/{name}"},
    }


def run(key: str = "1", status: str = "applied", hours: float = 9, **more: Any) -> dict[str, Any]:
    return {
        "id": f"run-{key}",
        "type": "runs",
        "attributes": {
            "actions": {
                "is-cancelable": False,
                "is-confirmable": False,
                "is-discardable": False,
                "is-force-cancelable": False,
            },
            "auto-apply": False,
            "canceled-at": None,
            "created-at": ago(hours=hours + 0.2),
            "has-changes": True,
            "is-destroy": False,
            "message": "Raise the limit",
            "plan-only": False,
            "refresh-only": False,
            "source": "tfe-api",
            "status": status,
            "status-timestamps": {f"{status.replace('_', '-')}-at": ago(hours=hours)},
        }
        | more,
        "relationships": {
            "workspace": {"data": {"id": f"ws-{key}", "type": "workspaces"}},
            "created-by": {"data": {"id": "user-1", "type": "users"}},
        },
    }


def assessment(key: str = "1", **facts: Any) -> Canned:
    attributes = {
        "drifted": False,
        "succeeded": True,
        "error-msg": None,
        "created-at": ago(hours=8),
        "resources-drifted": 0,
        "resources-undrifted": 12,
        "all-checks-succeeded": True,
        "checks-failed": 0,
        "checks-errored": 0,
    }
    found = {"id": f"asmtres-{key}", "type": "assessment-results", "attributes": attributes | facts}
    return told({"data": {**found, "links": {"self": f"/api/v2/assessment-results/asmtres-{key}"}}})


def page(
    *listed: Any, included: Any = (), at: int = 1, following: int | None = None, total: int | None = None
) -> Canned:
    """Any: listed resources as JSON."""
    pagination = {
        "current-page": at,
        "page-size": 100,
        "prev-page": at - 1 or None,
        "next-page": following,
        "total-pages": following or at,
        "total-count": len(listed) if total is None else total,
    }
    return told({"data": list(listed), "included": list(included), "links": {}, "meta": {"pagination": pagination}})


OTHERS: Final = (
    {"id": "ws-1", "type": "workspaces", "attributes": {"name": "prod"}},
    {"id": "user-1", "type": "users", "attributes": {"username": "ana"}},
)
HEALTHY: Final[Mapping[str, Canned]] = {
    WORKSPACES: page(workspace(), workspace("stage", "2"), included=[run(), run("2", "planned_and_finished")]),
    ASSESSMENT.format(1): assessment(),
    ASSESSMENT.format(2): assessment("2"),
    RUNS: page(run(), included=OTHERS),
}


def named(name: str) -> Mapping[str, Canned]:
    listed = workspace(name or "-")
    facts: dict[str, Any] = {"drifted": True, "resources-drifted": 3, "error-msg": name}
    return {
        WORKSPACES: page(listed, included=[run(status="errored", message=name)]),
        ASSESSMENT.format(1): assessment(**facts),
    }


def plan(*messages: dict[str, Any]) -> bytes:
    """What `plan -json` puts out. Any: whatever JSON can hold."""
    summary = {"type": "change_summary", "changes": {"add": 0, "change": 0, "remove": 0, "operation": "plan"}}
    sent = [{"type": "version", "terraform": "1.11.4", "ui": "1.2"}, *messages, summary]
    return b"\n".join(json.dumps({"@level": "info", "@timestamp": ago(hours=1), **one}).encode() for one in sent)


def drifted(name: str) -> bytes:
    return plan({"type": "resource_drift", "change": {"resource": {"addr": name}, "action": "update"}})


def prove(body: bytes, token: str = NOTIFICATION_TOKEN) -> Mapping[str, str]:
    return {"x-tfe-notification-signature": hmac.digest(token.encode(), body, "sha512").hex()}


SCRIPT: Final = Script(
    settings=lambda address: TerraformSettings(
        url=address,
        token=SecretStr(TOKEN),
        org="acme",
        notification_token=SecretStr(NOTIFICATION_TOKEN),
        report_token=SecretStr("5e0c4b1f8b9a47d2a6f0c3d2e1b4a597"),
    ),
    secrets=(TOKEN, NOTIFICATION_TOKEN, "5e0c4b1f8b9a47d2a6f0c3d2e1b4a597"),
    healthy=HEALTHY,
    named=named,
    shows_names=("terraform.drift", "terraform.runs"),
    empty={
        "terraform.drift": {WORKSPACES: page()},
        "terraform.runs": {WORKSPACES: page()},
    },
    prove=prove,
    posts=(Post(body=plan(), about={"name": "prod", "exit_code": "0"}),),
    posts_named=lambda name: (Post(body=drifted(name), about={"name": name or "-", "exit_code": "2"}),),
    reported=("terraform.plans",),
)
