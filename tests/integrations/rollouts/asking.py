"""Argo Rollouts' checks, asked of the API server in memory, and objects as a healthy one has them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from bot.domain.check import Answer
from bot.domain.errors import VendorError
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.rollouts.adapter import Rollouts
from bot.integrations.rollouts.settings import RolloutsSettings
from tests.integrations.contract.server import serving
from tests.integrations.moment import ago, still
from tests.kubernetes.apiserver import Apiserver, Thing
from tests.kubernetes.config import kubeconfig

ROLLOUTS: Final = "rollouts.argoproj.io"
RUNS: Final = "analysisruns.argoproj.io"
REPLICA_SETS: Final = "replicasets.apps"


def made(name: str, space: str = "shop", *, revision: str | None = "7", **more: Any) -> Thing:
    """Any: whatever metadata can hold."""
    marks = {} if revision is None else {"rollout.argoproj.io/revision": revision}
    known = {"name": name, "namespace": space, "uid": f"uid-{name}", "generation": 14, "annotations": marks}
    return known | {"creationTimestamp": ago(days=30)} | more


def rollout(name: str = "web", *, spec: Thing | None = None, marks: Thing | None = None, **status: Any) -> Thing:
    """Ten of ten, fully promoted. What is None is left out, as zeros are."""
    steps = [{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}, {"pause": {"duration": "10m"}}]
    told = {
        "observedGeneration": "14",
        "phase": "Healthy",
        "currentStepIndex": 4,
        "currentPodHash": "6d8f",
        "stableRS": "6d8f",
        "replicas": 10,
        "updatedReplicas": 10,
        "readyReplicas": 10,
        "availableReplicas": 10,
        **status,
    }
    metadata = made(name)
    metadata["annotations"] |= marks or {}
    return {
        "metadata": metadata,
        "spec": {"replicas": 10, "strategy": {"canary": {"steps": steps}}, **(spec or {})},
        "status": {key: one for key, one in told.items() if one is not None},
    }


def paused(**when: float) -> Thing:
    pauses = [{"reason": "CanaryPauseStep", "startTime": ago(**when)}]
    return {
        "phase": "Paused",
        "message": "CanaryPauseStep",
        "currentStepIndex": 1,
        "stableRS": "5b7c",
        "controllerPause": True,
        "pauseConditions": pauses,
        "updatedReplicas": 2,
    }


def owner(kind: str = "Rollout", uid: str = "uid-web") -> list[Thing]:
    return [{"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "name": "web", "uid": uid, "controller": True}]


def run(name: str = "web-6d8f-7-1", phase: str = "Successful", *, of: list[Thing] | None = None, **more: Any) -> Thing:
    labels = {"rollout-type": "Step", "step-index": "1", "rollouts-pod-template-hash": "6d8f"}
    metadata = made(name, labels=labels, creationTimestamp=ago(hours=2), ownerReferences=owner() if of is None else of)
    return {"metadata": metadata | more, "spec": {}, "status": {"phase": phase, "startedAt": ago(hours=2)}}


def replica_set(revision: str, image: str = "registry.example:5000/shop:1.4.2", *, marks: Thing | None = None) -> Thing:
    metadata = made(f"web-{revision}", revision=revision, ownerReferences=owner(), creationTimestamp=ago(hours=3))
    metadata["labels"] = {"rollouts-pod-template-hash": f"hash{revision}"}
    metadata["annotations"] |= marks or {}
    made_of = {"spec": {"containers": [{"name": "web", "image": image}]}}
    return {"metadata": metadata, "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": made_of}}


def bare() -> Apiserver:
    """Argo Rollouts is installed, and nothing is rolled out by it."""
    server = Apiserver().install("argoproj.io", "v1alpha1", "rollouts", "Rollout")
    return server.install("argoproj.io", "v1alpha1", "analysisruns", "AnalysisRun", parts=())


def healthy() -> Apiserver:
    return bare().put(ROLLOUTS, rollout()).put(RUNS, run()).put(REPLICA_SETS, replica_set("7"))


@asynccontextmanager
async def connected(
    server: Apiserver, thresholds: Mapping[str, Mapping[str, float]] | None = None, **settings: Any
) -> AsyncIterator[Rollouts]:
    """Any: settings of every kind."""
    outside = Outside(now=still)
    async with serving(server.answer) as address:
        given = RolloutsSettings(kubeconfig=kubeconfig(address), **settings)
        adapter = Rollouts.connect(given, Wiring(outside=outside, thresholds=thresholds or {}))
        assert adapter is not None
        try:
            yield adapter
        finally:
            await adapter.aclose()
            await outside.aclose()


async def asked(
    what: str, server: Apiserver, thresholds: Mapping[str, Mapping[str, float]] | None = None, **settings: Any
) -> Answer:
    """One check's answer; `VendorError` as unknown."""
    async with connected(server, thresholds, **settings) as adapter:
        (check,) = [one for one in adapter.checks() if one.name == f"rollouts.{what}"]
        try:
            return await check.ask()
        except VendorError as error:
            return Answer.unknown(str(error))
