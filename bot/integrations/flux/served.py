"""Lists in the version that a cluster serves: usually the stable one, in older installations an earlier one."""

from collections.abc import Sequence
from typing import Final, TypeVar

from bot.domain.errors import NotAuthorised, Refused
from bot.integrations.cluster import Cluster
from bot.integrations.cluster_shapes import Kind

T = TypeVar("T")
_KNOWN: Final = frozenset({"v1", "v2", "v2beta2", "v2beta1", "v1beta3", "v1beta2", "v1beta1"})
"""What we read means the same in all of these."""


async def listed(
    cluster: Cluster, kind: Kind, shape: type[T], *, namespaces: Sequence[str] = (), labels: str = ""
) -> Sequence[T]:
    """Everything of a kind, in these namespaces or in all. `NotInstalled` where the cluster has no such kind."""
    try:
        return await _listed(cluster, kind, shape, namespaces, labels)
    except NotAuthorised:
        raise
    except Refused:
        other = await _elsewhere(cluster, kind)
        if other is None:
            raise
    return await _listed(cluster, other, shape, namespaces, labels)


async def _listed(cluster: Cluster, kind: Kind, shape: type[T], namespaces: Sequence[str], labels: str) -> Sequence[T]:
    found: list[T] = []
    for one in dict.fromkeys(namespaces) or ("",):
        found += await cluster.list(kind, shape, namespace=one, labels=labels)
    return found


async def _elsewhere(cluster: Cluster, kind: Kind) -> Kind | None:
    """The same kind in another version that the cluster's own discovery names."""
    for version in await cluster.versions(kind.group):
        if version == kind.version or version not in _KNOWN:
            continue
        if kind.plural in {one.name for one in await cluster.served(kind.group, version)}:
            return Kind(kind.group, version, kind.name, kind.plural)
    return None
