"""Whether what a cluster runs is still supported."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.check import Answer, Item, Status
from bot.integrations import Wiring
from bot.integrations.eol_source import Lifecycles
from bot.integrations.http import Outside
from bot.integrations.kubernetes.adapter import Kubernetes
from bot.integrations.kubernetes.settings import KubernetesSettings
from tests.integrations.contract.server import serving
from tests.kubernetes import things
from tests.kubernetes.apiserver import Apiserver
from tests.kubernetes.config import kubeconfig


def node(name: str, kubelet: str, system: str, runtime: str) -> dict[str, Any]:
    """Any: whatever JSON can hold."""
    made = things.node(name, kubelet=kubelet)
    told = {"kubeletVersion": kubelet, "osImage": system, "containerRuntimeVersion": runtime}
    return {**made, "status": {**made["status"], "nodeInfo": told}}


def pod(name: str, image: str, phase: str = "Running") -> dict[str, Any]:
    made = things.pod(name, phase=phase)
    return {**made, "spec": {**made["spec"], "containers": [{"name": "main", "image": image}]}}


async def ask(server: Apiserver, version: str) -> Answer:
    """The answer on a day on which our own table is fresh."""
    server.version = version
    outside = Outside(now=lambda: datetime(2026, 11, 1, tzinfo=UTC))
    try:
        async with serving(server.answer) as address:
            wiring = Wiring(outside=outside, lifecycles=Lifecycles(outside))
            ours = Kubernetes.connect(KubernetesSettings(kubeconfig=kubeconfig(address)), wiring)
            check = next(one for one in ours.checks() if one.name == "kubernetes.support")
            assert check.item is Item.PATCHES
            try:
                return await check.ask()
            finally:
                await ours.aclose()
    finally:
        await outside.aclose()


TRIXIE = "Debian GNU/Linux 13 (trixie)"


async def test_versions_systems_runtimes_and_images_are_judged_by_their_end_of_life() -> None:
    server = Apiserver().put("nodes", node("a", "v1.35.2", TRIXIE, "containerd://2.1.4"))
    server.put("nodes", node("b", "v1.33.9", "Ubuntu 20.04.6 LTS", "docker://20.10.7"))
    server.put("pods", pod("db", "postgres:11"), pod("job", "node:8", "Succeeded"), pod("web", "shop:11"))
    answer = await ask(server, "v1.35.2")
    assert [(one.title, one.status, one.detail) for one in answer.evidence] == [
        ("Image postgresql 11", Status.FAIL, "unsupported since 09 Nov 2023; shop/db"),
        ("Docker Engine 20.10", Status.FAIL, "unsupported since 10 Dec 2023; b"),
        ("containerd 2.1", Status.FAIL, "unsupported since 05 May 2026; a"),
        ("Kubernetes 1.33", Status.FAIL, "unsupported since 28 Jun 2026; b"),
        (
            "Ubuntu 20.04.6 LTS",
            Status.WARN,
            "past its usual support since 29 May 2025, with extended support until 23 Apr 2030; b",
        ),
    ]


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("v1.36.1", Status.OK),
        ("v1.36.1+rke2r1", Status.OK),
        ("v1.33.5", Status.FAIL),
        ("v1.33.5+k3s1", Status.FAIL),
        # Who sells it may mend it for longer, and its makers do not say.
        ("v1.33.5-eks-abc", Status.WARN),
        ("v1.33.5-gke.100", Status.WARN),
        ("v1.77.0", Status.UNKNOWN),
        ("nightly.0", Status.UNKNOWN),
    ],
)
async def test_a_cluster_s_version_is_judged_by_its_numbers(version: str, status: Status) -> None:
    server = Apiserver().put("nodes", node("a", version, TRIXIE, "cri-o://1.36.0"))
    assert (await ask(server, version)).status is status


async def test_a_cluster_without_nodes_is_not_ok() -> None:
    assert (await ask(Apiserver(), "v1.36.1")).status is Status.UNKNOWN
