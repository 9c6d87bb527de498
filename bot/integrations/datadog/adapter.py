"""Datadog's answers to the morning checklist."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from bot.domain.capabilities import DailyCheck, Probe
from bot.domain.check import Answer, Check, Item
from bot.domain.errors import Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.datadog import judge, objectives
from bot.integrations.datadog.client import DatadogClient
from bot.integrations.datadog.objectives import Goal
from bot.integrations.datadog.settings import DatadogSettings
from bot.integrations.datadog.shapes import History
from bot.integrations.http import segment
from bot.integrations.probing import Ask, tried
from bot.integrations.together import both, every

_MOST_GOALS: Final = 100


class Datadog(DailyCheck, Probe):
    def __init__(self, client: DatadogClient, settings: DatadogSettings, wiring: Wiring) -> None:
        self._client = client
        self._settings = settings
        self._wiring = wiring

    @classmethod
    def connect(cls, settings: DatadogSettings, wiring: Wiring) -> "Datadog | None":
        if not settings.on("read"):
            return None
        api = wiring.outside.api(
            title=wiring.titled("Datadog"),
            base_url=settings.api_address,
            headers={"dd-api-key": settings.api_key, "dd-application-key": settings.app_key},
            address="DATADOG_API_URL" if settings.api_url else "DD_SITE",
            variables=("DD_API_KEY", "DD_APP_KEY"),
            right="read monitors, SLOs and downtimes",
        )
        return cls(DatadogClient(api), settings, wiring)

    def checks(self) -> Sequence[Check]:
        declared = (
            ("monitors", Item.DASHBOARDS, "Is a monitor in Alert, Warn or No Data?", self.monitors),
            ("slos", Item.DASHBOARDS, "Has every SLO enough of its error budget left?", self.slos),
            ("downtimes", Item.ALERTING, "Is something muted without an end?", self.downtimes),
        )
        here = self._wiring.instance
        return [
            Check(name=f"datadog.{what}", item=item, question=question, ask=ask, instance=here)
            for what, item, question, ask in declared
        ]

    async def monitors(self) -> Answer:
        query = self._settings.monitor_query.strip()
        answer = judge.monitors(*await both(self._client.troubled(query), self._client.every_state(query)))
        return self._linked(answer, "/monitors/manage", _page_of_monitor)

    async def slos(self) -> Answer:
        goals = objectives.goals(await self._client.slos(self._settings.slo_tags.strip()))
        if not goals:
            words = "It shows no SLO. Check DD_SLO_TAGS, or hide this check where there are none"
            return self._linked(Answer.unknown(words), "/slo/manage")
        if len(goals) > _MOST_GOALS:
            title = self._wiring.titled("Datadog")
            raise Refused(f"{title} has more than {_MOST_GOALS} objectives; name the important ones with DD_SLO_TAGS")
        until = int(self._wiring.outside.now().timestamp())
        told = await every(self._history(goal, until) for goal in goals)
        failures = [one for one in told if isinstance(one, VendorError)]
        if failures and len(failures) == len(told):
            raise failures[0]
        limit = partial(self._wiring.limit, "datadog.slos")
        answer = objectives.judged(
            list(zip(goals, told, strict=True)),
            until,
            words=self._client.words,
            warn=limit("warn", 25),
            fail=limit("fail", 0),
        )
        return self._linked(answer, "/slo/manage", _page_of_slo)

    async def downtimes(self) -> Answer:
        found, counted = await self._client.downtimes()
        answer = judge.downtimes(found, self._wiring.outside.now(), counted=counted)
        return self._linked(answer, "/monitors/downtimes")

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        await self._client.validate()
        query = self._settings.monitor_query.strip()
        tries: dict[str, Ask] = {
            "read monitors": partial(self._client.every_state, query),
            "read SLOs": partial(self._client.slos, self._settings.slo_tags.strip()),
            "list downtimes": self._client.downtimes,
        }
        return await tried(tries, proven="use its API key")

    async def _history(self, goal: Goal, until: int) -> History | VendorError | None:
        if goal.threshold is None or goal.lasting is None:
            return None
        try:
            return await self._client.history(
                goal.slo.id, until=until, lasting=goal.lasting, target=goal.threshold.target
            )
        except VendorError as error:
            return error

    def _linked(self, answer: Answer, page: str, own: Callable[[str], str | None] = lambda _: None) -> Answer:
        """With the place where a person would look, for each finding its own where it has one."""
        start = self._settings.page_address
        evidence = [replace(one, url=start + (own(one.key) or page)) for one in answer.evidence]
        return replace(answer, link=start + page, evidence=evidence)


def _page_of_monitor(key: str) -> str | None:
    kind, _, monitor = key.partition(":")
    return f"/monitors/{monitor}" if kind == "monitor" and monitor.isdigit() else None


def _page_of_slo(key: str) -> str | None:
    return f"/slo/manage?slo_id={segment(key.split(':')[1])}"
