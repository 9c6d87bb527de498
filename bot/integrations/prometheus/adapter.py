"""Prometheus' answers to the morning checklist."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from math import inf

from bot.domain.capabilities import DailyCheck, Probe
from bot.domain.check import Answer, Check, Item, Status
from bot.domain.errors import NotInstalled, RateLimited, Unavailable, VendorError
from bot.integrations import Wiring
from bot.integrations.address import Headers
from bot.integrations.http import basic, bearer, once_per, shown
from bot.integrations.probing import Ask, tried
from bot.integrations.prometheus import judge, patches, queries, releases
from bot.integrations.prometheus.backups import Backups
from bot.integrations.prometheus.client import PrometheusClient
from bot.integrations.prometheus.hosts import Hosts
from bot.integrations.prometheus.judge import Limits
from bot.integrations.prometheus.patches import Limits as PatchLimits
from bot.integrations.prometheus.query import Query
from bot.integrations.prometheus.settings import PrometheusSettings

_SHARED_FOR = 5.0
"""Seconds for which checks that need the same list share one fetch of it."""
_HOUR = 3_600.0
_HOSTS_PATIENCE = 20.0
"""Seconds. Looking back over two weeks of many hosts takes its time."""
_LOOKED_BACK = 14
_LONGEST_LOOK = 60
"""Days over which is found out since when an update or a reboot waits."""
Row = tuple[str, Item, str, Callable[[], Awaitable[Answer]]]


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
        self._hosts = Hosts(client, settings)
        self._hosts_told = once_per(_SHARED_FOR, self._hosts.told)
        self._hosts_named = bool(settings.hosts)
        self._backups = Backups(client, settings)
        self._backed_up = bool(settings.backups)

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
        declared: Sequence[Row] = (
            ("ready", dashboards, "Is it up and ready?", self.ready),
            ("alerts", dashboards, "Is an alert firing?", self.alerts),
            ("targets", dashboards, "Are all targets scraped?", self.targets),
            ("rules", alerting, "Can all rules be evaluated?", self.rules),
            ("reload", alerting, "Did the last reload of the configuration work?", self.reload),
            ("alertmanagers", alerting, "Does it know an Alertmanager?", self.alertmanagers),
        )
        own: Sequence[Row] = tuple(
            (f"query.{one.name}", dashboards, f"Is {one.name} within its limits?", partial(self.query, one))
            for one in self._queries
        )
        rows: list[tuple[Row, float | None]] = [(row, None) for row in declared]
        rows += [(row, _HOSTS_PATIENCE) for row in self._of_hosts()]
        rows += [(row, None) for row in own]
        return [self._check(*row, patience=patience) for row, patience in rows]

    def _check(
        self, what: str, item: Item, question: str, ask: Callable[[], Awaitable[Answer]], *, patience: float | None
    ) -> Check:
        check = Check(name=f"prometheus.{what}", item=item, question=question, ask=ask, instance=self._wiring.instance)
        return check if patience is None else replace(check, patience=patience)

    def _of_hosts(self) -> Sequence[Row]:
        """What scripts on the hosts tell, by node exporter."""
        rows: list[Row] = [
            ("patches", Item.PATCHES, "Does a host wait for security updates?", self.patches),
            ("reboots", Item.PATCHES, "Does a host wait for a reboot?", self.reboots),
        ]
        if self._wiring.lifecycles is not None:
            rows.append(("releases", Item.PATCHES, "Is the system of every host still supported?", self.releases))
        if self._backed_up:
            rows.append(("backups", Item.BACKUPS, "Did every backup job that tells by metrics run?", self.backups))
        return rows

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

    async def patches(self) -> Answer:
        told = await self._hosts_told()
        hosts = told.of("updates_told", "its host's updates", named=self._hosts_named)
        limits, now = self._patch_limits("prometheus.patches"), self._wiring.outside.now()
        pending = any(host.figures.get("security", 0) > 0 for host in hosts.values())
        since = await self._hosts.security_since(_days(limits), now) if pending else {}
        return await self._finished(patches.patches(hosts, since, now, limits), told.warnings, "/graph")

    async def reboots(self) -> Answer:
        told = await self._hosts_told()
        hosts = told.of("reboots_told", "its host's reboots", named=self._hosts_named)
        limits, now = self._patch_limits("prometheus.reboots"), self._wiring.outside.now()
        pending = any(patches.waiting_for_reboot(host) for host in hosts.values())
        since = await self._hosts.reboot_since(_days(limits), now) if pending else {}
        return await self._finished(patches.reboots(hosts, since, now, limits), told.warnings, "/graph")

    async def releases(self) -> Answer:
        if self._wiring.lifecycles is None:
            raise NotInstalled("Nothing is known about the support of systems")
        told, facts = await self._hosts_told(), self._wiring.lifecycles.facts()
        hosts = told.of("system_told", "its host's system", named=self._hosts_named)
        answer = releases.releases(hosts, facts, self._wiring.today())
        return await self._finished(answer, told.warnings, "/graph")

    async def backups(self) -> Answer:
        told = await self._backups.told()
        answer = self._backups.judge(told, self._wiring.outside.now())
        return await self._finished(answer, told.warnings, "/graph")

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        tries: dict[str, Ask] = {
            "be reached": self._client.build,
            "read alerts": self._client.alerts,
            "read rules": self._rules,
            "read targets": self._client.targets,
            "read its own state": self._client.runtime,
            "evaluate expressions": partial(self._client.query, "vector(1)"),
        }
        return await tried(tries)

    def _limits(self, check: str, *, fail: float = 1) -> Limits:
        return Limits(warn=self._wiring.limit(check, "warn", 1), fail=self._wiring.limit(check, "fail", fail))

    def _patch_limits(self, check: str) -> PatchLimits:
        limit, usual = partial(self._wiring.limit, check), PatchLimits()
        return PatchLimits(
            days=limit("days", usual.days),
            security=limit("fail", usual.security),
            other=limit("other", usual.other),
            stale=limit("stale_hours", usual.stale),
            stale_fail=limit("stale_fail_hours", usual.stale_fail),
        )

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


def _days(limits: PatchLimits) -> int:
    return int(min(max(_LOOKED_BACK, limits.days + 1), _LONGEST_LOOK))


def _login(settings: PrometheusSettings) -> tuple[Headers, Sequence[str]]:
    """The headers that log in, and the variables they come from."""
    if settings.username and not settings.bearer_token.get_secret_value():
        return basic(settings.username, settings.password), ("PROMETHEUS_USERNAME", "PROMETHEUS_PASSWORD")
    token = settings.bearer_token
    return bearer(token) if token.get_secret_value() else {}, ("PROMETHEUS_BEARER_TOKEN",)
