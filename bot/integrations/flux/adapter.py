"""Flux's answers to the morning checklist, for each cluster, and what it applied lately."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from bot.domain.capabilities import ChangeLog, DailyCheck, Probe
from bot.domain.change import Change
from bot.domain.check import Answer, Check, Evidence, Item, Status
from bot.domain.errors import NotFound, NotInstalled, VendorError
from bot.integrations import Wiring
from bot.integrations.cluster import Cluster, clusters
from bot.integrations.cluster_answer import Row, answered, checks_of, finding
from bot.integrations.cluster_shapes import Kind
from bot.integrations.flux import changes, drift, judge, shapes
from bot.integrations.flux.served import listed
from bot.integrations.flux.settings import FluxSettings
from bot.integrations.flux.shapes import Kustomization, Object, Release, Source
from bot.integrations.once import Shared, once_per
from bot.integrations.together import all_of, both, every

T = TypeVar("T")
_SHARED_FOR: Final = 5.0
_READ: Final = (shapes.KUSTOMIZATIONS, shapes.RELEASES, *shapes.SOURCES, shapes.RECEIVERS, shapes.ALERTS)
_Apps = tuple[Sequence[Kustomization], Sequence[Release]]


class Flux(DailyCheck, ChangeLog, Probe):
    def __init__(self, found: Sequence[Cluster], settings: FluxSettings, wiring: Wiring) -> None:
        self._clusters = found
        self._settings = settings
        self._wiring = wiring
        self._apps: dict[str | None, Shared[_Apps]] = {
            one.instance: once_per(_SHARED_FOR, partial(self._applied, one)) for one in found
        }

    @classmethod
    def connect(cls, settings: FluxSettings, wiring: Wiring) -> "Flux | None":
        """None when it only takes notices in."""
        if not settings.on("read"):
            return None
        return cls(clusters(settings, wiring, named=settings.named), settings, wiring)

    def checks(self) -> Sequence[Check]:
        declared: Sequence[tuple[str, Item, str, Callable[[Cluster], Awaitable[Answer]]]] = (
            ("apps", Item.PIPELINES, "Is all that Flux applies ready, as it is wanted now?", self.apps),
            ("sources", Item.PIPELINES, "Can Flux read its sources, and be told?", self.sources),
            ("drift", Item.DRIFT, "Runs what is wanted, and nothing else?", self.drift),
        )
        rows = [Row(name=f"flux.{what}", item=item, question=asks, ask=ask) for what, item, asks, ask in declared]
        return checks_of(rows, self._clusters)

    async def aclose(self) -> None:
        for one in self._clusters:
            await one.aclose()

    async def apps(self, cluster: Cluster) -> Answer:
        kustomizations, releases = await self._apps[cluster.instance]()
        now, working = self._now(), self._working("apps")
        found = [judge.kustomization(one, now, working) for one in kustomizations]
        found += [judge.release(one, now, working) for one in releases]
        evidence = [*judge.collapsed(found), *self._empty([*kustomizations, *releases])]
        if not found and not evidence:
            return Answer.unknown("No Kustomization and no HelmRelease is to be seen, so Flux applies nothing")
        busy = sum(one.judgement[1] == judge.AGAIN for one in found)
        again = f", {busy} of them worked on again just now" if busy else ""
        well = f"All {len(kustomizations)} Kustomizations and {len(releases)} Helm releases are ready{again}"
        return answered(evidence, count=max(len(found), len(evidence)), things="objects", well=well)

    async def sources(self, cluster: Cluster) -> Answer:
        now, working = self._now(), self._working("sources")
        old = timedelta(days=self._wiring.limit("flux.sources", "old_days", 180))
        found, receivers, alerts = await all_of(
            every(self._optional(cluster, kind, Source) for kind in shapes.SOURCES),
            self._optional(cluster, shapes.RECEIVERS, Object),
            self._optional(cluster, shapes.ALERTS, Object),
        )
        kinds = [(kind, one) for kind, listed in zip(shapes.SOURCES, found, strict=True) for one in listed or ()]
        if all(one is None for one in found):
            await self._list(cluster, shapes.GIT, Source)  # says that it is not installed
        if not kinds:
            return Answer.unknown("No source is to be seen, so that there is nothing that Flux could apply")
        evidence = [judge.source(one, kind.name, now, working, old).evidence for kind, one in kinds]
        evidence += [finding("receiver", one.metadata.path, *judge.ready(one, now, working)) for one in receivers or ()]
        evidence += [finding("alert", one.metadata.path, *_alert(one, now, working)) for one in alerts or ()]
        return answered(evidence, count=len(evidence), things="objects", well=f"All {len(kinds)} sources are ready")

    async def drift(self, cluster: Cluster) -> Answer:
        kustomizations, releases = await self._apps[cluster.instance]()
        if not kustomizations and not releases:
            return Answer.unknown("No Kustomization and no HelmRelease is to be seen, so nothing can be compared")
        return drift.drift(kustomizations, releases)

    @property
    def source(self) -> str:
        return changes.SOURCE

    async def changed(self, since: datetime) -> Sequence[Change]:
        found = await every(self._changed(cluster, since) for cluster in self._clusters)
        return [change for told in found for change in told]

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        """Each right by itself, so that all that are missing are told at once."""
        return await every(self._tried(cluster, kind) for cluster in self._clusters for kind in _READ)

    async def _applied(self, cluster: Cluster) -> _Apps:
        """One of both may be left out of an installation."""
        kustomizations, releases = await both(
            self._optional(cluster, shapes.KUSTOMIZATIONS, Kustomization),
            self._optional(cluster, shapes.RELEASES, Release),
        )
        if kustomizations is None and releases is None:
            await self._list(cluster, shapes.KUSTOMIZATIONS, Kustomization)  # says that it is not installed
        return kustomizations or (), releases or ()

    async def _changed(self, cluster: Cluster, since: datetime) -> Sequence[Change]:
        try:
            (kustomizations, releases), found = await both(
                self._applied(cluster),
                every(self._optional(cluster, kind, Source) for kind in (shapes.GIT, shapes.OCI, shapes.BUCKETS)),
            )
        except NotInstalled:
            return ()
        kinds = ("GitRepository", "OCIRepository", "Bucket")
        sources = {
            (kind, one.metadata.path): one for kind, listed in zip(kinds, found, strict=True) for one in listed or ()
        }
        return changes.changes(kustomizations, releases, sources, since, cluster.instance)

    def _empty(self, found: Sequence[Object]) -> Sequence[Evidence]:
        """Namespaces that somebody named, and in which there is nothing."""
        seen = {one.metadata.namespace for one in found}
        words = "nothing of Flux is to be seen in it: check FLUX_NAMESPACES and FLUX_SELECTOR"
        return [
            finding("namespace", one, Status.UNKNOWN, words)
            for one in dict.fromkeys(self._settings.namespaces)
            if one not in seen
        ]

    async def _list(self, cluster: Cluster, kind: Kind, shape: type[T]) -> Sequence[T]:
        settings = self._settings
        return await listed(cluster, kind, shape, namespaces=settings.namespaces, labels=settings.selector)

    async def _optional(self, cluster: Cluster, kind: Kind, shape: type[T]) -> Sequence[T] | None:
        """None where the cluster has no such kind, by its own word."""
        try:
            return await self._list(cluster, kind, shape)
        except NotInstalled:
            return None
        except NotFound:
            served = await every(cluster.served(kind.group, version) for version in await cluster.versions(kind.group))
            if kind.plural in {one.name for each in served for one in each}:
                raise
            return None

    async def _tried(self, cluster: Cluster, kind: Kind) -> tuple[str, str | None]:
        where = f" ({cluster.instance})" if cluster.instance else ""
        what = f"list {kind.right}{where}"
        try:
            await self._optional(cluster, kind, Object)
        except VendorError as error:
            return what, str(error)
        return what, None

    def _working(self, what: str) -> timedelta:
        return timedelta(minutes=self._wiring.limit(f"flux.{what}", "working_minutes", 15))

    def _now(self) -> datetime:
        return self._wiring.outside.now()


def _alert(one: Object, now: datetime, working: timedelta) -> judge.Judgement:
    """Newer versions tell no state of alerts: they are only on or off."""
    return judge.ready(one, now, working) if one.spec.suspend or one.status.conditions else judge.OK
