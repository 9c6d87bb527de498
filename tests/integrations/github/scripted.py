"""A healthy GitHub with one repository and one organisation, and one in which things bear hostile names."""

import hmac
from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.github.settings import GitHubSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.moment import AT, ago

TOKEN: Final = "github_pat_7d1e20f4"
HOOK_SECRET: Final = "github-hook-91b7c2"
REPO: Final = "GET /repos/acme/shop"
WORKFLOWS: Final = f"{REPO}/actions/workflows"
NEWEST: Final = f"{REPO}/actions/workflows/12/runs"
RUNS: Final = f"{REPO}/actions/runs"
ENVIRONMENTS: Final = f"{REPO}/environments"
DEPLOYMENTS: Final = f"{REPO}/deployments"
STATUSES: Final = f"{REPO}/deployments/301/statuses"
KEYS: Final = f"{REPO}/keys"
LIMITS: Final = "GET /rate_limit"
MEMBERS: Final = "GET /orgs/acme/members"
OUTSIDERS: Final = "GET /orgs/acme/outside_collaborators"
GRANTS: Final = "GET /orgs/acme/personal-access-tokens"
PAGE: Final = "https://github.com/acme/shop"


def repository(**changes: Any) -> dict[str, Any]:
    """Any: whatever JSON can hold, here and below."""
    found = {
        "id": 1296269,
        "name": "shop",
        "full_name": "acme/shop",
        "private": True,
        "html_url": PAGE,
        "default_branch": "main",
        "archived": False,
        "disabled": False,
        "permissions": {"admin": False, "push": False, "pull": True},
    }
    return found | changes


def workflow(**changes: Any) -> dict[str, Any]:
    found = {
        "id": 12,
        "node_id": "W_kwA",
        "name": "deploy",
        "path": ".github/workflows/deploy.yml",
        "state": "active",
        "created_at": ago(days=400),
        "updated_at": ago(days=40),
        "url": "https://api.github.com/repos/acme/shop/actions/workflows/12",
        "html_url": f"{PAGE}/blob/main/.github/workflows/deploy.yml",
        "badge_url": f"{PAGE}/workflows/deploy/badge.svg",
    }
    return found | changes


def workflows(*found: dict[str, Any]) -> Canned:
    return told({"total_count": len(found), "workflows": list(found)})


def run(**changes: Any) -> dict[str, Any]:
    found = {
        "id": 30433642,
        "name": "deploy",
        "node_id": "WFR_kw",
        "head_branch": "main",
        "head_sha": "acb5820ced9479c074f688cc328bf03f341a511d",
        "path": ".github/workflows/deploy.yml",
        "display_title": "deploy 1.4.2",
        "run_number": 562,
        "run_attempt": 1,
        "event": "push",
        "status": "completed",
        "conclusion": "success",
        "workflow_id": 12,
        "html_url": f"{PAGE}/actions/runs/30433642",
        "pull_requests": [],
        "created_at": ago(hours=5),
        "updated_at": ago(hours=4.9),
        "run_started_at": ago(hours=5),
        "actor": {"login": "ana", "id": 1},
        "triggering_actor": {"login": "ana", "id": 1},
        "head_repository": {"id": 1296269, "full_name": "acme/shop"},
        "repository": {"id": 1296269, "full_name": "acme/shop"},
    }
    return found | changes


def runs(*found: dict[str, Any]) -> Canned:
    return told({"total_count": len(found), "workflow_runs": list(found)})


def environments(*names: str) -> Canned:
    rows = [{"id": index, "node_id": "EN", "name": name, "html_url": PAGE} for index, name in enumerate(names, 7)]
    return told({"total_count": len(rows), "environments": rows})


def deployment(**changes: Any) -> dict[str, Any]:
    found = {
        "id": 301,
        "sha": "acb5820ced9479c074f688cc328bf03f341a511d",
        "ref": "v1.4.2",
        "task": "deploy",
        "payload": {},
        "environment": "production",
        "description": None,
        "creator": {"login": "ana", "id": 1},
        "created_at": ago(hours=3),
        "updated_at": ago(hours=2.9),
        "transient_environment": False,
        "production_environment": True,
    }
    return found | changes


def status(state: str = "success", **changes: Any) -> dict[str, Any]:
    found = {
        "id": 9001,
        "state": state,
        "creator": None,
        "description": "",
        "environment": "production",
        "target_url": "",
        "log_url": f"{PAGE}/actions/runs/30433642/job/1",
        "created_at": ago(hours=2.9),
        "updated_at": ago(hours=2.9),
    }
    return found | changes


