"""Velero's answers to the morning checklist, for each cluster, and what was restored in it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from bot.domain.capabilities import ChangeLog, DailyCheck, Probe
from bot.domain.change import Change
from bot.domain.check import Answer, Check, Item
from bot.domain.errors import NotInstalled, Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.cluster import Cluster, clusters
from bot.integrations.cluster_answer import Row, checks_of
from bot.integrations.cluster_shapes import Kind, Thing
from bot.integrations.http import once_per
from bot.integrations.together import all_of, both, every
from bot.integrations.velero import backups, restores, schedules, shapes, storage
from bot.integrations.velero.house import RUNNING, Series, series_of
from bot.integrations.velero.settings import VeleroSettings
from bot.integrations.velero.shapes import Backup, Location, Repository, Restore, Schedule, Volume

T = TypeVar("T")
_SHARED_FOR: Final = 5.0
"""Seconds: three checks look at the backups, and a bucket may hold thousands."""
_READ: Final = (
    shapes.SCHEDULES,
    shapes.BACKUPS,
    shapes.LOCATIONS,
    shapes.RESTORES,
    shapes.REPOSITORIES,
    shapes.POD_VOLUMES,
    shapes.UPLOADS,
)
_OPTIONAL: Final = (shapes.REPOSITORIES, shapes.POD_VOLUMES, shapes.UPLOADS)
"""Older versions do not have them."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """How far a running backup was, and since when."""

    mark: tuple[str, int]
    since: datetime


class Velero(DailyCheck, ChangeLog, Probe):
    def __init__(self, found: Sequence[Cluster], settings: VeleroSettings, wiring: Wiring) -> None:
        self._clusters = found
        self._settings = settings
        self._wiring = wiring
        self._of = {
            one.instance: once_per(_SHARED_FOR, partial(self._series, one), clock=lambda: self._now().timestamp())
            for one in found
        }
        self._seen: dict[str | None, dict[str, _Seen]] = {}

    @classmethod
    def connect(cls, settings: VeleroSettings, wiring: Wiring) -> "Velero":
        return cls(clusters(settings, wiring, named=settings.named), settings, wiring)

    def checks(self) -> Sequence[Check]:
        declared: Sequence[tuple[str, str, Callable[[Cluster], Awaitable[Answer]]]] = (
            ("schedules", "Is every schedule on, with a usable backup in time?", self.schedules),
            ("backups", "Is the newest backup of every schedule complete?", self.backups),
            ("volumes", "Was the data of volumes saved with it?", self.volumes),
            ("storage", "Can the storage be used?", self.storage),
            ("restores", "Was a restore tried lately, and did well?", self.restores),
        )
        rows = [Row(name=f"velero.{what}", item=Item.BACKUPS, question=asks, ask=ask) for what, asks, ask in declared]
        return checks_of(rows, self._clusters)

    async def aclose(self) -> None:
        for one in self._clusters:
            await one.aclose()

    async def schedules(self, cluster: Cluster) -> Answer:
        return schedules.schedules(
            await self._of[cluster.instance](),
            self._now(),
            zone=self._settings.time_zone,
            late=self._late,
            wanted=self._settings.schedules,
            namespace=self._settings.namespace,
        )

    async def backups(self, cluster: Cluster) -> Answer:
        found = await self._of[cluster.instance]()
        limits = backups.Limits(
            running=timedelta(hours=self._limit("backups", "running_hours", 6)),
            still=timedelta(minutes=self._limit("backups", "still_minutes", 60)),
            part=self._limit("backups", "part_percent", 50) / 100,
            expires=timedelta(hours=self._limit("backups", "expires_hours", 24)),
            late=self._late,
            zone=self._settings.time_zone,
        )
        return backups.backups(found, self._now(), limits, self._still_since(cluster, found))

    async def volumes(self, cluster: Cluster) -> Answer:
        found, volumes, uploads = await all_of(
            self._of[cluster.instance](),
            self._optional(cluster, shapes.POD_VOLUMES, Volume),
            self._optional(cluster, shapes.UPLOADS, Volume),
        )
        return backups.volumes(found, [*volumes, *uploads])

    async def storage(self, cluster: Cluster) -> Answer:
        locations, repositories = await both(
            self._list(cluster, shapes.LOCATIONS, Location),
            self._optional(cluster, shapes.REPOSITORIES, Repository),
        )
        usually = timedelta(minutes=self._limit("storage", "validated_minutes", 1))
        return storage.storage(locations, repositories, self._now(), usually=usually)

    async def restores(self, cluster: Cluster) -> Answer:
        within = timedelta(days=self._limit("restores", "days", 30))
        found = await self._list(cluster, shapes.RESTORES, Restore)
        return restores.restores(found, self._settings.restore_tests, self._now(), within=within)

    @property
    def source(self) -> str:
        return restores.SOURCE

    async def changed(self, since: datetime) -> Sequence[Change]:
        found = await every(self._restored(cluster, since) for cluster in self._clusters)
        return [change for told in found for change in told]

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        """Each right by itself, so that all that are missing are told at once."""
        return await every(self._tried(cluster, kind) for cluster in self._clusters for kind in _READ)

    async def _series(self, cluster: Cluster) -> Sequence[Series]:
        labels = ",".join(self._settings.backup_labels)
        found, made = await both(
            self._list(cluster, shapes.SCHEDULES, Schedule),
            self._list(cluster, shapes.BACKUPS, Backup, labels=labels),
        )
        return series_of(found, made, labelled=bool(labels))

    def _still_since(self, cluster: Cluster, found: Sequence[Series]) -> dict[str, datetime]:
        """Velero does not tell when a backup last got further; who looks again can tell."""
        before, now = self._seen.get(cluster.instance, {}), self._now()
        seen: dict[str, _Seen] = {}
        for one in (backup for series in found for backup in series.backups if backup.phase in RUNNING):
            mark = (one.phase, one.status.progress.done if one.status.progress else 0)
            earlier = before.get(one.metadata.uid)
            seen[one.metadata.uid] = earlier if earlier is not None and earlier.mark == mark else _Seen(mark, now)
        self._seen[cluster.instance] = seen
        return {uid: one.since for uid, one in seen.items()}

    async def _restored(self, cluster: Cluster, since: datetime) -> Sequence[Change]:
        try:
            found = await self._list(cluster, shapes.RESTORES, Restore)
        except NotInstalled:
            return ()
        return restores.restored(found, since, cluster.instance)

    async def _list(self, cluster: Cluster, kind: Kind, shape: type[T], *, labels: str = "") -> Sequence[T]:
        return await cluster.list(kind, shape, namespace=self._settings.namespace, labels=labels)

    async def _optional(self, cluster: Cluster, kind: Kind, shape: type[T]) -> Sequence[T]:
        """Nothing, where this version has no such kind; Velero itself has to be there."""
        try:
            return await self._list(cluster, kind, shape)
        except Refused:
            if await self._lacks(cluster, kind):
                return ()
            raise

    async def _lacks(self, cluster: Cluster, kind: Kind) -> bool:
        if kind.version not in await cluster.versions(kind.group):
            return bool(await cluster.versions(shapes.BACKUPS.group))
        return kind.plural not in {one.name for one in await cluster.served(kind.group, kind.version)}

    async def _tried(self, cluster: Cluster, kind: Kind) -> tuple[str, str | None]:
        where = f" ({cluster.instance})" if cluster.instance else ""
        what = f"list {kind.right} in {self._settings.namespace}{where}"
        try:
            await (self._optional if kind in _OPTIONAL else self._list)(cluster, kind, Thing)
        except NotInstalled:
            return what, None
        except VendorError as error:
            return what, str(error)
        return what, None

    @property
    def _late(self) -> timedelta:
        return timedelta(minutes=self._limit("schedules", "late_minutes", 60))

    def _now(self) -> datetime:
        return self._wiring.outside.now()

    def _limit(self, check: str, name: str, default: float) -> float:
        return self._wiring.limit(f"velero.{check}", name, default)
