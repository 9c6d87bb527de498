"""What Flux applied, as changes in our own form: the same whether a notice or a look tells of them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.domain.change import Change, ChangeKind, Result
from bot.integrations.flux.judge import brief
from bot.integrations.flux.shapes import Kustomization, Release, Snapshot, Source

SOURCE: Final = "flux"
RESULTS: Final[Mapping[str, Mapping[str, Result]]] = {
    "Kustomization": {
        "ReconciliationSucceeded": Result.SUCCEEDED,
        "ReconciliationFailed": Result.FAILED,
        "HealthCheckFailed": Result.FAILED,
        "BuildFailed": Result.FAILED,
        "PruneFailed": Result.FAILED,
    },
    "HelmRelease": {
        "InstallSucceeded": Result.SUCCEEDED,
        "InstallFailed": Result.FAILED,
        "UpgradeSucceeded": Result.SUCCEEDED,
        "UpgradeFailed": Result.FAILED,
        "TestFailed": Result.FAILED,
    },
}
"""By kind and reason, of what is followed: what else happens (checks, waiting, drift) changes no version."""
_STATES: Final[Mapping[str, Result]] = {
    "deployed": Result.SUCCEEDED,
    "superseded": Result.SUCCEEDED,
    "failed": Result.FAILED,
    "pending-install": Result.RUNNING,
    "pending-upgrade": Result.RUNNING,
    "pending-rollback": Result.RUNNING,
}
_TITLES: Final = {"Kustomization": "apply", "HelmRelease": "release"}


def change(
    *,
    kind: str,
    namespace: str,
    name: str,
    uid: str,
    revision: str,
    at: datetime,
    result: Result,
    cluster: str | None,
    targets: Sequence[str] = (),
) -> Change:
    """`targets` are places that only a look knows."""
    path = f"{namespace}/{name}" if namespace else name
    return Change(
        source=SOURCE,
        id=f"{uid or f'{kind}/{path}'}@{revision}",
        kind=ChangeKind.DEPLOYMENT,
        title=f"{_TITLES.get(kind, 'apply')} {name}",
        places=list(dict.fromkeys(one for one in (path, name, *targets, namespace) if one)),
        started_at=at,
        ended_at=None if result is Result.RUNNING else at,
        result=result,
        version=brief(revision) or None,
        environment=cluster,
    )


def changes(
    kustomizations: Sequence[Kustomization],
    releases: Sequence[Release],
    sources: Mapping[tuple[str, str], Source],
    since: datetime,
    cluster: str | None,
) -> Sequence[Change]:
    """Those since then, the oldest first. `sources` by kind and path."""
    found = [one for each in kustomizations for one in _applied(each, sources, cluster)]
    found += [one for each in releases for one in _released(each, cluster)]
    by_id: dict[str, Change] = {}
    for one in sorted(found, key=lambda change: change.started_at):
        by_id.pop(one.id, None)
        by_id[one.id] = one
    return [one for one in by_id.values() if one.started_at >= since]


def _applied(one: Kustomization, sources: Mapping[tuple[str, str], Source], cluster: str | None) -> Iterator[Change]:
    """By its history; where its version keeps none, by when the source had the revision."""
    for snapshot in one.status.history:
        revision = snapshot.metadata.get("revision", "")
        if snapshot.first is not None and revision:
            yield _of(one, revision, snapshot.first, _result(snapshot), cluster)
    if one.status.history:
        return
    ref = one.spec.source
    if ref is None or not one.status.attempted:
        return
    source = sources.get((ref.kind, f"{ref.namespace or one.metadata.namespace}/{ref.name}"))
    artifact = source.status.artifact if source is not None else None
    if artifact is None or artifact.updated is None or artifact.revision != one.status.attempted:
        return
    said = one.says("Ready")
    result = {"True": Result.SUCCEEDED, "False": Result.FAILED}.get(said.status if said else "", Result.RUNNING)
    yield _of(one, artifact.revision, artifact.updated, result, cluster)


def _result(snapshot: Snapshot) -> Result:
    return RESULTS["Kustomization"].get(snapshot.status, Result.UNKNOWN)


def _of(one: Kustomization, revision: str, at: datetime, result: Result, cluster: str | None) -> Change:
    return change(
        kind="Kustomization",
        namespace=one.metadata.namespace,
        name=one.metadata.name,
        uid=one.metadata.uid,
        revision=revision,
        at=at,
        result=result,
        cluster=cluster,
        targets=(one.spec.target,),
    )


def _released(one: Release, cluster: str | None) -> Iterator[Change]:
    for deployed in one.status.history:
        if deployed.at is not None and deployed.chart:
            yield change(
                kind="HelmRelease",
                namespace=one.metadata.namespace,
                name=one.metadata.name,
                uid=one.metadata.uid,
                revision=deployed.chart,
                at=deployed.at,
                result=_STATES.get(deployed.status, Result.UNKNOWN),
                cluster=cluster,
                targets=(deployed.name, deployed.namespace),
            )