def limits(remaining: int = 4_900, limit: int = 5_000) -> Canned:
    core = {"limit": limit, "used": limit - remaining, "remaining": remaining, "reset": int(AT.timestamp()) + 900}
    return told({"resources": {"core": core, "search": core}, "rate": core})


def member(login: str = "ana", number: int = 1) -> dict[str, Any]:
    return {"id": number, "login": login, "type": "User", "site_admin": False}


def grant(**changes: Any) -> dict[str, Any]:
    found = {
        "id": 25381,
        "owner": member(),
        "repository_selection": "subset",
        "permissions": {"repository": {"contents": "write"}},
        "access_granted_at": ago(days=200),
        "token_id": 98716,
        "token_name": "ci-helper",
        "token_expired": False,
        "token_expires_at": ago(days=-60),
        "token_last_used_at": ago(days=2),
    }
    return found | changes


def deploy_key(**changes: Any) -> dict[str, Any]:
    found = {
        "id": 55,
        "key": "ssh-ed25519 AAAA",
        "url": "https://api.github.com/repos/acme/shop/keys/55",
        "title": "builder",
        "verified": True,
        "created_at": ago(days=300),
        "read_only": True,
        "last_used": ago(days=1),
        "enabled": True,
    }
    return found | changes


HEALTHY: Final[Mapping[str, Canned]] = {
    REPO: told(repository()),
    WORKFLOWS: workflows(workflow()),
    NEWEST: runs(run()),
    RUNS: runs(),
    ENVIRONMENTS: environments("production"),
    DEPLOYMENTS: told([deployment()]),
    STATUSES: told([status()]),
    KEYS: told([deploy_key()]),
    LIMITS: limits(),
    OUTSIDERS: told([]),
    GRANTS: told([grant()]),
}


def answer(request: Request) -> Canned | None:
    """The same address lists owners and, with a filter, those without a second factor."""
    if request.line == MEMBERS:
        return told([member()]) if request.query.get("role") == ["admin"] else told([])
    return None


def named(name: str) -> Mapping[str, Canned]:
    short = name[:200]  # branches and environments go into addresses, and GitHub bounds them
    late = run(status="waiting", conclusion=None, name=name, display_title=name, html_url=name)
    return {
        REPO: told(repository(html_url=name, default_branch=short or "main")),
        WORKFLOWS: workflows(workflow(name=name, state="disabled_manually"), workflow(id=13, html_url=name)),
        f"{REPO}/actions/workflows/13/runs": runs(
            run(conclusion="failure", name=name, head_branch=short, html_url=name, actor={"login": name})
        ),
        RUNS: runs(late),
        ENVIRONMENTS: environments(short or "production"),
        DEPLOYMENTS: told([deployment(ref=name, environment=short, sha=name)]),
        STATUSES: told([status("failure", log_url=name)]),
        OUTSIDERS: told([member(name or "x")]),
        GRANTS: told([grant(token_name=name, owner=member(name), token_expires_at=None)]),
        KEYS: told([deploy_key(title=name, last_used=None)]),
    }


def prove(body: bytes, secret: str = HOOK_SECRET) -> Mapping[str, str]:
    return {"x-hub-signature-256": "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()}


def settings(address: str, **changes: Any) -> GitHubSettings:
    given: dict[str, Any] = {
        "api_url": address,
        "token": SecretStr(TOKEN),
        "repos": ("acme/shop",),
        "orgs": ("acme",),
        "known_owners": ("ana",),
        "webhook_secret": SecretStr(HOOK_SECRET),
    }
    return GitHubSettings(**(given | changes))


SCRIPT: Final = Script(
    settings=settings,
    secrets=(TOKEN, HOOK_SECRET),
    healthy=HEALTHY,
    answer=answer,
    named=named,
    shows_names=("github.runs", "github.waiting", "github.workflows", "github.deployments", "github.access"),
    empty={
        "github.runs": {NEWEST: runs()},
        "github.workflows": {WORKFLOWS: workflows()},
        "github.deployments": {ENVIRONMENTS: environments()},
        "github.access": {MEMBERS: told([])},
        "github.limits": {LIMITS: limits(0, 0)},
    },
    prove=prove,
)
