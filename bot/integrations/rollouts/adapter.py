"""Argo Rollouts' answers to the morning checklist, for each cluster, and what was rolled out lately."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from bot.domain.capabilities import ChangeLog, DailyCheck, Probe
from bot.domain.change import Change
from bot.domain.check import Answer, Check, Item
from bot.domain.errors import NotInstalled, VendorError
from bot.integrations import Wiring
from bot.integrations.cluster import Cluster, clusters
from bot.integrations.cluster_answer import Row, checks_of
from bot.integrations.cluster_shapes import Kind, Thing
from bot.integrations.once import Shared, once_per
from bot.integrations.rollouts import changes, judge, shapes
from bot.integrations.rollouts.settings import RolloutsSettings
from bot.integrations.rollouts.shapes import ReplicaSet, Rollout, Run
from bot.integrations.together import both, every

T = TypeVar("T")
_SHARED_FOR: Final = 5.0
_READ: Final = (shapes.ROLLOUTS, shapes.RUNS, shapes.REPLICA_SETS)


class Rollouts(DailyCheck, ChangeLog, Probe):
    def __init__(self, found: Sequence[Cluster], settings: RolloutsSettings, wiring: Wiring) -> None:
        self._clusters = found
        self._namespaces = tuple(dict.fromkeys(settings.namespaces))
        self._wiring = wiring
        self._rollouts: dict[str | None, Shared[Sequence[Rollout]]] = {
            one.instance: once_per(_SHARED_FOR, partial(self._list, one, shapes.ROLLOUTS, Rollout)) for one in found
        }

    @classmethod
    def connect(cls, settings: RolloutsSettings, wiring: Wiring) -> "Rollouts | None":
        """None when it only takes notices in."""
        if not settings.on("read"):
            return None
        return cls(clusters(settings, wiring, named=True if settings.namespaces else None), settings, wiring)

    def checks(self) -> Sequence[Check]:
        rows = (
            Row(
                name="rollouts.health",
                item=Item.DEPLOYMENTS,
                question="Is every rollout healthy, and none paused or aborted?",
                ask=self.health,
            ),
            Row(
                name="rollouts.analyses",
                item=Item.DEPLOYMENTS,
                question="Did the analyses of what is rolled out go well?",
                ask=self.analyses,
            ),
        )
        return checks_of(rows, self._clusters)

    async def aclose(self) -> None:
        for one in self._clusters:
            await one.aclose()

    async def health(self, cluster: Cluster) -> Answer:
        found = await self._rollouts[cluster.instance]()
        seen = {one.metadata.namespace for one in found}
        return judge.rollouts(
            found,
            self._wiring.outside.now(),
            paused=timedelta(hours=self._wiring.limit("rollouts.health", "paused_hours", 4)),
            gone=[one for one in self._namespaces if one not in seen],
        )

    async def analyses(self, cluster: Cluster) -> Answer:
        found, runs = await both(self._rollouts[cluster.instance](), self._list(cluster, shapes.RUNS, Run))
        lately = timedelta(hours=self._wiring.limit("rollouts.analyses", "lately_hours", 24))
        return judge.analyses(found, runs, self._wiring.outside.now(), lately=lately)

    @property
    def source(self) -> str:
        return changes.SOURCE

    async def changed(self, since: datetime) -> Sequence[Change]:
        found = await every(self._changed(cluster, since) for cluster in self._clusters)
        return [change for told in found for change in told]

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        """Each right by itself, so that all that are missing are told at once."""
        return await every(self._tried(cluster, kind) for cluster in self._clusters for kind in _READ)

    async def _changed(self, cluster: Cluster, since: datetime) -> Sequence[Change]:
        try:
            found = await self._list(cluster, shapes.ROLLOUTS, Rollout)
        except NotInstalled:
            return ()
        sets = await self._list(cluster, shapes.REPLICA_SETS, ReplicaSet, labels=shapes.HASH_LABEL)
        return changes.changes(found, sets, since, cluster.instance)

    async def _list(self, cluster: Cluster, kind: Kind, shape: type[T], *, labels: str = "") -> Sequence[T]:
        found: list[T] = []
        for one in self._namespaces or ("",):
            found += await cluster.list(kind, shape, namespace=one, labels=labels)
        return found

    async def _tried(self, cluster: Cluster, kind: Kind) -> tuple[str, str | None]:
        what = f"list {kind.right}{f' ({cluster.instance})' if cluster.instance else ''}"
        try:
            await self._list(cluster, kind, Thing)
        except NotInstalled:
            return what, None
        except VendorError as error:
            return what, str(error)
        return what, None
