"""Elasticsearch's answers to the morning checklist."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from pydantic import SecretStr

from bot.domain.capabilities import DailyCheck, ErrorShare, Probe, ServiceErrors
from bot.domain.check import Answer, Check, Item, Status, worst
from bot.domain.error_line import ErrorLines
from bot.domain.errors import Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.address import Headers
from bot.integrations.elasticsearch import judge, snapshots
from bot.integrations.elasticsearch.client import ElasticsearchClient
from bot.integrations.elasticsearch.settings import ElasticsearchSettings
from bot.integrations.elasticsearch.shapes import Count, HealthReport
from bot.integrations.http import basic
from bot.integrations.lines import top
from bot.integrations.probing import Ask, tried
from bot.integrations.together import both, every
from bot.integrations.volume import EARLIER_DAYS, Lines, error_rate, ingest

_MINUTES: Final = 15
_MOST_LINES: Final = 1_000


class Elasticsearch(DailyCheck, Probe, ServiceErrors, ErrorShare):
    def __init__(self, client: ElasticsearchClient, settings: ElasticsearchSettings, wiring: Wiring) -> None:
        self._client = client
        self._settings = settings
        self._wiring = wiring

    @classmethod
    def connect(cls, settings: ElasticsearchSettings, wiring: Wiring) -> "Elasticsearch":
        login, variables = _login(settings)
        api = wiring.outside.api(
            title=wiring.titled("Elasticsearch"),
            base_url=settings.url,
            headers=login,
            verify=(settings.ca_file or True) if settings.verify_tls else False,
            allow_plain_http=settings.allow_plain_http,
            address="ELASTICSEARCH_URL",
            variables=variables,
            right="monitor the cluster (cluster privilege monitor)",
        )
        return cls(ElasticsearchClient(api, settings), settings, wiring)

    def checks(self) -> Sequence[Check]:
        dashboards = Item.DASHBOARDS
        declared = (
            ("cluster", dashboards, "Is the cluster green?", self.cluster),
            ("disks", dashboards, "Have all nodes room on their disks?", self.disks),
            ("errors", dashboards, "Are there more errors in the logs than usual at this hour?", self.errors),
            ("ingest", dashboards, "Are logs arriving, as many as usual?", self.ingest),
            ("licence", dashboards, "Is the licence valid for a while?", self.licence),
            ("snapshots", Item.BACKUPS, "Did every snapshot policy succeed when it was due?", self.snapshots),
        )
        here = self._wiring.instance
        return [
            Check(name=f"elasticsearch.{what}", item=item, question=question, ask=ask, instance=here)
            for what, item, question, ask in declared
        ]

    async def cluster(self) -> Answer:
        (code, health), report = await both(self._client.health(), self._report())
        return self._linked(
            judge.cluster(
                health,
                report,
                code=code,
                accepted=self._settings.accepted_status,
                nodes=self._settings.nodes,
                longest_wait=self._limit("cluster")("pending_seconds", 30),
            ),
            "/_cluster/health",
        )

    async def disks(self) -> Answer:
        limit = self._limit("disks")
        found = judge.disks(await self._client.disks(), warn=limit("warn", 75), fail=limit("fail", 85))
        return self._linked(found, "/_cat/allocation")

    async def errors(self) -> Answer:
        whiles = [("now-1h", "now"), *((f"now-{day}d-1h", f"now-{day}d") for day in EARLIER_DAYS)]
        now, *earlier = await every(self._lines(begin, end) for begin, end in whiles)
        if now[0].every and not any(lines.errors for lines, _ in (now, *earlier)):
            await self._levels_are_there()
        answer = error_rate(now[0], [lines for lines, _ in earlier], self._limit("errors"))
        return self._linked(_whole(answer, now[1], *(failed for _, failed in earlier)), "")

    async def ingest(self) -> Answer:
        minutes = max(1, int(self._limit("ingest")("minutes", _MINUTES)))
        whiles = [(f"now-{minutes}m", "now"), *((f"now-{day}d-{minutes}m", f"now-{day}d") for day in EARLIER_DAYS)]
        counted = await every(self._client.count(begin, end) for begin, end in whiles)
        now, *earlier = [one.count for one in counted]
        answer = ingest(now, earlier, minutes, self._limit("ingest"))
        return self._linked(_whole(answer, *(one.shards.failed for one in counted)), "")

    async def snapshots(self) -> Answer:
        limit = self._limit("snapshots")
        status, policies = await both(self._client.slm(), self._client.policies())
        answer = snapshots.judged(
            policies,
            status.operation_mode,
            self._wiring.outside.now(),
            snapshots.Patience(
                late=timedelta(hours=limit("margin_hours", 2)),
                running=timedelta(hours=limit("longest_hours", 6)),
                age=timedelta(hours=limit("hours", 26)),
            ),
        )
        return self._linked(answer, "/_slm/policy")

    async def licence(self) -> Answer:
        found = await self._client.licence()
        days = self._limit("licence")("days", 30)
        answer = judge.licence(found.license if found else None, self._wiring.outside.now(), days=days)
        return self._linked(answer, "/_license")

    @property
    def kept_in(self) -> str:
        return self._wiring.titled("Elasticsearch")

    async def top_errors(self, service: str, labels: Mapping[str, str], since: datetime, *, most: int) -> ErrorLines:  # noqa: ARG002 - fields have names of their own here
        found = await self._client.newest({self._settings.service_field: service}, since, most=_MOST_LINES)
        lines = [one.text(self._settings.message_field) for one in found.hits.hits]
        whole = len(lines) < _MOST_LINES and not (found.timed_out or found.shards.failed)
        return ErrorLines(lines=top(lines, most), looked_at=len(lines), whole=whole)

    async def error_share(self, until: datetime) -> float | None:
        lines, failed = await self._lines((until - timedelta(hours=1)).isoformat(), until.isoformat())
        return lines.share if lines.every and not failed else None

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        tries: dict[str, Ask] = {
            "be reached": self._client.info,
            "read the cluster's health": self._client.health,
            "read disk usage": self._client.disks,
            "read snapshot policies": self._client.policies,
            "read the logs": partial(self._client.count, f"now-{_MINUTES}m", "now"),
        }
        return await tried(tries)

    async def _report(self) -> HealthReport | VendorError | None:
        """A cluster that is red must not look better for want of its report."""
        try:
            return await self._client.health_report()
        except VendorError as error:
            return error

    async def _lines(self, begin: str, end: str) -> tuple[Lines, int]:
        """What was logged in a while, and on how many shards the question failed."""
        lines, errors = await both(
            self._client.count(begin, end), self._client.count(begin, end, self._client.errors())
        )
        return Lines(every=lines.count, errors=errors.count), lines.shards.failed + errors.shards.failed

    async def _levels_are_there(self) -> None:
        """No errors ever is what a misspelt field gives, too."""
        levelled = self._client.levelled()
        if levelled is None:
            return
        found: Count = await self._client.count("now-1h", "now", levelled)
        if not found.count:
            fields = ", ".join(self._settings.level_fields)
            raise Refused(
                f"No line has any of the fields {fields}, so errors cannot be told. Set ELASTICSEARCH_LEVEL_FIELDS or "
                "ELASTICSEARCH_ERROR_QUERY."
            )

    def _limit(self, what: str) -> Callable[[str, float], float]:
        return partial(self._wiring.limit, f"elasticsearch.{what}")

    def _linked(self, answer: Answer, page: str) -> Answer:
        link = f"{self._client.address}{page}"
        return replace(answer, link=link, evidence=[replace(one, url=link) for one in answer.evidence])


def _whole(answer: Answer, *failed: int) -> Answer:
    """Counts from a part of the shards are no ground for an ok."""
    if not sum(failed):
        return answer
    summary = f"{answer.summary}; counted in part, some shards failed"
    return replace(answer, status=worst((answer.status, Status.WARN)), summary=summary)


def _login(settings: ElasticsearchSettings) -> tuple[Headers, Sequence[str]]:
    """The headers that log in, and the variables they come from."""
    if settings.username and not settings.api_key.get_secret_value():
        return basic(settings.username, settings.password), ("ELASTICSEARCH_USERNAME", "ELASTICSEARCH_PASSWORD")
    key = settings.api_key.get_secret_value().strip()
    return {"authorization": SecretStr(f"ApiKey {key}")} if key else {}, ("ELASTICSEARCH_API_KEY",)
