"""A Rancher with two healthy clusters, and one in which things bear hostile names."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.rancher.settings import RancherSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, Request, said, told
from tests.integrations.moment import ago

TOKEN: Final = "token-abcde:s3cr3t5j9x2m8q"
HEALTH: Final = "GET /healthz"
CLUSTERS: Final = "GET /v3/clusters"
NODES: Final = "GET /v3/nodes"
OWN: Final = "GET /v3/tokens/token-abcde"
SNAPSHOTS: Final = "GET /k8s/clusters/local/apis/rke.cattle.io/v1/namespaces/fleet-default/etcdsnapshots"


def condition(kind: str = "Ready", status: str = "True", **changes: Any) -> dict[str, Any]:
    return {"type": kind, "status": status, "lastUpdateTime": ago(days=1)} | changes


def cluster(ident: str = "c-m-7xk2", name: str = "prod-eu", **changes: Any) -> dict[str, Any]:
    """Any: whatever JSON can hold."""
    found = {
        "id": ident,
        "type": "cluster",
        "name": name,
        "state": "active",
        "transitioning": "no",
        "transitioningMessage": "",
        "provider": "rke2",
        "driver": "imported",
        "nodeCount": 2,
        "created": "2025-06-01T09:00:00Z",
        "version": {"gitVersion": "v1.33.5+rke2r1", "major": "1", "minor": "33"},
        "capacity": {"cpu": "48", "memory": "196Gi", "pods": "660"},
        "requested": {"cpu": "31250m", "memory": "120Gi", "pods": "241"},
        "caCert": "LS0tLS1CRUdJTg==",
        "conditions": [
            condition(),
            condition("Connected"),
            condition("Provisioned"),
            condition("NoDiskPressure"),
            condition("Stalled", "False"),
        ],
        "componentStatuses": [{"name": "controller-manager", "conditions": [condition("Healthy", message="ok")]}],
        "certificatesExpiration": {"kube-apiserver": {"expirationDate": ago(days=-200)}},
    }
    return found | changes


def node(number: int = 1, of: str = "c-m-7xk2", **changes: Any) -> dict[str, Any]:
    found = {
        "id": f"{of}:machine-{number}",
        "type": "node",
        "clusterId": of,
        "nodeName": f"worker-{number}",
        "state": "active",
        "transitioning": "no",
        "conditions": [condition(), condition("DiskPressure", "False"), condition("MemoryPressure", "False")],
    }
    return found | changes


def collection(*found: dict[str, Any], **pagination: Any) -> Canned:
    body = {"type": "collection", "resourceType": "thing", "data": list(found), "links": {}, "actions": {}}
    return told(body | {"pagination": {"limit": 1000, "total": len(found), **pagination}})


def token(**changes: Any) -> Canned:
    found = {
        "id": "token-abcde",
        "type": "token",
        "expired": False,
        "expiresAt": ago(days=-60),
        "ttl": 7_776_000_000,
        "userId": "u-1",
    }
    return told(found | changes)


def snapshot(of: str = "prod-eu", status: str = "successful", hours: float = 3, **changes: Any) -> dict[str, Any]:
    found = {
        "metadata": {"name": f"{of}-etcd-{hours}", "namespace": "fleet-default", "creationTimestamp": ago(hours=hours)},
        "spec": {"clusterName": of},
        "snapshotFile": {"name": "etcd", "nodeName": "cp-1", "createdAt": ago(hours=hours), "status": status},
        "status": {"missing": False},
    }
    return found | changes


def snapshots(*found: dict[str, Any], go_on: str = "") -> Canned:
    meta = {"resourceVersion": "1", **({"continue": go_on} if go_on else {})}
    kind = {"apiVersion": "rke.cattle.io/v1", "kind": "ETCDSnapshotList"}
    return told({**kind, "metadata": meta, "items": list(found)})


def of_cluster(request: Request) -> Canned | None:
    """Nodes by the cluster that is asked for."""
    if request.line != NODES:
        return None
    of = request.query["clusterId"][0]
    return collection(node(1, of), node(2, of))


HEALTHY: Final[Mapping[str, Canned]] = {
    HEALTH: said("ok"),
    CLUSTERS: collection(cluster(), cluster("local", "local", provider="k3s", componentStatuses=None)),
    OWN: token(),
    SNAPSHOTS: snapshots(snapshot(), snapshot(hours=15), snapshot("dev", hours=9)),
}


def named(name: str) -> Mapping[str, Canned]:
    bad = cluster(name=name, state="unavailable", transitioning="error", transitioningMessage=name, provider=name)
    bad |= {"certificatesExpiration": {name: {"expirationDate": ago(days=-1)}}}
    broken = {"status": "failed", "message": name, "createdAt": ago(hours=1)}
    return {
        HEALTH: said(name.encode("utf-8", "replace").decode(), 500),
        CLUSTERS: collection(bad),
        NODES: collection(node(nodeName=name, state="unavailable", transitioningMessage=name)),
        SNAPSHOTS: snapshots(snapshot(name, hours=30), snapshot(name, snapshotFile=broken)),
    }


SCRIPT: Final = Script(
    settings=lambda address: RancherSettings(url=address, token=SecretStr(TOKEN), snapshots=True),
    secrets=(TOKEN, TOKEN.partition(":")[2]),
    healthy=HEALTHY,
    answer=of_cluster,
    named=named,
    shows_names=("rancher.server", "rancher.clusters", "rancher.nodes", "rancher.snapshots"),
    empty={
        "rancher.clusters": {CLUSTERS: collection()},
        "rancher.nodes": {CLUSTERS: collection()},
        "rancher.snapshots": {SNAPSHOTS: snapshots()},
        "rancher.token": {OWN: told({"id": "token-abcde"})},
        "rancher.server": {HEALTH: said("")},
    },
)
