"""A cluster with Gatekeeper in it, made up in its shapes."""

from typing import Any, Final

from tests.integrations.moment import ago
from tests.kubernetes.apiserver import Apiserver
from tests.kubernetes.things import metadata

TEMPLATES: Final = "constrainttemplates.templates.gatekeeper.sh"
CONSTRAINTS: Final = "k8srequiredlabels.constraints.gatekeeper.sh"
WEBHOOKS: Final = "validatingwebhookconfigurations.admissionregistration.k8s.io"


def template(name: str = "k8srequiredlabels", *, created: bool | None = True, errors: Any = None) -> dict[str, Any]:
    by_pod = [{"id": "gatekeeper-audit-1", "observedGeneration": 1, "operations": ["audit"], "errors": errors}]
    status = {"byPod": by_pod, **({} if created is None else {"created": created})}
    return {"metadata": metadata(name), "spec": {}, "status": status}


def violation(message: str = "missing label owner", name: str = "shop") -> dict[str, Any]:
    return {
        "enforcementAction": "deny",
        "group": "",
        "version": "v1",
        "kind": "Namespace",
        "name": name,
        "message": message,
    }


def constraint(
    name: str = "ns-owner", *violations: dict[str, Any], spec: Any = None, total: int | None = 0, **status: Any
) -> dict[str, Any]:
    """`total` is at least how many violations there are."""
    pod = {"id": "gatekeeper-audit-1", "enforced": True, "observedGeneration": 1, "operations": ["audit", "status"]}
    usual = {
        "auditTimestamp": ago(minutes=1),
        "totalViolations": None if total is None else max(total, len(violations)),
        "violations": list(violations) or None,
        "byPod": [pod],
    }
    kept = {key: value for key, value in {**usual, **status}.items() if value is not None}
    return {"metadata": metadata(name), "spec": spec or {}, "status": kept}


def pod(name: str = "gatekeeper-audit-1", *, ready: str = "True", phase: str = "Running") -> dict[str, Any]:
    labels = {"gatekeeper.sh/system": "yes", "gatekeeper.sh/operation": "audit"}
    condition = {"type": "Ready", "status": ready, "reason": "" if ready == "True" else "ContainersNotReady"}
    return {
        "metadata": metadata(name, "gatekeeper-system", labels=labels),
        "spec": {"containers": [{"name": "manager"}]},
        "status": {"phase": phase, "conditions": [condition]},
    }


def webhooks(name: str = "validation.gatekeeper.sh") -> dict[str, Any]:
    hook = {
        "name": name,
        "failurePolicy": "Ignore",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "clientConfig": {"service": {"name": "gatekeeper-webhook-service", "namespace": "gatekeeper-system"}},
    }
    return {"metadata": metadata("gatekeeper-validating-webhook-configuration"), "webhooks": [hook]}


def bare(*, constraints: bool = True, version: str = "v1") -> Apiserver:
    """Its kinds, and nothing of them."""
    server = Apiserver().install(
        "templates.gatekeeper.sh", version, "constrainttemplates", "ConstraintTemplate", namespaced=False
    )
    server.install(
        "admissionregistration.k8s.io",
        "v1",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        namespaced=False,
        parts=(),
    )
    if constraints:
        server.install(
            "constraints.gatekeeper.sh", "v1beta1", "k8srequiredlabels", "K8sRequiredLabels", namespaced=False
        )
    return server


def guarded(*constraints: dict[str, Any], version: str = "v1") -> Apiserver:
    server = bare(version=version).put(TEMPLATES, template()).put(CONSTRAINTS, *(constraints or (constraint(),)))
    return server.put(WEBHOOKS, webhooks()).put("pods", pod(), pod("gatekeeper-controller-1"))


def hostile(name: str) -> Apiserver:
    """Everything is wrong, and bears the name."""
    given = name or "-"
    server = bare().put(TEMPLATES, template(given, errors=[{"code": name, "message": name}]))
    server.put(CONSTRAINTS, constraint(given, violation(name, name)))
    return server.put("pods", pod(given, ready="False", phase=name))
