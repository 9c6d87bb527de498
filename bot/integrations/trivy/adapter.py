"""Trivy's answers to the morning checklist: of the scans in CI, and of its operator in each cluster."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from bot.domain.capabilities import DailyCheck, Probe
from bot.domain.check import Answer, Check, Item
from bot.domain.errors import NotInstalled, VendorError
from bot.integrations import Wiring
from bot.integrations.cluster import Cluster, clusters
from bot.integrations.cluster_answer import Row, checks_of
from bot.integrations.cluster_shapes import Kind, Thing
from bot.integrations.once import Shared, once_per
from bot.integrations.reports import Lookout
from bot.integrations.together import all_of, every
from bot.integrations.trivy import operator_shapes as kinds
from bot.integrations.trivy.judge import PATCHES, Judge, Judged, answer, only
from bot.integrations.trivy.operator_shapes import Kept, ReplicaSet
from bot.integrations.trivy.running import Seen, judged
from bot.integrations.trivy.settings import TrivySettings

_MOST: Final = 100
"""Critical and high findings of a scan, with a fix and without."""
_SHARED: Final = 20.0
"""Seconds."""


class Trivy(DailyCheck, Probe):
    def __init__(self, found: Sequence[Cluster], settings: TrivySettings, wiring: Wiring) -> None:
        self._clusters = found
        self._settings = settings
        self._wiring = wiring
        reports = wiring.reports
        self._lookout = Lookout.of(reports, settings, "trivy") if reports is not None else None
        self._seen: dict[str, Shared[Seen]] = {
            one.title: once_per(_SHARED, partial(self._looked, one)) for one in self._clusters
        }

    @classmethod
    def connect(cls, settings: TrivySettings, wiring: Wiring) -> "Trivy":
        return cls(clusters(settings, wiring) if settings.on("read") else (), settings, wiring)

    def checks(self) -> Sequence[Check]:
        security, patches = Item.SECURITY, Item.PATCHES
        workloads = "Did the operator find nothing in what runs that must be mended?"
        images = "Does no image that runs wait for a critical patch?"
        rows = (
            Row(name="trivy.workloads", item=security, question=workloads, ask=self.workloads),
            Row(name="trivy.images", item=patches, question=images, ask=self.images),
        )
        return [*self._posted_checks(), *checks_of(rows, self._clusters)]

    async def aclose(self) -> None:
        for one in self._clusters:
            await one.aclose()

    async def scans(self, lookout: Lookout) -> Answer:
        found = await self._posted(lookout)
        return found if isinstance(found, Answer) else answer(*found, "scan")

    async def patches(self, lookout: Lookout) -> Answer:
        found = await self._posted(lookout)
        if isinstance(found, Answer):
            return found
        told, many = found
        return answer(only(told, PATCHES, lambda _: "no critical patch waits"), many, "scan")

    async def workloads(self, cluster: Cluster) -> Answer:
        found = await self._running(cluster)
        return found if isinstance(found, Answer) else answer(*found, "image")

    async def images(self, cluster: Cluster) -> Answer:
        found = await self._running(cluster)
        if isinstance(found, Answer):
            return found
        told, many = found
        return answer(only(told, PATCHES, lambda _: "no critical patch waits"), many, "image")

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        return [one for found in await every(_probed(cluster) for cluster in self._clusters) for one in found]

    def _posted_checks(self) -> Sequence[Check]:
        if self._lookout is None:
            return ()
        lookout = self._lookout
        scans = "Did the scans in CI find nothing that must be mended?"
        patches = "Does nothing that CI scanned wait for a critical patch?"
        return (
            self._check("trivy.scans", Item.SECURITY, scans, lambda: self.scans(lookout)),
            self._check("trivy.patches", Item.PATCHES, patches, lambda: self.patches(lookout)),
        )

    async def _posted(self, lookout: Lookout) -> Answer | tuple[Sequence[Judged], int]:
        posted = await lookout.posted(self._wiring.outside.now())
        if isinstance(posted, Answer):
            return posted
        judge = self._judge("trivy.scans")
        return [found for one in posted for found in judge.scan(one)], len(posted)

    async def _running(self, cluster: Cluster) -> Answer | tuple[Sequence[Judged], int]:
        seen = await self._seen[cluster.title]()
        if not seen.standing(seen.vulnerabilities):
            return Answer.unknown("The operator has no report of anything that runs: may it scan, and where?")
        oldest = timedelta(hours=self._wiring.limit("trivy.workloads", "hours", 48))
        return judged(seen, self._judge("trivy.workloads"), self._wiring.outside.now(), oldest)

    async def _looked(self, cluster: Cluster) -> Seen:
        vulnerabilities, replica_sets, secrets, audits = await all_of(
            cluster.list(kinds.VULNERABILITIES, Kept),
            cluster.list(kinds.REPLICA_SETS, ReplicaSet),
            _optional(cluster, kinds.SECRETS),
            _optional(cluster, kinds.AUDITS),
        )
        return Seen(vulnerabilities=vulnerabilities, secrets=secrets, audits=audits, replica_sets=replica_sets)

    def _judge(self, check: str) -> Judge:
        today = self._wiring.today()
        return Judge(accepted=self._settings.accepted_on(today), most=self._wiring.limit(check, "warn", _MOST))

    def _check(self, name: str, item: Item, question: str, ask: Callable[[], Awaitable[Answer]]) -> Check:
        return Check(name=name, item=item, question=question, ask=ask, instance=self._wiring.instance)


async def _optional(cluster: Cluster, kind: Kind) -> Sequence[Kept] | None:
    """What the operator makes only where it is told to."""
    try:
        return await cluster.list(kind, Kept)
    except NotInstalled:
        return None


async def _probed(cluster: Cluster) -> Sequence[tuple[str, str | None]]:
    return await every(
        _tried(cluster, kind) for kind in (kinds.VULNERABILITIES, kinds.SECRETS, kinds.AUDITS, kinds.REPLICA_SETS)
    )


async def _tried(cluster: Cluster, kind: Kind) -> tuple[str, str | None]:
    what = f"list {kind.right}" + (f" ({cluster.instance})" if cluster.instance else "")
    try:
        await cluster.list(kind, Thing, bare=True)
    except NotInstalled:
        return what, None
    except VendorError as error:
        return what, str(error)
    return what, None
