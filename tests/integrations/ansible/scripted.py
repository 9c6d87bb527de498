"""A healthy AWX, and one in which things bear hostile names."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.ansible.settings import AnsibleSettings
from tests.integrations.contract.script import Post, Script
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.moment import ago

TOKEN: Final = "awx-oauth-5b1c"
WEBHOOK_TOKEN: Final = "awx-hook-90ff"
REPORT_TOKEN: Final = "7c1a4b7f8b9a47d2a6f0c3d2e1b4a511"
PING: Final = "GET /api/v2/ping/"
TEMPLATES: Final = "GET /api/v2/job_templates/"
JOBS: Final = "GET /api/v2/jobs/"
JOB: Final = "GET /api/v2/jobs/{}/"
HOSTS: Final = "GET /api/v2/jobs/{}/job_host_summaries/"
APPROVALS: Final = "GET /api/v2/workflow_approvals/"


def page(*results: Any, following: str | None = None, count: int | None = None) -> Canned:
    """A page of a list. Any: whatever JSON can hold."""
    found = {"count": len(results) if count is None else count, "next": following, "previous": None}
    return told({**found, "results": list(results)})


def template(number: int = 7, name: str = "drift-prod", job_type: str = "check", **more: Any) -> dict[str, Any]:
    last = {"id": number * 10, "name": name, "status": "successful", "failed": False, "finished": ago(hours=5)}
    return {
        "id": number,
        "type": "job_template",
        "url": f"/api/v2/job_templates/{number}/",
        "name": name,
        "job_type": job_type,
        "status": "successful",
        "last_job_failed": False,
        "extra_vars": '{"password": "s3cret-vars"}',
        "summary_fields": {"last_job": last, "inventory": {"id": 1, "name": "prod"}},
    } | more


def job(number: int = 70, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "type": "job",
        "name": "drift-prod",
        "job_type": "check",
        "status": "successful",
        "failed": False,
        "created": ago(hours=5.2),
        "started": ago(hours=5.1),
        "finished": ago(hours=5),
        "job_template": number // 10,
        "launch_type": "scheduled",
        "scm_revision": "4f2d1c9b8a7e6d5c4b3a",
        "event_processing_finished": True,
        "extra_vars": '{"password": "s3cret-vars"}',
        "host_status_counts": {"ok": 2},
        "summary_fields": {
            "job_template": {"id": number // 10, "name": "drift-prod"},
            "inventory": {"id": 1, "name": "prod"},
            "project": {"id": 2, "name": "site"},
            "created_by": {"id": 3, "username": "ana"},
        },
    } | more


def host(name: str = "web1", *, changed: int = 0, dark: int = 0, failures: int = 0) -> dict[str, Any]:
    return {"id": 1, "host_name": name, "changed": changed, "dark": dark, "failures": failures, "ok": 9, "skipped": 0}


def instance(**more: Any) -> dict[str, Any]:
    return {"node": "awx-1", "node_type": "hybrid", "heartbeat": ago(minutes=1), "capacity": 57, "version": "24"} | more


def ping(*instances: Any) -> Canned:
    return told({"ha": False, "version": "24.6.1", "active_node": "awx-1", "instances": list(instances)})


HEALTHY: Final[Mapping[str, Canned]] = {
    PING: ping(instance()),
    TEMPLATES: page(template(), template(8, "deploy", "run")),
    JOBS: page(),
    JOB.format(70): told(job()),
    HOSTS.format(70): page(host(), host("web2")),
    APPROVALS: page(),
}


def named(name: str) -> Mapping[str, Canned]:
    called = name or "-"
    bad = template(name=called, status="failed")
    bad["summary_fields"]["last_job"] |= {"status": "failed", "failed": True}
    return {
        PING: ping(instance(node=name, capacity=0)),
        TEMPLATES: page(bad),
        HOSTS.format(70): page(host(name, changed=2), host("web2")),
        APPROVALS: page({"id": 4, "name": name, "status": "pending", "created": ago(hours=3)}),
    }


def results(name: str = "web1", *, changed: bool = False) -> bytes:
    """What the JSON callback prints."""
    stats = {
        "ok": 3,
        "changed": int(changed),
        "failures": 0,
        "ignored": 0,
        "rescued": 0,
        "skipped": 0,
        "unreachable": 0,
    }
    task = {"id": "06", "name": "motd file", "path": "/srv/site.yml:5", "duration": {"start": ago(hours=1)}}
    play = {"id": "04", "name": "Site", "path": "/srv/site.yml:1", "duration": {"end": ago(hours=1)}}
    found = {name: {"action": "ansible.builtin.copy", "changed": changed}}
    run = {"plays": [{"play": play, "tasks": [{"task": task, "hosts": found}]}], "stats": {name: stats}}
    return json.dumps({"custom_stats": {}, "global_custom_stats": {}, **run}).encode()


def prove(body: bytes) -> Mapping[str, str]:
    return {"authorization": f"Bearer {WEBHOOK_TOKEN}", "content-length": str(len(body))}


def no_filter_forgotten(request: Request) -> Canned | None:
    """Lists are asked page by page in a fixed order, so that none is left out between two of them."""
    listed = request.line in (TEMPLATES, JOBS, APPROVALS)
    asked = request.query.get("order_by") == ["id"] and request.query.get("page_size") == ["200"]
    return told({"detail": "not as documented"}, 400) if listed and not asked else None


SCRIPT: Final = Script(
    settings=lambda address: AnsibleSettings(
        url=address,
        token=SecretStr(TOKEN),
        webhook_token=SecretStr(WEBHOOK_TOKEN),
        report_token=SecretStr(REPORT_TOKEN),
    ),
    secrets=(TOKEN, WEBHOOK_TOKEN, REPORT_TOKEN, "s3cret"),
    healthy=HEALTHY,
    answer=no_filter_forgotten,
    named=named,
    shows_names=("ansible.health", "ansible.jobs", "ansible.approvals", "ansible.drift"),
    empty={
        "ansible.health": {PING: ping()},
        "ansible.jobs": {TEMPLATES: page()},
        "ansible.approvals": {TEMPLATES: page()},
        "ansible.drift": {TEMPLATES: page()},
    },
    prove=prove,
    posts=(Post(body=results(), about={"name": "site.yml", "exit_code": "0"}),),
    posts_named=lambda name: (Post(body=results(name, changed=True), about={"name": name or "-"}),),
    reported=("ansible.playbooks",),
)
