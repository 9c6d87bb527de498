"""Objects as a healthy cluster has them, with all that the API's own description asks for."""

from typing import Any, Final

from tests.integrations.moment import ago
from tests.kubernetes.apiserver import Thing

SELECTOR: Final[Thing] = {"matchLabels": {"app": "web"}}


def metadata(name: str, namespace: str = "", **more: Any) -> Thing:
    return {"name": name, **({"namespace": namespace} if namespace else {}), "creationTimestamp": ago(days=30), **more}


def node(name: str = "node-1", *, ready: str = "True", kubelet: str = "v1.34.2", **spec: Any) -> Thing:
    return {
        "metadata": metadata(name, labels={"kubernetes.io/os": "linux"}),
        "spec": spec,
        "status": {
            "conditions": [
                {"type": "MemoryPressure", "status": "False", "lastTransitionTime": ago(days=9)},
                {"type": "DiskPressure", "status": "False", "lastTransitionTime": ago(days=9)},
                {"type": "PIDPressure", "status": "False", "lastTransitionTime": ago(days=9)},
                {"type": "Ready", "status": ready, "reason": "KubeletReady", "lastTransitionTime": ago(days=9)},
            ],
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": "",
                "containerRuntimeVersion": "containerd://2.1.4",
                "kernelVersion": "6.1.0-40-amd64",
                "kubeProxyVersion": "",
                "kubeletVersion": kubelet,
                "machineID": "",
                "operatingSystem": "linux",
                "osImage": "Debian GNU/Linux 12 (bookworm)",
                "systemUUID": "",
            },
        },
    }


def namespace(name: str = "shop") -> Thing:
    return {"metadata": metadata(name), "status": {"phase": "Active"}}


def owner(kind: str, name: str, uid: str = "") -> list[Thing]:
    return [{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid or f"uid-{name}", "controller": True}]


def pod(name: str = "web-5b7c-x2", *, space: str = "shop", **status: Any) -> Thing:
    """One that runs, of the deployment `web`; `status` says what is otherwise."""
    labels = {"app": "web", "pod-template-hash": "5b7c"}
    return {
        "metadata": metadata(name, space, labels=labels, ownerReferences=owner("ReplicaSet", "web-5b7c")),
        "spec": {"restartPolicy": "Always", "nodeName": "node-1", **template()["spec"]},
        "status": {
            "phase": "Running",
            "conditions": [
                {"type": "PodScheduled", "status": "True", "lastTransitionTime": ago(days=3)},
                {"type": "Ready", "status": "True", "lastTransitionTime": ago(days=3)},
            ],
            "containerStatuses": [container()],
            **status,
        },
    }


def container(name: str = "web", **changes: Any) -> Thing:
    return {
        "name": name,
        "ready": True,
        "restartCount": 0,
        "state": {"running": {"startedAt": ago(days=3)}},
        "lastState": {},
        "image": "registry.example/shop:1.4.2",
        "imageID": "",
        **changes,
    }


def template(image: str = "registry.example/shop:1.4.2", **annotations: str) -> Thing:
    return {
        "metadata": {"labels": {"app": "web"}, "annotations": annotations, "creationTimestamp": None},
        "spec": {"containers": [{"name": "web", "image": image}]},
    }


