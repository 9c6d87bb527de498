"""Grafana's answers to the morning checklist, and the present state of its alerts."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from bot.domain.alert import Alert, Standing
from bot.domain.capabilities import AlertLookup, DailyCheck, PanelPictures, Probe
from bot.domain.check import Answer, Check, Item, Status
from bot.domain.errors import RateLimited, Refused, Unavailable, VendorError
from bot.domain.mark import Panel
from bot.integrations import Wiring
from bot.integrations.grafana import alerting, judge, panels
from bot.integrations.grafana.client import GrafanaClient
from bot.integrations.grafana.news import SOURCE
from bot.integrations.grafana.settings import GrafanaSettings
from bot.integrations.grafana.shapes import DataSource, DataSourceHealth
from bot.integrations.http import bearer, once_per, segment, shown
from bot.integrations.probing import Ask, tried
from bot.integrations.together import both, every

_SHARED_FOR: Final = 5.0
_MOST_SOURCES: Final = 300


class Grafana(DailyCheck, AlertLookup, PanelPictures, Probe):
    def __init__(
        self, client: GrafanaClient, renderer: GrafanaClient, settings: GrafanaSettings, wiring: Wiring
    ) -> None:
        self._client = client
        self._renderer = renderer
        self._wiring = wiring
        self._paging = frozenset(severity.lower() for severity in settings.paging_severities)
        self._rules = once_per(_SHARED_FOR, client.rules)

    @classmethod
    def connect(cls, settings: GrafanaSettings, wiring: Wiring) -> "Grafana":
        token = bearer(settings.token) if settings.token.get_secret_value() else {}
        api = partial(
            wiring.outside.api,
            title=wiring.titled("Grafana"),
            base_url=settings.url,
            headers={**token, **({"x-grafana-org-id": str(settings.org_id)} if settings.org_id else {})},
            verify=(settings.ca_file or True) if settings.verify_tls else False,
            allow_plain_http=settings.allow_plain_http,
            address="GRAFANA_URL",
            variables=("GRAFANA_TOKEN",),
            right="read alerting and data sources",
        )
        return cls(GrafanaClient(api()), GrafanaClient(api(patience=panels.PATIENCE)), settings, wiring)

    @property
    def source(self) -> str:
        return SOURCE

    def checks(self) -> Sequence[Check]:
        declared = (
            ("health", Item.DASHBOARDS, "Is it up, and does its database answer?", self.health),
            ("datasources", Item.DASHBOARDS, "Do all data sources answer?", self.data_sources),
            ("rules", Item.ALERTING, "Is a rule firing, or can one not be evaluated?", self.rules),
            ("alerts", Item.ALERTING, "Is an alert live that nobody silenced?", self.alerts),
            ("silences", Item.ALERTING, "Is a silence about to end, or forgotten?", self.silences),
        )
        here = self._wiring.instance
        return [
            Check(name=f"grafana.{what}", item=item, question=question, ask=ask, instance=here)
            for what, item, question, ask in declared
        ]

    async def health(self) -> Answer:
        """No connection is an answer to this question, and a bad one."""
        link = self._client.page("/")
        try:
            code, found = await self._client.health()
        except RateLimited:
            raise
        except Unavailable as error:
            return Answer(status=Status.FAIL, summary=str(error), link=link)
        if found is not None and code < 300 and found.database == "ok":
            version = f", version {shown(found.version, limit=20)}" if found.version else ""
            return Answer(status=Status.OK, summary=f"Up, its database answers{version}", link=link)
        words = f"its database is {shown(found.database, limit=40)}" if found else f"it answers with {code}"
        return Answer(status=Status.FAIL, summary=f"Not healthy: {words}", link=link)

    async def rules(self) -> Answer:
        answer = judge.rules(await self._rules(), self._wiring.outside.now(), paging=self._paging)
        return self._linked(answer, "/alerting/list", self._page_of_rule)

    async def alerts(self) -> Answer:
        found, groups = await both(self._client.live_alerts(), self._rules())
        answer = alerting.alerts(
            [one for one in found if one.status.state != "suppressed"],
            groups,
            self._wiring.outside.now(),
            paging=self._paging,
            warn=self._wiring.limit("grafana.alerts", "warn", 1),
            fail=self._wiring.limit("grafana.alerts", "fail", 1),
        )
        return self._linked(answer, "/alerting/groups")

    async def silences(self) -> Answer:
        answer = alerting.silences(
            await self._client.silences(),
            self._wiring.outside.now(),
            ends_within=timedelta(hours=self._wiring.limit("grafana.silences", "ends_within_hours", 24)),
            longest=timedelta(days=self._wiring.limit("grafana.silences", "longest_days", 7)),
        )
        return self._linked(answer, "/alerting/silences")

    async def data_sources(self) -> Answer:
        sources = await self._client.data_sources()
        if len(sources) > _MOST_SOURCES:
            raise Refused(f"{self._wiring.titled('Grafana')} has more than {_MOST_SOURCES} data sources; not all asked")
        states = await every(self._asked(one) for one in sources)
        failures = [state for state in states if isinstance(state, VendorError)]
        if failures and len(failures) == len(states):
            raise failures[0]
        answer = judge.data_sources(list(zip(sources, states, strict=True)))
        return self._linked(answer, "/connections/datasources", self._page_of_source)

    async def look(self, alerts: Sequence[Alert]) -> Standing:
        """By the one list of all that fires, silenced ones too: a silence hides an alert, it does not end it.

        By the fingerprint alone: a second server may give the same alert another start.
        """
        firing = {one.fingerprint for one in await self._client.all_alerts()}
        return Standing(
            fires={one.key for one in alerts if one.id in firing},
            gone={one.key for one in alerts if one.id not in firing},
        )

    async def panel(self, alert: Alert) -> Panel | None:
        return await panels.drawn(
            self._renderer, alert, title=self._wiring.titled("Grafana"), now=self._wiring.outside.now()
        )

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        await self._client.health()
        tries: dict[str, Ask] = {
            "read alert rules": self._rules,
            "read alerts": self._client.all_alerts,
            "read silences": self._client.silences,
            "read data sources": self._client.data_sources,
        }
        return await tried(tries, proven="be reached")

    async def _asked(self, source: DataSource) -> DataSourceHealth | VendorError | None:
        try:
            return await self._client.data_source_health(source.uid)
        except VendorError as error:
            return error

    def _page_of_rule(self, key: str) -> str | None:
        uid = key.removeprefix("rule:")
        return f"/alerting/grafana/{segment(uid)}/view" if uid != key else None

    def _page_of_source(self, key: str) -> str | None:
        return f"/connections/datasources/edit/{segment(key.removeprefix('datasource:'))}"

    def _linked(self, answer: Answer, page: str, own: Callable[[str], str | None] = lambda _: None) -> Answer:
        """With the place where a person would look, for each finding its own where it has one."""
        evidence = [replace(one, url=self._client.page(own(one.key) or page)) for one in answer.evidence]
        return replace(answer, link=self._client.page(page), evidence=evidence)
