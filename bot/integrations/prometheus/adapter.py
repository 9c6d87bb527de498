"""Prometheus' answers to the morning checklist."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from math import inf

from bot.domain.capabilities import DailyCheck, Probe
from bot.domain.check import Answer, Check, Item, Status
from bot.domain.errors import RateLimited, Unavailable, VendorError
from bot.integrations import Wiring
from bot.integrations.address import Headers
from bot.integrations.http import basic, bearer, once_per, shown
from bot.integrations.prometheus import judge, queries
from bot.integrations.prometheus.client import PrometheusClient
from bot.integrations.prometheus.judge import Limits
from bot.integrations.prometheus.query import Query
from bot.integrations.prometheus.settings import PrometheusSettings

_SHARED_FOR = 5.0
"""Seconds for which checks that need the same list share one fetch of it."""
_HOUR = 3_600.0


class Prometheus(DailyCheck, Probe):
    def __init__(self, client: PrometheusClient, settings: PrometheusSettings, wiring: Wiring) -> None:
        self._client = client
        self._wiring = wiring
        self._paging = frozenset(severity.lower() for severity in settings.paging_severities)
        self._replicas = frozenset(settings.replica_labels)
        self._critical = settings.critical_jobs
        self._queries = settings.queries
        self._rules = once_per(_SHARED_FOR, client.rules)
        self._folder = once_per(_HOUR, client.pages_folder)

    @classmethod
    def connect(cls, settings: PrometheusSettings, wiring: Wiring) -> "Prometheus":
        login, variables = _login(settings)
        api = wiring.outside.api(
            title=wiring.titled("Prometheus"),
            base_url=settings.url,
            headers={**login, **({"x-scope-orgid": settings.tenant} if settings.tenant else {})},
            verify=(settings.ca_file or True) if settings.verify_tls else False,
            allow_plain_http=settings.allow_plain_http,
            address="PROMETHEUS_URL",
            variables=variables,
            right="read /-/ready and /api/v1",
        )
        return cls(PrometheusClient(api), settings, wiring)

    def checks(self) -> Sequence[Check]:
        dashboards, alerting = Item.DASHBOARDS, Item.ALERTING
        declared = (
            ("ready", dashboards, "Is it up and ready?", self.ready),
            ("alerts", dashboards, "Is an alert firing?", self.alerts),
            ("targets", dashboards, "Are all targets scraped?", self.targets),
            ("rules", alerting, "Can all rules be evaluated?", self.rules),
            ("reload", alerting, "Did the last reload of the configuration work?", self.reload),
            ("alertmanagers", alerting, "Does it know an Alertmanager?", self.alertmanagers),
        )
        own: Sequence[tuple[str, Item, str, Callable[[], Awaitable[Answer]]]] = tuple(
            (f"query.{one.name}", dashboards, f"Is {one.name} within its limits?", partial(self.query, one))
            for one in self._queries
        )
        return [
            Check(name=f"prometheus.{what}", item=item, question=question, ask=ask, instance=self._wiring.instance)
            for what, item, question, ask in (*declared, *own)
        ]

    async def ready(self) -> Answer:
        """No connection is an answer to this question, and a bad one."""
        link = self._client.page("")
        try:
            status = await self._client.ready()
        except RateLimited:
            raise
        except Unavailable as error:
            return Answer(status=Status.FAIL, summary=str(error), link=link)
        if status == 503:
            return Answer(status=Status.FAIL, summary="Not ready yet (503): it may be replaying its log", link=link)
        if status != 200:
            return Answer(status=Status.FAIL, summary=f"Not ready: it answers with {status}", link=link)
        # Any proxy says 200 to any address; only Prometheus tells its version as Prometheus does.
        build = await self._client.build()
        return Answer(
            status=Status.OK, summary=f"Ready, version {shown(build.version.partition('+')[0], limit=20)}", link=link
        )

    async def alerts(self) -> Answer:
        """Nothing firing is good news only from a server that has rules which could fire."""
        found = await self._client.alerts()
        rules = await self._rules()
        answer = judge.alerts(
            found.data.alerts,
            rules.data,
            paging=self._paging,
            replicas=self._replicas,
            limits=self._limits("prometheus.alerts"),
            now=self._wiring.outside.now(),
        )
        return await self._finished(answer, [*found.warnings, *rules.warnings], "/alerts")

    async def rules(self) -> Answer:
        found = await self._rules()
        answer = judge.rules(found.data, limits=self._limits("prometheus.rules"), now=self._wiring.outside.now())
        return await self._finished(answer, found.warnings, "/rules")

    async def targets(self) -> Answer:
        found = await self._client.targets()
        active = found.data.active
        limits = self._limits("prometheus.targets", fail=judge.default_targets_failing(len(active)))
        now = self._wiring.outside.now()
        answer = judge.targets(active, critical=self._critical, replicas=self._replicas, limits=limits, now=now)
        return await self._finished(answer, found.warnings, "/targets")

    async def query(self, query: Query) -> Answer:
        name = f"prometheus.query.{query.name}"
        never = -inf if query.below else inf
        limits = Limits(
            warn=self._wiring.limit(name, "warn", never if query.warn is None else query.warn),
            fail=self._wiring.limit(name, "fail", never if query.fail is None else query.fail),
        )
        found = await self._client.query(query.expr)
        answer = queries.judge(query, found.data, limits, self._wiring.titled("Prometheus"))
        return await self._finished(answer, found.warnings, "/graph")

    async def reload(self) -> Answer:
        found = await self._client.runtime()
        return await self._finished(judge.reload(found.data), found.warnings, "/status")

    async def alertmanagers(self) -> Answer:
        found = await self._client.alertmanagers()
        return await self._finished(judge.alertmanagers(found.data), found.warnings, "/status")

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        tries: dict[str, Callable[[], Awaitable[object]]] = {
            "be reached": self._client.build,
            "read alerts": self._client.alerts,
            "read rules": self._rules,
            "read targets": self._client.targets,
            "read its own state": self._client.runtime,
        }
        told: list[tuple[str, str | None]] = []
        failures: list[VendorError] = []
        for what, ask in tries.items():
            try:
                await ask()
            except VendorError as error:
                failures.append(error)
                told.append((what, str(error)))
            else:
                told.append((what, None))
        if len(failures) == len(tries):
            raise failures[0]
        return told

    def _limits(self, check: str, *, fail: float = 1) -> Limits:
        return Limits(warn=self._wiring.limit(check, "warn", 1), fail=self._wiring.limit(check, "fail", fail))

    async def _finished(self, answer: Answer, warnings: Sequence[str], page: str) -> Answer:
        link = self._client.page(await self._pages() + page)
        evidence = [replace(one, url=link) for one in answer.evidence]
        full = judge.with_warnings(answer, warnings, self._wiring.titled("Prometheus"))
        return replace(full, evidence=evidence, link=link)

    async def _pages(self) -> str:
        try:
            return await self._folder()
        except VendorError:
            return ""  # the answer stands without it; only a link may lead beside its page


def _login(settings: PrometheusSettings) -> tuple[Headers, Sequence[str]]:
    """The headers that log in, and the variables they come from."""
    if settings.username and not settings.bearer_token.get_secret_value():
        return basic(settings.username, settings.password), ("PROMETHEUS_USERNAME", "PROMETHEUS_PASSWORD")
    token = settings.bearer_token
    return bearer(token) if token.get_secret_value() else {}, ("PROMETHEUS_BEARER_TOKEN",)
