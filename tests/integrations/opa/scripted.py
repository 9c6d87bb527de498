"""A healthy OPA, CI that posts clean runs of Conftest, a cluster with Gatekeeper; all with hostile names in them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.opa.settings import OpaSettings
from tests.integrations.contract.script import Post, Script
from tests.integrations.contract.server import Canned, told
from tests.integrations.moment import ago
from tests.integrations.opa.guarded import bare, guarded, hostile
from tests.kubernetes.apiserver import TOKEN as KUBE_TOKEN
from tests.kubernetes.config import kubeconfig

TOKEN: Final = "5f2d8c1e9b7a46308c1e9b7a4630d2f5"
BEARER: Final = "opa-token-7d20b1"
HEALTH: Final = "GET /health"
STATUS: Final = "GET /v1/status"
CONFIG: Final = "GET /v1/config"
POLICIES: Final = "GET /v1/policies"
DECISION: Final = "POST /v1/data/httpapi/authz/allow"
OFF: Final = told({"code": "internal_error", "message": "status plugin not enabled"}, 500)


def bundle(name: str = "authz", **more: Any) -> dict[str, Any]:
    usual = {
        "name": name,
        "active_revision": "quay-7",
        "last_successful_activation": ago(days=3),
        "last_successful_download": ago(days=3),
        "last_successful_request": ago(minutes=1),
        "last_request": ago(minutes=1),
        "size": 4021,
        "type": "snapshot",
    }
    return {key: value for key, value in {**usual, **more}.items() if value is not None}


def status(*bundles: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "result": {
            "labels": {"id": "1780d507", "version": "1.4.2"},
            "bundles": {one["name"]: one for one in bundles},
            "plugins": {"bundle": {"state": "OK"}, "decision_logs": {"state": "OK"}, "status": {"state": "OK"}},
            "metrics": {},
            **more,
        }
    }


def policies(*names: str) -> dict[str, Any]:
    return {"result": [{"id": name, "raw": "package a", "ast": {"package": {"path": []}}} for name in names]}


def ran(filename: str = "deploy/web.yaml", **more: Any) -> dict[str, Any]:
    return {"filename": filename, "namespace": "main", "successes": 3, **more}


def body(*files: dict[str, Any]) -> bytes:
    return json.dumps(files).encode()


HEALTHY: Final[Mapping[str, Canned]] = {
    HEALTH: told({}),
    STATUS: told(status(bundle())),
    CONFIG: told({"result": {"bundles": {"authz": {"service": "acme"}}, "labels": {"id": "1"}}}),
    POLICIES: told(policies("authz.rego")),
    DECISION: told({"result": False, "decision_id": "4ca636c1"}),
}


def named(name: str) -> Mapping[str, Canned]:
    broken = bundle(name, code="bundle_error", message=name or "no reason")
    return {
        STATUS: told(status(broken) | {}),
        HEALTH: told({"error": f"not all configured bundles have been activated {name}"}, 500),
        DECISION: told({"decision_id": name}),
    }


def posts_named(name: str) -> Sequence[Post]:
    bad = ran(name, namespace=name, failures=[{"msg": name, "loc": {"file": name, "line": "12"}}])
    return (Post(body=body(bad, ran(name, warnings=[{"msg": name}])), about={"name": name[:200] or "shop"}),)


SCRIPT: Final = Script(
    settings=lambda address: OpaSettings(
        url=address,
        token=SecretStr(BEARER),
        decisions=("httpapi/authz/allow",),
        report_token=SecretStr(TOKEN),
        kubeconfig=kubeconfig(address),
    ),
    secrets=(TOKEN, BEARER, KUBE_TOKEN),
    healthy=HEALTHY,
    answer=lambda request: guarded().answer(request) if request.path.startswith("/api") else None,
    named=lambda name: {**named(name), **hostile(name).lists()},
    shows_names=("opa.server", "opa.policies", "opa.decisions", "opa.constraints", "opa.gatekeeper"),
    empty={
        "opa.constraints": bare().lists(),
        "opa.gatekeeper": bare().lists(),
        "opa.policies": {STATUS: told(status()), POLICIES: told(policies())},
        "opa.decisions": {DECISION: told({})},
    },
    only_status=(HEALTH,),
    posts=(
        Post(body=body(ran(), ran("deploy/api.yaml", warnings=None)), about={"name": "shop", "exit_code": "0"}),
        Post(body=body(ran(successes=0, exceptions=[{"msg": "until June"}])), about={"name": "cart"}),
    ),
    posts_named=posts_named,
    reported=("opa.conftest",),
)
