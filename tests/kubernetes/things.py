"""Objects as a healthy cluster has them."""

from typing import Any

from tests.integrations.moment import ago
from tests.kubernetes.apiserver import Thing


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
            "nodeInfo": {"kubeletVersion": kubelet, "osImage": "Debian GNU/Linux 12 (bookworm)"},
        },
    }
