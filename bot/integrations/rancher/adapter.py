"""Rancher's answers to the morning checklist."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from bot.domain.capabilities import DailyCheck, Probe
from bot.domain.check import Answer, Check, Item, Status
from bot.domain.errors import Refused
from bot.integrations import Wiring
from bot.integrations.http import bearer, segment, shown
from bot.integrations.probing import Ask, tried
from bot.integrations.rancher import judge, own
from bot.integrations.rancher.client import RancherClient
from bot.integrations.rancher.judge import Chosen
from bot.integrations.rancher.settings import RancherSettings
from bot.integrations.rancher.shapes import Cluster

_CLUSTERS = "/dashboard/c/_/manager/provisioning.cattle.io.cluster"
_PATIENCE = 30.0
"""Seconds. Each cluster is asked for its nodes by itself."""


class Rancher(DailyCheck, Probe):
    def __init__(self, client: RancherClient, settings: RancherSettings, wiring: Wiring) -> None:
        self._client = client
        self._wiring = wiring
        self._wanted = settings.clusters
        self._snapshots = settings.snapshots
        # The name of a token is no secret, and its first part.
        self._token = settings.token.get_secret_value().strip().partition(":")[0]

    @classmethod
    def connect(cls, settings: RancherSettings, wiring: Wiring) -> "Rancher":
        api = wiring.outside.api(
            title=wiring.titled("Rancher"),
            base_url=settings.url.strip().rstrip("/").removesuffix("/v3"),
            headers=bearer(settings.token),
            verify=(settings.ca_file or True) if settings.verify_tls else False,
            allow_plain_http=settings.allow_plain_http,
            address="RANCHER_URL",
            variables=("RANCHER_TOKEN",),
            right="see clusters (Cluster Member)",
        )
        return cls(RancherClient(api), settings, wiring)

    def checks(self) -> Sequence[Check]:
        declared = [
            ("server", Item.DASHBOARDS, "Is the server up?", self.server),
            ("clusters", Item.DASHBOARDS, "Are all clusters active and ready?", self.clusters),
            ("nodes", Item.DASHBOARDS, "Are all nodes of all clusters active?", self.nodes),
            ("token", Item.DASHBOARDS, "Is our own token good for a while?", self.token),
        ]
        if self._snapshots:
            question = "Has every cluster with snapshots of etcd a young one?"
            declared.append(("snapshots", Item.BACKUPS, question, self.snapshots))
        here = self._wiring.instance
        return [
            Check(name=f"rancher.{what}", item=item, question=question, ask=ask, instance=here, patience=_PATIENCE)
            for what, item, question, ask in declared
        ]

    async def server(self) -> Answer:
        code, words = await self._client.health()
        if code >= 500:
            return self._linked(
                Answer(status=Status.FAIL, summary=shown(f"Not healthy: {words or code}")), "/dashboard/"
            )
        if words != "ok":
            told = shown(words, limit=60) or "nothing"
            raise Refused(f"{self._wiring.titled('Rancher')} does not say that it is healthy but: {told}")
        # The page needs no token; that the token is good must show here, too.
        if not await self._client.clusters():
            return self._linked(judge.none_seen(), "/dashboard/")
        return self._linked(Answer(status=Status.OK, summary="Healthy"), "/dashboard/")

    async def clusters(self) -> Answer:
        now = self._wiring.outside.now()
        answer = judge.clusters(await self._chosen(), now, self._limit("clusters"), self._page)
        return self._linked(answer, _CLUSTERS)

    async def nodes(self) -> Answer:
        found = await self._chosen()
        told = await self._client.nodes(found.clusters)
        return self._linked(judge.nodes(found, told, lambda one: f"{self._page(one)}/node"), _CLUSTERS)

    async def token(self) -> Answer:
        if not self._token.startswith("token-") or ":" in self._token:
            return Answer.unknown(
                "RANCHER_TOKEN does not bear the name of a token (token-…:…), so its end is not known"
            )
        found = await self._client.token(self._token)
        answer = own.token(found, self._wiring.outside.now(), self._limit("token")("days", 14))
        return self._linked(answer, "/dashboard/account")

    async def snapshots(self) -> Answer:
        found = await self._client.snapshots()
        answer = own.snapshots(found, self._wiring.outside.now(), self._limit("snapshots")("hours", 26))
        return self._linked(answer, _CLUSTERS)

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        tries: Mapping[str, Ask] = {
            "be reached": self._client.health,
            "see clusters": self._client.clusters,
            "see nodes": self.nodes,
            "see its own token": self.token,
            **({"read snapshots": self._client.snapshots} if self._snapshots else {}),
        }
        return await tried(tries)

    async def _chosen(self) -> Chosen:
        return judge.chosen(await self._client.clusters(), self._wanted)

    def _page(self, one: Cluster) -> str:
        return f"{self._client.address}/dashboard/c/{segment(one.id)}/explorer"

    def _limit(self, what: str) -> Callable[[str, float], float]:
        return partial(self._wiring.limit, f"rancher.{what}")

    def _linked(self, answer: Answer, page: str) -> Answer:
        return replace(answer, link=f"{self._client.address}{page}")
