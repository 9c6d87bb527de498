"""The calls to Alertmanager's v2 API: reading only."""

from bot.integrations.alertmanager.shapes import LiveAlert, Silence, Status
from bot.integrations.http import Api


class AlertmanagerClient:
    """https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml"""

    def __init__(self, api: Api) -> None:
        self._api = api

    def page(self, path: str) -> str:
        """Where a person would look."""
        return f"{self._api.base_url}{path}"

    async def ready(self) -> int:
        return await self._api.status("/-/ready")

    async def status(self) -> Status:
        return await self._api.get_as(Status, "/api/v2/status")

    async def live_alerts(self) -> list[LiveAlert]:
        """Those that nobody silenced and nothing inhibits."""
        wanted = {"active": "true", "silenced": "false", "inhibited": "false", "unprocessed": "false"}
        return await self._api.get_as(list[LiveAlert], "/api/v2/alerts", wanted)

    async def all_alerts(self) -> list[LiveAlert]:
        return await self._api.get_as(list[LiveAlert], "/api/v2/alerts")

    async def silences(self) -> list[Silence]:
        # Servers before 0.29 ignore the flags and list expired ones too; the reader looks at each state.
        wanted = {"active": "true", "pending": "true", "expired": "false"}
        return await self._api.get_as(list[Silence], "/api/v2/silences", wanted)
