"""A healthy GitLab with one project and its group, and one in which things bear hostile names."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.gitlab.settings import GitLabSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.moment import AT, ago

TOKEN: Final = "glpat-3f9d20c1"
HOOK_TOKEN: Final = "gitlab-hook-77ab01"
NAMED: Final = "GET /api/v4/projects/acme%2Fshop"
NUMBER: Final = "GET /api/v4/projects/12"
PIPELINES: Final = f"{NUMBER}/pipelines"
SCHEDULES: Final = f"{NUMBER}/pipeline_schedules"
SCHEDULE: Final = f"{SCHEDULES}/5"
JOBS: Final = f"{NUMBER}/jobs"
ENVIRONMENTS: Final = f"{NUMBER}/environments"
DEPLOYMENTS: Final = f"{NUMBER}/deployments"
SELF: Final = "GET /api/v4/personal_access_tokens/self"
GROUP: Final = "GET /api/v4/groups/acme"
MEMBERS: Final = f"{GROUP}/members/all"
INSIDE: Final = f"{NAMED}/members"
USERS: Final = "GET /api/v4/users"
GROUP_TOKENS: Final = f"{GROUP}/access_tokens"
PROJECT_TOKENS: Final = f"{NAMED}/access_tokens"
KEYS: Final = f"{NAMED}/deploy_keys"
WEB: Final = "https://git.example.com/acme/shop"


def project(**changes: Any) -> dict[str, Any]:
    """Any: whatever JSON can hold, here and below."""
    found = {
        "id": 12,
        "name": "shop",
        "path_with_namespace": "acme/shop",
        "default_branch": "main",
        "web_url": WEB,
        "archived": False,
    }
    return found | changes


def pipeline(**changes: Any) -> dict[str, Any]:
    found = {
        "id": 4711,
        "iid": 88,
        "project_id": 12,
        "status": "success",
        "source": "push",
        "ref": "main",
        "sha": "7be2c1f0a1b2c3d4",
        "name": None,
        "web_url": f"{WEB}/-/pipelines/4711",
        "created_at": ago(hours=5),
        "updated_at": ago(hours=4.9),
    }
    return found | changes


def schedule(**changes: Any) -> dict[str, Any]:
    found = {
        "id": 5,
        "description": "nightly",
        "ref": "refs/heads/main",
        "cron": "0 1 * * *",
        "cron_timezone": "UTC",
        "next_run_at": ago(hours=-9),
        "active": True,
        "created_at": ago(days=90),
        "updated_at": ago(days=1),
        "owner": {"username": "ana"},
        "last_pipeline": {"id": 4700, "sha": "7be2c1f0", "ref": "main", "status": "success"},
    }
    return found | changes


def job(**changes: Any) -> dict[str, Any]:
    found = {
        "id": 90881,
        "name": "build",
        "stage": "build",
        "status": "pending",
        "created_at": ago(hours=30),
        "started_at": None,
        "queued_duration": 300.5,
        "allow_failure": False,
        "web_url": f"{WEB}/-/jobs/90881",
    }
    return found | changes


def environment(name: str = "production", **changes: Any) -> dict[str, Any]:
    return {
        "id": 4,
        "name": name,
        "slug": "p",
        "external_url": None,
        "state": "available",
        "tier": "production",
    } | changes


def deployment(**changes: Any) -> dict[str, Any]:
    found = {
        "id": 301,
        "iid": 57,
        "ref": "v1.4.2",
        "sha": "7be2c1f0a1b2c3d4",
        "status": "success",
        "created_at": ago(hours=3),
        "updated_at": ago(hours=2.9),
        "user": {"username": "ana"},
        "environment": {"id": 4, "name": "production", "external_url": "https://shop.example"},
        "deployable": {"id": 90881, "name": "deploy:prod", "status": "success", "web_url": f"{WEB}/-/jobs/90881"},
    }
    return found | changes


def day(**amount: float) -> str:
    return (AT + timedelta(**amount)).date().isoformat()


def token(**changes: Any) -> dict[str, Any]:
    found = {
        "id": 42,
        "user_id": 141,
        "name": "daywatch",
        "scopes": ["read_api"],
        "active": True,
        "revoked": False,
        "created_at": ago(days=100),
        "last_used_at": ago(hours=1),
        "expires_at": day(days=90),
    }
    return found | changes


def member(username: str = "ana", number: int = 1, level: int = 50, **changes: Any) -> dict[str, Any]:
    found = {"id": number, "username": username, "name": username, "state": "active", "access_level": level}
    return found | {"expires_at": None, "membership_state": "active"} | changes


def deploy_key(**changes: Any) -> dict[str, Any]:
    found = {"id": 8, "title": "builder", "key": "ssh-ed25519 AAAA", "created_at": ago(days=40), "can_push": False}
    return found | {"expires_at": ago(days=-200)} | changes


def group(**changes: Any) -> dict[str, Any]:
    found = {"id": 3, "full_path": "acme", "web_url": "https://git.example.com/groups/acme"}
    return found | {"require_two_factor_authentication": True} | changes


HEALTHY: Final[Mapping[str, Canned]] = {
    NAMED: told(project()),
    PIPELINES: told([pipeline()]),
    f"{PIPELINES}/4711": told(pipeline(user={"username": "ana"}, finished_at=ago(hours=4.9), tag=False)),
    SCHEDULES: told([schedule(last_pipeline=None)]),
    SCHEDULE: told(schedule()),
    JOBS: told([]),
    ENVIRONMENTS: told([environment()]),
    SELF: told(token()),
    GROUP: told(group()),
    MEMBERS: told([member(), member("bob", 2, 30)]),
    INSIDE: told([member("bob", 2, 40)]),
    USERS: told([]),
    GROUP_TOKENS: told([token()]),
    PROJECT_TOKENS: told([token(id=43)]),
    KEYS: told([deploy_key()]),
}


def answer(request: Request) -> Canned | None:
    """The same address lists those that wait, by their status."""
    if request.line == DEPLOYMENTS:
        return told([] if "status" in request.query else [deployment()])
    return None


def named(name: str) -> Mapping[str, Canned]:
    short = name[:200]  # branches and environments go into addresses, and GitLab bounds them
    return {
        NAMED: told(project(default_branch=short or "main", web_url=name)),
        PIPELINES: told([pipeline(status="failed", ref=short, name=name, web_url=name)]),
        SCHEDULE: told(schedule(active=False, description=name)),
        JOBS: told([job(name=name, queued_duration=90_000, web_url=name)]),
        ENVIRONMENTS: told([environment(short or "production")]),
        INSIDE: told([member(name or "x", 9)]),
        GROUP_TOKENS: told([token(name=name, expires_at=None)]),
        KEYS: told([deploy_key(title=name, expires_at=None)]),
    }


def prove(_body: bytes) -> Mapping[str, str]:
    return {"x-gitlab-token": HOOK_TOKEN}


def settings(address: str, **changes: Any) -> GitLabSettings:
    given: dict[str, Any] = {
        "url": address,
        "token": SecretStr(TOKEN),
        "projects": ("acme/shop",),
        "groups": ("acme",),
        "known_owners": ("ana",),
        "webhook_token": SecretStr(HOOK_TOKEN),
    }
    return GitLabSettings(**(given | changes))


SCRIPT: Final = Script(
    settings=settings,
    secrets=(TOKEN, HOOK_TOKEN),
    healthy=HEALTHY,
    answer=answer,
    named=named,
    shows_names=("gitlab.pipelines", "gitlab.queue", "gitlab.schedules", "gitlab.access"),
    empty={
        "gitlab.pipelines": {PIPELINES: told([])},
        "gitlab.schedules": {SCHEDULES: told([])},
        "gitlab.deployments": {ENVIRONMENTS: told([])},
        "gitlab.access": {MEMBERS: told([])},
    },
    prove=prove,
)
