"""The calls to Rancher: its v3 API and, for snapshots, Kubernetes' own behind it. Reading only."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from bot.domain.errors import NotAuthorised, Refused
from bot.integrations.http import Api, Response, once_per, segment
from bot.integrations.rancher.shapes import Cluster, Collection, Node, Snapshot, SnapshotList, Token
from bot.integrations.response import refusal
from bot.integrations.together import every

T = TypeVar("T", Cluster, Node)

_MOST_PAGES: Final = 100
_AT_ONCE: Final = 8
_SHARED_FOR: Final = 5.0
_SNAPSHOTS: Final = "/k8s/clusters/local/apis/rke.cattle.io/v1/namespaces/fleet-default/etcdsnapshots"


class RancherClient:
    """https://ranchermanager.docs.rancher.com/api/api-reference and, for v3, the server's own pages at /v3."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.clusters = once_per(_SHARED_FOR, self._clusters)

    @property
    def address(self) -> str:
        return self._api.base_url

    async def health(self) -> tuple[int, str]:
        found = await self._api.get("/healthz", answers=range(500, 600))
        return found.status, found.text().strip() if found.status < 300 else found.why()

    async def nodes(self, clusters: Sequence[Cluster]) -> Mapping[str, Sequence[Node]]:
        """The nodes by the id of their cluster, a few clusters at a time: who waits at the door uses up time there."""
        found: dict[str, Sequence[Node]] = {}
        for first in range(0, len(clusters), _AT_ONCE):
            some = clusters[first : first + _AT_ONCE]
            told = await every(self._nodes(one.id) for one in some)
            found |= {one.id: nodes for one, nodes in zip(some, told, strict=True)}
        return found

    async def token(self, ident: str) -> Token:
        return (await self._get(f"/v3/tokens/{segment(ident)}", {}, "see its own token")).read_as(Token)

    async def snapshots(self) -> Sequence[Snapshot]:
        """All of them, page by page."""
        right, found, go_on, seen = (
            "read etcdsnapshots of rke.cattle.io in the local cluster",
            list[Snapshot](),
            "",
            {""},
        )
        for _ in range(_MOST_PAGES):
            params = {"limit": "500", **({"continue": go_on} if go_on else {})}
            page = (await self._get(_SNAPSHOTS, params, right)).read_as(SnapshotList)
            found += page.items
            go_on = page.metadata.go_on
            if not go_on:
                return found
            if go_on in seen:
                break
            seen.add(go_on)
        raise Refused(f"{self._api.wording.title} does not come to an end with its snapshots; not all seen")

    async def _clusters(self) -> Sequence[Cluster]:
        return await self._all(Collection[Cluster], "/v3/clusters", {"limit": "-1"}, "see clusters (Cluster Member)")

    async def _nodes(self, cluster: str) -> Sequence[Node]:
        params, right = {"clusterId": cluster, "limit": "-1"}, "see nodes (Nodes View)"
        found = await self._all(Collection[Node], "/v3/nodes", params, right)
        # A server that does not know the filter would give the nodes of all clusters for those of each.
        return [one for one in found if one.cluster_id in ("", cluster)]

    async def _all(self, kind: type[Collection[T]], path: str, params: Mapping[str, str], right: str) -> Sequence[T]:
        """Every page. What a token may not see is left out without a word; what is cut off is not."""
        found: dict[str, T] = {}
        title, page_after = self._api.wording.title, set[str]()
        answer = await self._get(path, params, right)
        for _ in range(_MOST_PAGES):
            page = answer.read_as(kind)
            found |= {one.id: one for one in page.data}
            more, total = page.pagination.next, page.pagination.total
            if not more:
                if page.pagination.partial or (total is not None and len(found) < total):
                    raise Refused(f"{title} shows {len(found)} of its {total or 'many'} {path[4:]}; not all seen")
                return list(found.values())
            if more in page_after:
                break
            page_after.add(more)
            answer = self._allowed(await self._api.follow(more, answers=(401,), right=right), path, right)
        raise Refused(f"{title} does not come to an end with its {path[4:]}; not all seen")

    async def _get(self, path: str, params: Mapping[str, str], right: str) -> Response:
        return self._allowed(await self._api.get(path, params, answers=(401,), right=right), path, right)

    def _allowed(self, found: Response, path: str, right: str) -> Response:
        if found.status != 401:
            return found
        why = found.why().lower()
        if "clusterid does not match" in why or "must authenticate" in why:
            raise NotAuthorised(
                f"{self._api.wording.title} refused: the token is not valid (any more), or is scoped to one cluster. "
                "Renew RANCHER_TOKEN, without a scope."
            )
        raise refusal(found, path, self._api.line.now(), right)
