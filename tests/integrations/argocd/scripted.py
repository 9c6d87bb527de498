"""A healthy Argo CD, and one in which things bear hostile names."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.argocd.settings import ArgoCDSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, told
from tests.integrations.moment import AT, ago

TOKEN: Final = "eyJhbGciOiJIUzI1NiJ9.argocd.9c1f7a"
WEBHOOK_TOKEN: Final = "argocd-hook-30b7d9"
APPS: Final = "GET /api/v1/applications"
CLUSTERS: Final = "GET /api/v1/clusters"
REPOSITORIES: Final = "GET /api/v1/repositories"
ACCOUNTS: Final = "GET /api/v1/account"
MAY: Final = "GET /api/v1/account/can-i/repositories/get/%2A"
WINDOWS: Final = "GET /api/v1/applications/shop-web/syncwindows"
COMMIT: Final = "7be2c1f0d17be2c1f0d17be2c1f0d17be2c1f0d1"
AUTOMATED: Final[Mapping[str, Any]] = {"automated": {"prune": True, "selfHeal": True}}


def health(status: str = "Healthy", **more: Any) -> dict[str, Any]:
    return {"status": status, "lastTransitionTime": ago(days=3), **more}


def operation(phase: str = "Succeeded", **more: Any) -> dict[str, Any]:
    found = {
        "phase": phase,
        "message": "successfully synced (all tasks run)",
        "startedAt": ago(hours=5, seconds=50),
        "finishedAt": ago(hours=5),
        "operation": {"initiatedBy": {"automated": True}, "sync": {"revision": COMMIT}},
        "syncResult": {"revision": COMMIT, "resources": None},
    }
    return found | more


def app(name: str = "shop-web", *, spec: Mapping[str, Any] | None = None, **state: Any) -> dict[str, Any]:
    """An application as Argo CD lists it. Any: whatever JSON can hold."""
    found = {
        "health": health(),
        "sync": {"status": "Synced", "revision": COMMIT},
        "operationState": operation(),
        "reconciledAt": ago(minutes=2),
    } | state
    return {
        "metadata": {"name": name, "namespace": "argocd", "creationTimestamp": ago(days=90)},
        "spec": {
            "project": "shop",
            "syncPolicy": dict(AUTOMATED),
            "source": {"repoURL": "https://git.example/acme/shop.git", "path": "web"},
            "destination": {"name": "prod-eu", "namespace": "shop"},
            **(spec or {}),
        },
        "status": {key: value for key, value in found.items() if value is not None},
    }


def apps(*found: dict[str, Any]) -> Canned:
    return told({"metadata": {"resourceVersion": "1"}, "items": list(found)})


def cluster(name: str = "prod-eu", status: Any = "Successful", **more: Any) -> dict[str, Any]:
    state = {"status": status, "message": "", "attemptedAt": ago(seconds=20)} | more
    return {
        "server": f"https://{name}.example:6443",
        "name": name,
        "connectionState": state,
        "info": {"connectionState": state, "serverVersion": "1.33"},
    }


def repository(repo: str = "https://git.example/acme/shop.git", status: Any = "Successful") -> dict[str, Any]:
    return {"repo": repo, "type": "git", "connectionState": {"status": status, "message": "", "attemptedAt": None}}


def account(name: str = "daywatch", *tokens: dict[str, Any], enabled: Any = True) -> dict[str, Any]:
    return {"name": name, "enabled": enabled, "capabilities": ["apiKey"], "tokens": list(tokens) or None}


def token(days: float | None = 200) -> dict[str, Any]:
    until = 0 if days is None else int(AT.timestamp() + days * 86_400)
    return {"id": "d1f0", "issuedAt": "1764000000", "expiresAt": str(until)}


def accounts(*found: dict[str, Any]) -> Canned:
    return told({"items": [account("admin", enabled=False), *found]})


HEALTHY: Final[Mapping[str, Canned]] = {
    "GET /api/version": told({"Version": "v3.1.2+8a1b"}),
    APPS: apps(app(), app("shop-api", health=health("Progressing", lastTransitionTime=ago(minutes=3)))),
    CLUSTERS: told({"items": [cluster("in-cluster"), cluster()]}),
    REPOSITORIES: told({"items": [repository()]}),
    ACCOUNTS: accounts(account("daywatch", token())),
}


def named(name: str) -> Mapping[str, Canned]:
    bad = app(
        name,
        spec={"project": name, "syncPolicy": None},
        health=health("Degraded", message=name),
        sync={"status": "OutOfSync"},
        operationState=operation("Failed", message=name),
        conditions=[{"type": f"{name}Error", "message": name}],
    )
    return {
        APPS: apps(bad),
        CLUSTERS: told({"items": [cluster(name, "Failed", message=name)]}),
        REPOSITORIES: told({"items": [repository(name, "Failed")]}),
        ACCOUNTS: accounts(account(name or "?", token(None) | {"id": name})),
    }


def prove(body: bytes) -> Mapping[str, str]:
    return {"content-length": str(len(body)), "authorization": f"Bearer {WEBHOOK_TOKEN}"}


SCRIPT: Final = Script(
    settings=lambda address: ArgoCDSettings(
        url=address, token=SecretStr(TOKEN), webhook_token=SecretStr(WEBHOOK_TOKEN)
    ),
    secrets=(TOKEN, WEBHOOK_TOKEN),
    healthy=HEALTHY,
    named=named,
    shows_names=(
        "argocd.apps",
        "argocd.syncs",
        "argocd.conditions",
        "argocd.clusters",
        "argocd.repositories",
        "argocd.pending",
        "argocd.drift",
        "argocd.access",
    ),
    empty={
        **{
            f"argocd.{what}": {APPS: told({"items": None, "metadata": {}})}
            for what in ("apps", "syncs", "conditions", "pending", "drift")
        },
        "argocd.clusters": {CLUSTERS: told({"items": []})},
        "argocd.repositories": {REPOSITORIES: told({"items": None}), MAY: told({"value": "no"})},
        "argocd.access": {ACCOUNTS: told({"items": []})},
    },
    prove=prove,
)
