"""Flux's checks, asked of the API server in memory, and objects as a healthy Flux has them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from bot.domain.check import Answer
from bot.domain.errors import VendorError
from bot.integrations import Wiring
from bot.integrations.flux.adapter import Flux
from bot.integrations.flux.settings import FluxSettings
from bot.integrations.http import Outside
from tests.integrations.contract.server import serving
from tests.integrations.moment import ago, still
from tests.kubernetes.apiserver import Apiserver, Thing
from tests.kubernetes.config import kubeconfig

KUSTOMIZATIONS: Final = "kustomizations.kustomize.toolkit.fluxcd.io"
RELEASES: Final = "helmreleases.helm.toolkit.fluxcd.io"
GIT: Final = "gitrepositories.source.toolkit.fluxcd.io"
OCI: Final = "ocirepositories.source.toolkit.fluxcd.io"
HELM: Final = "helmrepositories.source.toolkit.fluxcd.io"
CHARTS: Final = "helmcharts.source.toolkit.fluxcd.io"
BUCKETS: Final = "buckets.source.toolkit.fluxcd.io"
RECEIVERS: Final = "receivers.notification.toolkit.fluxcd.io"
ALERTS: Final = "alerts.notification.toolkit.fluxcd.io"
COMMIT: Final = "7be2c1f0" * 5
REVISION: Final = f"main@sha1:{COMMIT}"


def made(name: str, space: str, **more: Any) -> Thing:
    """Any: whatever metadata can hold."""
    return {"name": name, "namespace": space, "uid": f"uid-{name}", "generation": 4, **more}


def said(kind: str = "Ready", status: str = "True", reason: str = "Succeeded", **more: Any) -> Thing:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": "",
        "observedGeneration": 4,
        "lastTransitionTime": ago(hours=5),
        **more,
    }


def told(*conditions: Thing, **more: Any) -> Thing:
    status = {"observedGeneration": 4, "conditions": list(conditions or (said(),)), **more}
    return {key: one for key, one in status.items() if one is not None}


def kustomization(name: str = "apps", *conditions: Thing, spec: Thing | None = None, **status: Any) -> Thing:
    source = {"kind": "GitRepository", "name": "flux-system"}
    more = {"lastAppliedRevision": REVISION, "lastAttemptedRevision": REVISION, **status}
    return {
        "metadata": made(name, "flux-system"),
        "spec": {"interval": "10m", "path": "./apps", "prune": True, "sourceRef": source, **(spec or {})},
        "status": told(*conditions, **more),
    }


def deployed(chart: str = "20.1.0", status: str = "deployed", version: int = 12, **when: float) -> Thing:
    return {
        "name": "redis",
        "namespace": "shop",
        "version": version,
        "chartName": "redis",
        "chartVersion": chart,
        "appVersion": "7.4.1",
        "status": status,
        "firstDeployed": ago(days=30),
        "lastDeployed": ago(**(when or {"hours": 3})),
        "digest": "sha256:0",
        "configDigest": "sha256:1",
    }


def release(name: str = "redis", *conditions: Thing, spec: Thing | None = None, **status: Any) -> Thing:
    more = {"history": [deployed()], "lastAttemptedRevision": "20.1.0", **status}
    return {
        "metadata": made(name, "shop"),
        "spec": {"interval": "10m", "driftDetection": {"mode": "enabled"}, **(spec or {})},
        "status": told(*conditions, **more),
    }


def source(name: str = "flux-system", *conditions: Thing, spec: Thing | None = None, **status: Any) -> Thing:
    artifact = {"revision": REVISION, "lastUpdateTime": ago(hours=2), "digest": "sha256:0", "path": "x", "url": "x"}
    return {
        "metadata": made(name, "flux-system"),
        "spec": {"interval": "1m", "url": "https://git.example/acme/shop", **(spec or {})},
        "status": told(*conditions, **{"artifact": artifact, **status}),
    }


def bare(versions: Mapping[str, str] | None = None) -> Apiserver:
    """Flux is installed, and nothing is set up. `versions` by plural, for an older one."""
    server = Apiserver()
    for group, version, kinds in (
        ("kustomize", "v1", ("Kustomization",)),
        ("helm", "v2", ("HelmRelease",)),
        ("source", "v1", ("GitRepository", "OCIRepository", "HelmRepository", "HelmChart", "Bucket")),
        ("notification", "v1", ("Receiver",)),
        ("notification", "v1beta3", ("Alert",)),
    ):
        for kind in kinds:
            plural = kind.lower().removesuffix("y") + ("ies" if kind.endswith("y") else "s")
            served = (versions or {}).get(plural, version)
            server.install(f"{group}.toolkit.fluxcd.io", served, plural, kind)
    return server


def healthy() -> Apiserver:
    server = bare().put(KUSTOMIZATIONS, kustomization()).put(RELEASES, release()).put(GIT, source())
    server.put(HELM, source("bitnami"), {"metadata": made("oci", "flux-system"), "spec": {"type": "oci"}})
    server.put(CHARTS, source("shop-redis")).put(OCI, source("manifests")).put(BUCKETS, source("files"))
    server.put(RECEIVERS, {"metadata": made("push", "flux-system"), "spec": {}, "status": told()})
    return server.put(ALERTS, {"metadata": made("daywatch", "flux-system"), "spec": {"eventSeverity": "info"}})


@asynccontextmanager
async def connected(
    server: Apiserver, thresholds: Mapping[str, Mapping[str, float]] | None = None, **settings: Any
) -> AsyncIterator[Flux]:
    """Any: settings of every kind."""
    outside = Outside(now=still)
    async with serving(server.answer) as address:
        given = FluxSettings(kubeconfig=kubeconfig(address), **settings)
        adapter = Flux.connect(given, Wiring(outside=outside, thresholds=thresholds or {}))
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
        (check,) = [one for one in adapter.checks() if one.name == f"flux.{what}"]
        try:
            return await check.ask()
        except VendorError as error:
            return Answer.unknown(str(error))
