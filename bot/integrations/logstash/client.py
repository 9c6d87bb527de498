"""The calls to the monitoring API of one Logstash node: reading only, and nothing that shows its configuration."""

from bot.integrations.http import Api
from bot.integrations.logstash.shapes import HealthReport, Machine, Pipelines, Reloading, Root


class LogstashClient:
    """https://www.elastic.co/docs/api/doc/logstash/"""

    def __init__(self, api: Api, name: str) -> None:
        self._api = api
        self.name = name
        """Host and port, by which its findings are known."""

    @property
    def address(self) -> str:
        return self._api.base_url

    async def root(self) -> Root:
        return await self._api.get_as(Root, "/")

    async def health_report(self) -> HealthReport:
        return await self._api.get_as(HealthReport, "/_health_report")

    async def pipelines(self) -> Pipelines:
        return await self._api.get_as(Pipelines, "/_node/stats/pipelines")

    async def reloads(self) -> Reloading:
        return await self._api.get_as(Reloading, "/_node/stats/reloads")

    async def machine(self) -> Machine:
        return await self._api.get_as(Machine, "/_node/stats/jvm")
