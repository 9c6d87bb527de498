"""The calls to Alertmanager's v2 API."""

from collections.abc import Sequence
from datetime import datetime

from bot.integrations.alertmanager.shapes import LiveAlert, Matcher, Silence, SilenceMade, Status
from bot.integrations.http import Api, segment


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

    async def make_silence(self, matchers: Sequence[Matcher], until: datetime, by: str, comment: str) -> str:
        """The id that comes back. `startsAt` in the past is moved to now by the server, whose clock counts."""
        body = {
            "matchers": [one.model_dump(by_alias=True) for one in matchers],
            "startsAt": self._api.line.now().isoformat(),
            "endsAt": until.isoformat(),
            "createdBy": by,
            "comment": comment,
        }
        answer = await self._api.call("POST", "/api/v2/silences", json=body, right="write silences")
        return answer.read_as(SilenceMade).silence_id

    async def expire_silence(self, silence: str) -> None:
        """The path is singular."""
        await self._api.call("DELETE", f"/api/v2/silence/{segment(silence)}", right="write silences")
