"""A healthy organization of Pulumi Cloud, and one in which things bear hostile names."""

import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.pulumi.settings import PulumiSettings
from tests.integrations.contract.script import Post, Script
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.moment import AT, ago

TOKEN: Final = "pul-0f3b77c1"
WEBHOOK_SECRET: Final = "pulumi-hook-b1d2"
REPORT_TOKEN: Final = "9a1c4b7f8b9a47d2a6f0c3d2e1b4a5c6"
STACKS: Final = "GET /api/user/stacks"
STATUS: Final = "GET /api/stacks/acme/shop/{}/drift/status"
DRIFT_RUNS: Final = "GET /api/stacks/acme/shop/{}/drift/runs"
UPDATES: Final = "GET /api/stacks/acme/shop/{}/updates"


def seconds(**amount: float) -> int:
    """So long ago, as Pulumi Cloud writes it."""
    return int((AT - timedelta(**amount)).timestamp())


def stack(name: str = "prod", project: str = "shop", **more: Any) -> dict[str, Any]:
    """A stack as it is listed. Any: whatever JSON can hold."""
    return {
        "id": f"id-{name}",
        "orgName": "acme",
        "projectName": project,
        "stackName": name,
        "lastUpdate": seconds(hours=9),
        "resourceCount": 42,
        "links": {"self": f"https://app.pulumi.com/acme/{project}/{name}"},
    } | more


def stacks(*found: Any, token: str | None = None) -> Canned:
    return told({"stacks": list(found), **({"continuationToken": token} if token else {})})


def status(*, detected: bool | None = False, latest: str = "d1") -> Canned:
    return told({"driftDetected": detected, "latestDriftRun": latest, "runInProgress": False})


def drift_run(key: str = "d1", **more: Any) -> dict[str, Any]:
    return {
        "id": key,
        "driftDetected": False,
        "created": ago(hours=6),
        "status": "succeeded",
        "deploymentVersion": 7,
        "detectUpdate": {
            "updateId": "u1",
            "resourceChanges": {"same": 42},
            "modified": ago(hours=6),
            "status": "succeeded",
        },
    } | more


def drift_runs(*found: Any, total: int | None = None) -> Canned:
    return told({"driftRuns": list(found), "itemsPerPage": 100, "total": len(found) if total is None else total})


def update(number: int = 12, kind: str = "update", result: str = "succeeded", **info: Any) -> dict[str, Any]:
    return {
        "info": {
            "kind": kind,
            "startTime": seconds(hours=9, minutes=2),
            "message": "Raise the limit\n\nSecond line",
            "environment": {"git.head": "x", "ci.token": "s3cret-environment"},
            "config": {"aws:secretKey": {"string": "s3cret-config", "secret": True, "object": False}},
            "result": result,
            "endTime": seconds(hours=9),
            "version": number,
            "resourceChanges": {"same": 40, "update": 2},
        }
        | info,
        "updateID": "11bf162b-d9d5-4715-8f88-20dcd0e0b167",
        "version": number,
        "latestVersion": number,
        "requestedBy": {"name": "Ana", "githubLogin": "ana", "avatarUrl": ""},
        "githubCommitInfo": {"slug": "acme/shop", "sha": "4f2d1c9b8a7e6d5c4b3a"},
    }


def updates(*found: Any) -> Canned:
    return told({"updates": list(found), "itemsPerPage": 10, "total": len(found)})


HEALTHY: Final[Mapping[str, Canned]] = {STACKS: stacks(stack(), stack("stage"))} | {
    line.format(name): answer
    for name in ("prod", "stage")
    for line, answer in ((STATUS, status()), (DRIFT_RUNS, drift_runs(drift_run())), (UPDATES, updates(update())))
}


def any_stack(request: Request) -> Canned | None:
    """Answers for stacks of any name, which are in trouble."""
    if request.path.startswith("/api/stacks/acme/") and "/shop/" not in request.path:
        if request.path.endswith("/drift/status"):
            return status(detected=True)
        if request.path.endswith("/drift/runs"):
            return drift_runs(drift_run(driftDetected=True))
        return updates(update(result="failed", kind="update"))
    return None


def named(name: str) -> Mapping[str, Canned]:
    """Names are at most 100 characters there."""
    called = name[:250] or "-"
    return {STACKS: stacks(stack(called, called))}


def digest(*steps: dict[str, Any], **summary: int) -> bytes:
    """What `preview --json` prints. Any: whatever JSON can hold."""
    return json.dumps(
        {
            "config": {"aws:region": "eu-west-1"},
            "steps": list(steps),
            "diagnostics": [],
            "duration": 8_123_000_000,
            "changeSummary": {"same": 41, **summary},
        }
    ).encode()


def step(op: str = "update", name: str = "assets", **more: Any) -> dict[str, Any]:
    return {"op": op, "urn": f"urn:pulumi:prod::shop::app:index:Site$aws:s3/bucket:Bucket::{name}"} | more


def prove(body: bytes, secret: str = WEBHOOK_SECRET) -> Mapping[str, str]:
    signature = hmac.digest(secret.encode(), body, "sha256").hex()
    return {"pulumi-webhook-signature": signature, "pulumi-webhook-id": "3f0a", "pulumi-webhook-kind": "stack_update"}


SCRIPT: Final = Script(
    settings=lambda address: PulumiSettings(
        api_url=address,
        access_token=SecretStr(TOKEN),
        org="acme",
        webhook_secret=SecretStr(WEBHOOK_SECRET),
        report_token=SecretStr(REPORT_TOKEN),
    ),
    secrets=(TOKEN, WEBHOOK_SECRET, REPORT_TOKEN, "s3cret"),
    healthy=HEALTHY,
    answer=any_stack,
    named=named,
    shows_names=("pulumi.drift", "pulumi.updates"),
    empty={"pulumi.drift": {STACKS: stacks()}, "pulumi.updates": {STACKS: stacks()}},
    prove=prove,
    posts=(Post(body=digest(), about={"name": "acme/shop/prod", "exit_code": "0"}),),
    posts_named=lambda name: (Post(body=digest(step(name=name), update=1), about={"name": name or "-"}),),
    reported=("pulumi.previews",),
)
