"""The calls to Loki's HTTP API: reading only, never its addresses for pushing, deleting, flushing or configuration."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from bot.domain.errors import NotAuthorised, NotFound, Refused
from bot.integrations.http import Api, Response
from bot.integrations.loki.shapes import Alerts, Envelope, LabelNames, RuleGroup, RulePage, Streams, Vector
from bot.integrations.response import refusal

_MOST_PAGES: Final = 40
_READ: Final = "read logs"


class LokiClient:
    """https://grafana.com/docs/loki/latest/reference/loki-http-api/"""

    def __init__(self, api: Api) -> None:
        self._api = api

    @property
    def address(self) -> str:
        return self._api.base_url

    async def ready(self) -> tuple[int, str]:
        """The status code and the words beside it. Behind a gateway the address may be missing (404)."""
        found = await self._get("/ready", answers=(404, 503))
        return found.status, found.text().strip() if found.status < 300 else found.why()

    async def labels(self) -> Sequence[str]:
        """The names of the labels that anything of the last six hours bears."""
        return (await self._get("/loki/api/v1/labels")).read_as(LabelNames).data

    async def total(self, query: str, at: datetime) -> tuple[int, Sequence[str]]:
        """The sum of what a metric query gives at a moment, and the warnings that came with it."""
        found = await self._get("/loki/api/v1/query", {"query": query, "time": str(_nanoseconds(at))})
        vector = found.read_as(Envelope[Vector])
        return round(sum(sample.value[1] for sample in vector.data.result)), vector.warnings

    async def newest(self, query: str, since: datetime, until: datetime, *, most: int) -> Sequence[str]:
        """The lines that a log query finds, the newest first; as many as `most` where there are more."""
        params = {
            "query": query,
            "start": str(_nanoseconds(since)),
            "end": str(_nanoseconds(until)),
            "limit": str(most),
            "direction": "backward",
        }
        found = (await self._get("/loki/api/v1/query_range", params)).read_as(Envelope[Streams]).data
        lines = [(value[0], value[1]) for stream in found.result for value in stream.values]
        return [line for _, line in sorted(lines, key=lambda one: one[0].rjust(20), reverse=True)]

    async def alerts(self) -> Envelope[Alerts]:
        return (await self._of_ruler("/prometheus/api/v1/alerts", {})).read_as(Envelope[Alerts])

    async def rules(self) -> Envelope[list[RuleGroup]]:
        """All rule groups; a page that names a next one is followed."""
        groups: list[RuleGroup] = []
        warnings: list[str] = []
        token, seen = "", {""}
        for _ in range(_MOST_PAGES):
            params = {"group_next_token": token} if token else {}
            page = (await self._of_ruler("/prometheus/api/v1/rules", params)).read_as(Envelope[RulePage])
            groups += page.data.groups
            warnings += page.warnings
            token = page.data.next_token or ""
            if not token:
                return Envelope(status="success", data=groups, warnings=warnings)
            if token in seen:
                break
            seen.add(token)
        raise Refused(f"{self._api.wording.title} does not come to an end with its pages of rules; not all seen")

    async def _of_ruler(self, path: str, params: Mapping[str, str]) -> Response:
        try:
            return await self._get(path, params)
        except NotFound as error:
            raise NotFound(
                f"{self._api.wording.title} has no ruler at {path}. If it has none at all, set LOKI_RULER=false."
            ) from error

    async def _get(
        self, path: str, params: Mapping[str, str] | None = None, *, answers: Sequence[int] = ()
    ) -> Response:
        found = await self._api.get(path, params, answers=(401, *answers), right=_READ)
        if found.status != 401:
            return found
        if "no org id" in found.why():
            raise NotAuthorised(f"{self._api.wording.title} wants to know the tenant. Set LOKI_TENANT.")
        raise refusal(found, path, self._api.line.now(), _READ)


def _nanoseconds(moment: datetime) -> int:
    """A whole number of seconds would be taken for nanoseconds, and find nothing in 1970."""
    return int(moment.astimezone(UTC).timestamp()) * 1_000_000_000
