"""A healthy cluster, and one in which things bear hostile names."""

from collections.abc import Mapping
from typing import Final

from bot.integrations.cluster_settings import ClusterSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned
from tests.kubernetes import things
from tests.kubernetes.apiserver import TOKEN, Apiserver
from tests.kubernetes.config import kubeconfig

NODES: Final = "GET /api/v1/nodes"


def healthy() -> Apiserver:
    return Apiserver().put("nodes", things.node("node-1"), things.node("node-2"))


def named(name: str) -> Mapping[str, Canned]:
    return Apiserver().put("nodes", things.node(name or "-", ready="Unknown")).lists()


SCRIPT: Final = Script(
    settings=lambda address: ClusterSettings(kubeconfig=kubeconfig(address)),
    secrets=(TOKEN,),
    answer=healthy().answer,
    named=named,
    shows_names=("kubernetes.nodes",),
    empty={"kubernetes.nodes": Apiserver().lists()},
    only_status=("GET /readyz",),
)
