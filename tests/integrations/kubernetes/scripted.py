"""A healthy cluster, and one in which things bear hostile names."""

from collections.abc import Mapping
from typing import Final

from bot.integrations.kubernetes.settings import KubernetesSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned
from tests.integrations.moment import ago
from tests.kubernetes import things
from tests.kubernetes.apiserver import TOKEN, Apiserver
from tests.kubernetes.config import kubeconfig

CERTIFICATES: Final = "certificates.cert-manager.io"


def bare() -> Apiserver:
    """A cluster with nothing in it, which no cluster is."""
    return Apiserver().install("cert-manager.io", "v1", "certificates", "Certificate")


def healthy() -> Apiserver:
    server = bare().put("namespaces", things.namespace())
    server.put("nodes", things.node("node-1"), things.node("node-2"))
    server.put("pods", things.pod(), things.pod("web-5b7c-x3"))
    server.put("deployments.apps", things.deployment())
    server.put("statefulsets.apps", things.stateful_set())
    server.put("daemonsets.apps", things.daemon_set())
    server.put("jobs.batch", things.job())
    server.put("cronjobs.batch", things.cron_job())
    server.put("persistentvolumeclaims", things.claim())
    server.put("events", things.event())
    server.put("horizontalpodautoscalers.autoscaling", things.autoscaler())
    server.put("poddisruptionbudgets.policy", things.budget())
    server.put("serviceaccounts", {"metadata": things.metadata("ci", "build")})
    server.put("clusterroles.rbac.authorization.k8s.io", *things.roles())
    server.put("clusterrolebindings.rbac.authorization.k8s.io", *things.usual_bindings())
    return server.put(CERTIFICATES, things.certificate())


def named(name: str) -> Mapping[str, Canned]:
    """Everything is wrong, and bears the name."""
    given = name or "-"
    server = bare().put("nodes", things.node(given, ready="Unknown", kubelet="v1.29.0"))
    waiting = {"waiting": {"reason": name or "CrashLoopBackOff", "message": name}}
    server.put("pods", things.pod(given, containerStatuses=[things.container(name, state=waiting)]))
    stuck = {"type": "Progressing", "status": "False", "reason": name}
    server.put("deployments.apps", things.deployment(given, conditions=[stuck]))
    server.put("jobs.batch", things.job(given, of=name, failed=ago(hours=1), why=name))
    server.put("cronjobs.batch", things.cron_job(given, "0 * * * *", lastSuccessfulTime=None))
    server.put("persistentvolumeclaims", things.claim(given, "Lost"))
    server.put("events", things.event(name, name, about=name, count=900))
    blind = things.autoscaler(given, ScalingActive=("False", name))
    server.put("horizontalpodautoscalers.autoscaling", blind)
    server.put("poddisruptionbudgets.policy", things.budget(given, allowed=0))
    server.put(CERTIFICATES, things.certificate(given, ready="False", reason=name))
    server.put("clusterroles.rbac.authorization.k8s.io", *things.roles())
    strong = things.binding(given, "cluster-admin", things.subject("User", name))
    server.put("clusterrolebindings.rbac.authorization.k8s.io", strong)
    return {line: canned for line, canned in server.lists().items() if line != "GET /api/v1/namespaces"}


_CARE: Final = ("jobs", "volumes", "warnings", "autoscalers", "budgets", "certificates")
_LISTS: Final = tuple(f"kubernetes.{what}" for what in ("nodes", "pods", "workloads", "versions", "access", *_CARE))
"""Every check that rests on a list."""

SCRIPT: Final = Script(
    settings=lambda address: KubernetesSettings(kubeconfig=kubeconfig(address)),
    secrets=(TOKEN,),
    answer=healthy().answer,
    named=named,
    shows_names=_LISTS,
    empty=dict.fromkeys(_LISTS, bare().lists()),
    only_status=("GET /readyz",),
)
