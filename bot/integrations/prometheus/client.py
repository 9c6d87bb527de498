"""The calls to Prometheus' HTTP API: reading only, never the admin and lifecycle addresses on the same port."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from bot.domain.errors import Refused
from bot.integrations.http import Api
from bot.integrations.prometheus.queries import Result, Sample, samples_of
from bot.integrations.prometheus.shapes import (
    Alertmanagers,
    Alerts,
    Build,
    Envelope,
    RuleGroup,
    RulePage,
    Runtime,
    Targets,
)

D = TypeVar("D")
_LONGEST_IN_ADDRESS: Final = 1_500
_GROUPS_A_PAGE: Final = 500
_MOST_PAGES: Final = 40
_MOST_SERIES: Final = 2_000
_MOST_HOSTS: Final = 20_000


class PrometheusClient:
    """https://prometheus.io/docs/prometheus/latest/querying/api/"""

    def __init__(self, api: Api) -> None:
        self._api = api

    def page(self, path: str) -> str:
        """Where a person would look."""
        return f"{self._api.base_url}{path}"

    async def pages_folder(self) -> str:
        """Where its pages are: Debian's build ("2.42.0+ds") has only the old ones, in a folder of their own."""
        return "/classic" if "+ds" in (await self.build()).version else ""

    async def ready(self) -> int:
        return await self._api.status("/-/ready")

    async def build(self) -> Build:
        return (await self._data(Envelope[Build], "status/buildinfo")).data

    async def runtime(self) -> Envelope[Runtime]:
        return await self._data(Envelope[Runtime], "status/runtimeinfo")

    async def alerts(self) -> Envelope[Alerts]:
        return await self._data(Envelope[Alerts], "alerts")

    async def alertmanagers(self) -> Envelope[Alertmanagers]:
        return await self._data(Envelope[Alertmanagers], "alertmanagers")

    async def targets(self) -> Envelope[Targets]:
        # Dropped targets can be thousands and say nothing.
        return await self._data(Envelope[Targets], "targets", {"state": "active"})

    async def query(self, expression: str, most: int = _MOST_SERIES) -> Envelope[Result]:
        """The value of an expression now. Servers before 3 ignore the limit."""
        return await self._data(Envelope[Result], "query", {"query": expression, "timeout": "8s", "limit": str(most)})

    async def vector(self, expression: str) -> Envelope[Sequence[Sample]]:
        """Every series of an expression; `Refused` where there are more than we look at."""
        found = await self.query(expression, _MOST_HOSTS)
        samples = samples_of(found.data, self._api.wording.title)
        if len(samples) >= _MOST_HOSTS:
            raise Refused(f"{self._api.wording.title} has {_MOST_HOSTS} hosts or more; not all seen")
        return Envelope(status="success", data=samples, warnings=found.warnings)

    async def rules(self) -> Envelope[list[RuleGroup]]:
        """All rule groups. Servers before 3 ignore the paging and answer in full."""
        groups: list[RuleGroup] = []
        warnings: list[str] = []
        token = ""
        for _ in range(_MOST_PAGES):
            params = {"group_limit": str(_GROUPS_A_PAGE), "exclude_alerts": "true"}
            page = await self._data(
                Envelope[RulePage], "rules", {**params, "group_next_token": token} if token else params
            )
            groups += page.data.groups
            warnings += page.warnings
            if not page.data.group_next_token:
                return Envelope(status="success", data=groups, warnings=warnings)
            if page.data.group_next_token == token:
                raise Refused(f"{self._api.wording.title} repeats a page of rules; the list is not complete")
            token = page.data.group_next_token
        raise Refused(
            f"{self._api.wording.title} has more than {_GROUPS_A_PAGE * _MOST_PAGES} rule groups; not all seen"
        )

    async def _data(self, kind: type[Envelope[D]], path: str, params: dict[str, str] | None = None) -> Envelope[D]:
        # A long expression does not fit into an address.
        long = params is not None and len(params.get("query", "")) > _LONGEST_IN_ADDRESS
        ways: dict[str, Any] = {"form": params} if long else {"params": params}
        response = await self._api.call("POST" if long else "GET", f"/api/v1/{path}", answers=(422,), **ways)
        if response.status == 422:
            title, why = self._api.wording.title, response.why()
            if "agent" in why.lower():
                raise Refused(f"{title} runs in agent mode and keeps no alerts or rules. Ask the server it writes to.")
            raise Refused(f"{title} refused: {why}" if why else f"{title} refused (422)")
        return response.read_as(kind)
