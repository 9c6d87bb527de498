"""Kubernetes' answers to the morning checklist, for each cluster."""

from collections.abc import Sequence

from bot.domain.capabilities import DailyCheck
from bot.domain.check import Answer, Check, Item, Status
from bot.domain.errors import RateLimited, Unavailable
from bot.integrations import Wiring
from bot.integrations.cluster import Cluster, clusters
from bot.integrations.cluster_answer import Row, checks_of
from bot.integrations.cluster_settings import ClusterSettings
from bot.integrations.foreign import shown
from bot.integrations.kubernetes import kinds, nodes
from bot.integrations.kubernetes.shapes import Node


class Kubernetes(DailyCheck):
    def __init__(self, found: Sequence[Cluster], wiring: Wiring) -> None:
        self._clusters = found
        self._wiring = wiring

    @classmethod
    def connect(cls, settings: ClusterSettings, wiring: Wiring) -> "Kubernetes":
        return cls(clusters(settings, wiring), wiring)

    def checks(self) -> Sequence[Check]:
        rows = (
            Row(
                name="kubernetes.api",
                item=Item.DASHBOARDS,
                question="Is the API server ready, with all that it needs?",
                ask=self.api,
            ),
            Row(
                name="kubernetes.nodes",
                item=Item.DASHBOARDS,
                question="Is every node ready, open and not short of anything?",
                ask=self.nodes,
            ),
        )
        return checks_of(rows, self._clusters)

    async def aclose(self) -> None:
        for one in self._clusters:
            await one.aclose()

    async def api(self, cluster: Cluster) -> Answer:
        """No connection is an answer to this question, and a bad one."""
        try:
            code, lines = await cluster.health("/readyz")
        except RateLimited:
            raise
        except Unavailable as error:
            return Answer(status=Status.FAIL, summary=str(error))
        if code == 200 and "readyz check passed" in lines:
            return Answer(status=Status.OK, summary="Ready, with all that it needs")
        failed = [line.removeprefix("[-]").partition(" ")[0] for line in lines.splitlines() if line.startswith("[-]")]
        if code >= 500:
            words = f": {', '.join(failed[:5])}" if failed else f" ({code})"
            return Answer(status=Status.FAIL, summary=shown(f"Not ready{words}"))
        return Answer.unknown("Its health page does not say that it is ready")

    async def nodes(self, cluster: Cluster) -> Answer:
        return nodes.nodes(await cluster.list(kinds.NODES, Node))
