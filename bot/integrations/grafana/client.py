"""The calls to Grafana's HTTP API: reading, and the marks that we put onto its graphs."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.domain.errors import Refused
from bot.integrations.grafana.shapes import (
    DataSource,
    DataSourceHealth,
    Envelope,
    Health,
    LiveAlert,
    Note,
    RuleGroup,
    Silence,
)
from bot.integrations.http import Api, segment

_GROUPS_A_PAGE: Final = 500
_MOST_PAGES: Final = 40
_ANNOTATE: Final = "write annotations (annotations:create, annotations:write)"
_SERVER_TROUBLE: Final = range(500, 600)


class GrafanaClient:
    """https://grafana.com/docs/grafana/latest/developers/http_api/"""

    def __init__(self, api: Api) -> None:
        self._api = api

    def page(self, path: str) -> str:
        """Where a person would look."""
        return f"{self._api.base_url}{path}"

    async def health(self) -> tuple[int, Health | None]:
        """The status code, and what a healthy answer or a 503 of Grafana's own says."""
        found = await self._api.get("/api/health", answers=_SERVER_TROUBLE)
        if found.status >= 500 and not (found.is_json and b'"database"' in found.body):
            return found.status, None
        return found.status, found.read_as(Health)

    async def rules(self) -> list[RuleGroup]:
        """All rule groups. Versions without paging ignore its parameters and answer in full."""
        groups: list[RuleGroup] = []
        seen = {""}
        token = ""
        for _ in range(_MOST_PAGES):
            params = {"group_limit": str(_GROUPS_A_PAGE), **({"group_next_token": token} if token else {})}
            path = "/api/prometheus/grafana/api/v1/rules"
            page = (await self._api.get_as(Envelope, path, params, right="read alert rules (alert.rules:read)")).data
            groups += page.groups
            token = page.next_token or ""
            if not token:
                return groups
            if token in seen:
                raise Refused(f"{self._api.wording.title} repeats a page of rules; the list is not complete")
            seen.add(token)
        raise Refused(
            f"{self._api.wording.title} has more than {_GROUPS_A_PAGE * _MOST_PAGES} rule groups; not all seen"
        )

    async def live_alerts(self) -> list[LiveAlert]:
        """Those that nobody silenced and nothing inhibits."""
        return await self._alerts({"active": "true", "silenced": "false", "inhibited": "false"})

    async def all_alerts(self) -> list[LiveAlert]:
        return await self._alerts({})

    async def _alerts(self, wanted: dict[str, str]) -> list[LiveAlert]:
        path, right = "/api/alertmanager/grafana/api/v2/alerts", "read alert instances (alert.instances:read)"
        return await self._api.get_as(list[LiveAlert], path, wanted, right=right)

    async def silences(self) -> list[Silence]:
        path, right = "/api/alertmanager/grafana/api/v2/silences", "read silences (alert.silences:read)"
        return await self._api.get_as(list[Silence], path, right=right)

    async def data_sources(self) -> list[DataSource]:
        return await self._api.get_as(
            list[DataSource], "/api/datasources", right="read data sources (datasources:read)"
        )

    async def data_source_health(self, uid: str) -> DataSourceHealth | None:
        """None when its plugin has no health check. An unhealthy one is told with 400."""
        found = await self._api.get(
            f"/api/datasources/uid/{segment(uid)}/health",
            answers=(400, 404, 501),
            right="query data sources (datasources:query)",
        )
        return None if found.status in (404, 501) else found.read_as(DataSourceHealth)

    async def notes(self, tags: Sequence[str]) -> list[Note]:
        """The annotations that bear all of these tags, whenever they were."""
        wanted = {"tags": list(tags), "type": "annotation", "limit": "100"}
        return await self._api.get_as(
            list[Note], "/api/annotations", wanted, right="read annotations (annotations:read)"
        )

    async def annotate(self, body: Mapping[str, Any]) -> None:
        await self._api.post_json("/api/annotations", body, right=_ANNOTATE)

    async def annotate_again(self, note: int, body: Mapping[str, Any]) -> None:
        await self._api.call("PATCH", f"/api/annotations/{note}", json=body, right=_ANNOTATE)

    async def rendered(self, dashboard: str, params: Mapping[str, str]) -> bytes:
        """A panel alone, as its renderer draws it. What comes back is a picture, though not always of the panel."""
        path = f"/render/d-solo/{segment(dashboard)}/panel"
        asked = {"accept": "image/png"}
        found = await self._api.get(path, params, headers=asked, right="see the dashboard (dashboards:read)")
        return found.body