def deployment(name: str = "web", *, space: str = "shop", spec: Thing | None = None, **status: Any) -> Thing:
    """Three of three. What is None is left out, as zeros are."""
    told = {
        "observedGeneration": 4,
        "replicas": 3,
        "updatedReplicas": 3,
        "readyReplicas": 3,
        "availableReplicas": 3,
        "conditions": [
            {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"},
            {
                "type": "Progressing",
                "status": "True",
                "reason": "NewReplicaSetAvailable",
                "lastUpdateTime": ago(days=2),
                "lastTransitionTime": ago(days=9),
            },
        ],
        **status,
    }
    return {
        "metadata": metadata(name, space, uid=f"uid-{name}", generation=4),
        "spec": {"replicas": 3, "selector": SELECTOR, "template": template(), **(spec or {})},
        "status": {key: value for key, value in told.items() if value is not None},
    }


def replica_set(name: str, of: str, revision: int, *, created: str, made_of: Thing, **annotations: str) -> Thing:
    marks = {"deployment.kubernetes.io/revision": str(revision), **annotations}
    found = metadata(name, "shop", ownerReferences=owner("Deployment", of), annotations=marks)
    return {"metadata": {**found, "creationTimestamp": created}, "spec": {"selector": SELECTOR, "template": made_of}}


def stateful_set(name: str = "db", *, spec: Thing | None = None, **status: Any) -> Thing:
    told = {
        "observedGeneration": 2,
        "replicas": 2,
        "readyReplicas": 2,
        "currentRevision": f"{name}-1",
        "updateRevision": f"{name}-1",
        **status,
    }
    return {
        "metadata": metadata(name, "shop", uid=f"uid-{name}", generation=2),
        "spec": {"replicas": 2, "serviceName": name, "selector": SELECTOR, "template": template(), **(spec or {})},
        "status": {key: value for key, value in told.items() if value is not None},
    }


def daemon_set(name: str = "agent", **status: Any) -> Thing:
    told = {
        "observedGeneration": 2,
        "currentNumberScheduled": 2,
        "desiredNumberScheduled": 2,
        "numberMisscheduled": 0,
        "numberReady": 2,
        "updatedNumberScheduled": 2,
        **status,
    }
    return {
        "metadata": metadata(name, "kube-system", uid=f"uid-{name}", generation=2),
        "spec": {"selector": SELECTOR, "template": template()},
        "status": {key: value for key, value in told.items() if value is not None},
    }


def job(
    name: str = "nightly-29", *, of: str = "nightly", failed: str | None = None, why: str = "BackoffLimit"
) -> Thing:
    kind = {"type": "Failed", "reason": "BackoffLimitExceeded", "message": why} if failed else {"type": "Complete"}
    ended = [{**kind, "status": "True", "lastTransitionTime": failed or ago(hours=2)}]
    owned = {"ownerReferences": owner("CronJob", of)} if of else {}
    return {"metadata": metadata(name, "shop", **owned), "status": {"conditions": ended}}


def cron_job(name: str = "nightly", schedule: str = "0 * * * *", *, spec: Thing | None = None, **status: Any) -> Thing:
    told = {"lastScheduleTime": ago(minutes=10), "lastSuccessfulTime": ago(minutes=9), **status}
    return {
        "metadata": metadata(name, "shop"),
        "spec": {
            "schedule": schedule,
            "suspend": False,
            "jobTemplate": {"spec": {"template": template()}},
            **(spec or {}),
        },
        "status": {key: value for key, value in told.items() if value is not None},
    }


def claim(name: str = "data-db-0", phase: str = "Bound") -> Thing:
    spec = {"storageClassName": "fast", "accessModes": ["ReadWriteOnce"]}
    return {"metadata": metadata(name, "shop"), "spec": spec, "status": {"phase": phase}}


def event(
    reason: str = "BackOff", message: str = "Back-off restarting", *, about: str = "web-5b7c-x2", **more: Any
) -> Thing:
    return {
        "metadata": metadata(f"{about}.17a{len(message)}", "shop"),
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": about},
        "type": "Warning",
        "reason": reason,
        "message": message,
        "count": 3,
        "lastTimestamp": ago(minutes=5),
        **more,
    }


def autoscaler(name: str = "web", *, current: int = 3, **conditions: tuple[str, str]) -> Thing:
    """`conditions` by type: (status, reason)."""
    told = {
        "AbleToScale": ("True", "ReadyForNewScale"),
        "ScalingActive": ("True", "ValidMetricFound"),
        "ScalingLimited": ("False", "DesiredWithinRange"),
        **conditions,
    }
    return {
        "metadata": metadata(name, "shop"),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": 2,
            "maxReplicas": 10,
        },
        "status": {
            "currentReplicas": current,
            "desiredReplicas": current,
            "conditions": [
                {"type": kind, "status": status, "reason": reason, "message": f"the HPA: {reason}"}
                for kind, (status, reason) in told.items()
            ],
        },
    }


def budget(name: str = "web", *, allowed: int = 1, expected: int = 3, **status: Any) -> Thing:
    return {
        "metadata": metadata(name, "shop", generation=1),
        "status": {
            "observedGeneration": 1,
            "disruptionsAllowed": allowed,
            "currentHealthy": expected,
            "desiredHealthy": expected - 1,
            "expectedPods": expected,
            **status,
        },
    }


def certificate(name: str = "web-tls", *, ready: str = "True", reason: str = "Ready", **status: Any) -> Thing:
    told = {
        "conditions": [{"type": "Ready", "status": ready, "reason": reason, "message": reason}],
        "notAfter": ago(days=-60),
        "renewalTime": ago(days=-30),
        **status,
    }
    return {
        "metadata": metadata(name, "shop"),
        "status": {key: value for key, value in told.items() if value is not None},
    }


def role(name: str, *rules: Thing, space: str = "") -> Thing:
    return {"metadata": metadata(name, space), "rules": list(rules)}


def rule(verbs: str, resources: str, *, groups: str = "", **more: Any) -> Thing:
    """Words apart by blanks."""
    return {"verbs": verbs.split(), "resources": resources.split(), "apiGroups": [groups], **more}


def roles() -> list[Thing]:
    """Some of those that every cluster has."""
    return [
        role("cluster-admin", rule("*", "*", groups="*"), {"verbs": ["*"], "nonResourceURLs": ["*"]}),
        role("view", rule("get list watch", "pods services")),
        role("system:discovery", {"verbs": ["get"], "nonResourceURLs": ["/apis", "/version"]}),
    ]


def subject(kind: str, name: str, space: str = "") -> Thing:
    group = {} if kind == "ServiceAccount" else {"apiGroup": "rbac.authorization.k8s.io"}
    return {"kind": kind, "name": name, **group, **({"namespace": space} if space else {})}


def binding(name: str, to: str, *subjects: Thing, space: str = "", kind: str = "ClusterRole", **more: Any) -> Thing:
    return {
        "metadata": metadata(name, space, **more),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": to},
        "subjects": list(subjects),
    }


def usual_bindings() -> list[Thing]:
    default: dict[str, Any] = {"labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}}
    return [
        binding("cluster-admin", "cluster-admin", subject("Group", "system:masters"), **default),
        binding("system:discovery", "system:discovery", subject("Group", "system:authenticated"), **default),
        binding("viewers", "view", subject("Group", "developers"), subject("ServiceAccount", "ci", "build")),
    ]
