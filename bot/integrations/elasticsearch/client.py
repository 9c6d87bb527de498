"""The calls to Elasticsearch's HTTP API: reading only, and the same for versions 7 to 9 and for OpenSearch."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote

from bot.domain.errors import NotFound, Refused, VendorError
from bot.integrations.elasticsearch.settings import ElasticsearchSettings
from bot.integrations.elasticsearch.shapes import (
    ClusterHealth,
    Count,
    Disk,
    HealthReport,
    Info,
    LicenceAnswer,
    Policy,
    Search,
    SlmStatus,
)
from bot.integrations.http import Api, Response, shown

T = TypeVar("T")
_NO_SUCH_API: Final = (400, 404, 405, 410)
"""How a cluster says that it does not have an API: old ones and OpenSearch take its name for an index."""


class ElasticsearchClient:
    """https://www.elastic.co/docs/api/doc/elasticsearch/"""

    def __init__(self, api: Api, settings: ElasticsearchSettings) -> None:
        self._api = api
        self._settings = settings

    @property
    def address(self) -> str:
        return self._api.base_url

    async def info(self) -> Info:
        return await self._api.get_as(Info, "/", right="monitor the cluster (cluster privilege monitor)")

    async def health(self) -> tuple[int, ClusterHealth]:
        """With the status code: 408 comes with the same body."""
        path, right = "/_cluster/health", "monitor the cluster (cluster privilege monitor)"
        found = await self._api.get(path, {"timeout": "5s"}, answers=(408, *_NO_SUCH_API), right=right)
        if found.status in _NO_SUCH_API:
            raise await self._missing(found, "health of a cluster")
        return found.status, found.read_as(ClusterHealth)

    async def health_report(self) -> HealthReport | None:
        """None where a cluster is too old, or is OpenSearch, and so does not have it."""
        path, right = "/_health_report", "monitor the cluster (cluster privilege monitor)"
        found = await self._api.get(path, {"verbose": "false"}, answers=_NO_SUCH_API, right=right)
        if found.status not in _NO_SUCH_API:
            return found.read_as(HealthReport)
        if not (await self.info()).has_health_report:
            return None
        raise self._refused(found, "health report")

    async def disks(self) -> list[Disk]:
        wanted = {"format": "json", "bytes": "b", "h": "node,disk.percent,disk.avail,shards"}
        return await self._own(list[Disk], "/_cat/allocation", wanted, what="disk usage", right="monitor")

    async def policies(self) -> dict[str, Policy]:
        return await self._own(dict[str, Policy], "/_slm/policy", what="snapshot policies", right="read_slm")

    async def slm(self) -> SlmStatus:
        return await self._own(SlmStatus, "/_slm/status", what="snapshot policies", right="read_slm")

    async def licence(self) -> LicenceAnswer | None:
        """None for OpenSearch, which needs none."""
        found = await self._api.get(
            "/_license", answers=_NO_SUCH_API, right="monitor the cluster (cluster privilege monitor)"
        )
        if found.status not in _NO_SUCH_API:
            return found.read_as(LicenceAnswer)
        if (await self.info()).open_search:
            return None
        raise self._refused(found, "licence")

    async def count(self, begin: str, end: str, *narrowed: Mapping[str, Any]) -> Count:
        """Lines between two moments in date math (`now-1h`), by its own clock. Any: its query language."""
        between = {"range": {self._settings.timestamp_field: {"gte": begin, "lt": end}}}
        count = (await self._of_logs("_count", {"query": {"bool": {"filter": [between, *narrowed]}}})).read_as(Count)
        if not count.shards.total:
            index = shown(self._settings.index, limit=60)
            raise NotFound(f"{self._api.wording.title} has nothing behind {index}. Check ELASTICSEARCH_INDEX.")
        return count

    async def _of_logs(self, what: str, body: Mapping[str, Any]) -> Response:
        """Ask the indices with logs. Any: its query language."""
        title, index = self._api.wording.title, self._settings.index
        found = await self._api.call(
            "POST",
            f"/{quote(index, safe='*,-')}/{what}",
            # A pattern that matches nothing is an error then, and not a silent 0.
            params={"ignore_unavailable": "true", "allow_no_indices": "false"},
            json=body,
            answers=(404,),
            right="read the logs (index privileges read and view_index_metadata)",
        )
        if found.status == 404:
            raise NotFound(
                f"{title} shows no index for {shown(index, limit=60)}. Check ELASTICSEARCH_INDEX; the credential needs "
                "read and view_index_metadata on it."
            )
        return found

    async def newest(self, service: Mapping[str, str], since: datetime, *, most: int) -> Search:
        """The newest error lines of a service; `service` are fields with their values."""
        clauses = [
            {"range": {self._settings.timestamp_field: {"gte": since.isoformat()}}},
            *({"term": {field: value}} for field, value in service.items()),
            self.errors(),
        ]
        found = await self._of_logs(
            "_search",
            {
                "size": most,
                "timeout": "5s",
                "track_total_hits": False,
                "_source": [self._settings.message_field],
                "sort": [{self._settings.timestamp_field: {"order": "desc"}}],
                "query": {"bool": {"filter": clauses}},
            },
        )
        return found.read_as(Search)

    def errors(self) -> Mapping[str, Any]:
        """What narrows a query to errors. Any: its query language."""
        if self._settings.error_query:
            return {"query_string": {"query": self._settings.error_query}}
        levels = list(self._settings.error_levels)
        return _any_of([{"terms": {field: levels}} for field in self._settings.level_fields])

    def levelled(self) -> Mapping[str, Any] | None:
        """What narrows a query to lines with a level; None where a query of the team's own tells errors."""
        if self._settings.error_query:
            return None
        return _any_of([{"exists": {"field": field}} for field in self._settings.level_fields])

    async def _own(
        self, kind: type[T], path: str, params: Mapping[str, str] | None = None, *, what: str, right: str
    ) -> T:
        """An API that OpenSearch and serverless projects do not have."""
        named = f"read its {what} (cluster privilege {right})"
        found = await self._api.get(path, params, answers=_NO_SUCH_API, right=named)
        if found.status in _NO_SUCH_API:
            raise await self._missing(found, what)
        return found.read_as(kind)

    async def _missing(self, found: Response, what: str) -> VendorError:
        """What to say when it has no such API: why not, if it tells who it is."""
        title = self._api.wording.title
        if found.status == 410:
            return Refused(f"{title} is serverless and has no {what}. Hide this check (checklist.hide).")
        if (await self.info()).open_search:
            return Refused(f"{title} is OpenSearch, whose {what} we do not read. Hide this check (checklist.hide).")
        return self._refused(found, what)

    def _refused(self, found: Response, what: str) -> VendorError:
        wording, why = self._api.wording, found.why()
        because = f"{found.status}: {why}" if why else f"{found.status}"
        return Refused(f"{wording.title} does not tell its {what} ({because}).{wording.check_address}")


def _any_of(clauses: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {"bool": {"should": list(clauses), "minimum_should_match": 1}}
