"""Loki's answers to the morning checklist."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bot.domain.capabilities import DailyCheck, ErrorShare, Probe, ServiceErrors
from bot.domain.check import Answer, Check, Item, Status, worst
from bot.domain.error_line import ErrorLines
from bot.domain.errors import Refused
from bot.integrations import Wiring
from bot.integrations.address import Headers
from bot.integrations.http import basic, bearer, once_per, shown
from bot.integrations.lines import top
from bot.integrations.loki import judge
from bot.integrations.loki.client import LokiClient
from bot.integrations.loki.settings import LokiSettings
from bot.integrations.probing import Ask, tried
from bot.integrations.together import both, every
from bot.integrations.volume import EARLIER_DAYS, Lines, error_rate, ingest

_USUAL_LABELS: Final = ("service_name", "job", "app", "namespace", "container", "host")
"""By which all streams are meant where the team names none; older versions do not set the first by themselves."""
_SERVICE_LABELS: Final = ("service_name", "service", "app", "job")
"""Which labels may hold the name of a service, where the settings do not say how it is recognised."""
_MOST_LINES: Final = 1_000
_LABEL: Final = re.compile(r"[a-zA-Z_]\w*", re.ASCII)
_MINUTES: Final = 15
_SHARED_FOR: Final = 5.0


class Loki(DailyCheck, Probe, ServiceErrors, ErrorShare):
    def __init__(self, client: LokiClient, settings: LokiSettings, wiring: Wiring) -> None:
        self._client = client
        self._settings = settings
        self._wiring = wiring
        self._paging = frozenset(severity.lower() for severity in settings.paging_severities)
        self._labels = once_per(_SHARED_FOR, client.labels)

    @classmethod
    def connect(cls, settings: LokiSettings, wiring: Wiring) -> "Loki":
        login, variables = _login(settings)
        api = wiring.outside.api(
            title=wiring.titled("Loki"),
            base_url=settings.url,
            headers={**login, **({"x-scope-orgid": settings.tenant} if settings.tenant else {})},
            verify=(settings.ca_file or True) if settings.verify_tls else False,
            allow_plain_http=settings.allow_plain_http,
            address="LOKI_URL",
            variables=variables,
            right="read logs",
        )
        return cls(LokiClient(api), settings, wiring)

    def checks(self) -> Sequence[Check]:
        declared = [
            ("ready", Item.DASHBOARDS, "Is it up and ready?", self.ready),
            ("ingest", Item.DASHBOARDS, "Are logs arriving, as many as usual?", self.ingest),
            ("errors", Item.DASHBOARDS, "Are there more errors in the logs than usual at this hour?", self.errors),
        ]
        if self._settings.ruler:
            declared.append(("ruler", Item.ALERTING, "Is a rule firing, or can one not be evaluated?", self.ruler))
        here = self._wiring.instance
        return [
            Check(name=f"loki.{what}", item=item, question=question, ask=ask, instance=here)
            for what, item, question, ask in declared
        ]

    async def ready(self) -> Answer:
        if not self._settings.ready:
            return self._linked(await self._answers(), "")
        code, words = await self._client.ready()
        if code == 503:
            return self._linked(Answer(status=Status.FAIL, summary=shown(f"Not ready: {words or code}")), "/ready")
        if code == 404:
            hidden = "Nothing is at /ready. If a gateway hides it, set LOKI_READY=false"
            answer = await self._answers()
            status = worst((answer.status, Status.WARN))
            return self._linked(replace(answer, status=status, summary=f"{answer.summary}. {hidden}"), "")
        if words != "ready":
            raise Refused(f"{self._wiring.titled('Loki')} does not say that it is ready but: {shown(words, limit=60)}")
        return self._linked(Answer(status=Status.OK, summary="Ready"), "/ready")

    async def ingest(self) -> Answer:
        limit = self._limit("ingest")
        minutes = max(1, int(limit("minutes", _MINUTES)))
        query = f"sum(count_over_time({await self._selector()} [{minutes}m]))"
        now = self._wiring.outside.now()
        counted = await every(self._client.total(query, one) for one in _moments(now))
        (current, _), *earlier = counted
        answer = ingest(current, [count for count, _ in earlier], minutes, limit)
        return self._linked(judge.with_warnings(answer, [told for _, warned in counted for told in warned]), "")

    async def errors(self) -> Answer:
        selector = await self._selector()
        now = self._wiring.outside.now()
        counted = await every(self._lines(selector, one) for one in _moments(now))
        (current, _), *earlier = counted
        answer = error_rate(current, [lines for lines, _ in earlier], self._limit("errors"))
        return self._linked(judge.with_warnings(answer, [told for _, warned in counted for told in warned]), "")

    async def ruler(self) -> Answer:
        alerts, rules = await both(self._client.alerts(), self._client.rules())
        answer = judge.ruler(alerts.data.alerts, rules.data, self._wiring.outside.now(), paging=self._paging)
        answer = judge.with_warnings(answer, [*alerts.warnings, *rules.warnings])
        return self._linked(answer, "/prometheus/api/v1/alerts")

    @property
    def kept_in(self) -> str:
        return self._wiring.titled("Loki")

    async def top_errors(self, service: str, labels: Mapping[str, str], since: datetime, *, most: int) -> ErrorLines:
        selector = await self._streams_of(service, labels)
        query, now = f"{selector} {self._settings.error_filter}", self._wiring.outside.now()
        lines = await self._client.newest(query, since, now, most=_MOST_LINES)
        return ErrorLines(lines=top(lines, most), looked_at=len(lines), whole=len(lines) < _MOST_LINES)

    async def error_share(self, until: datetime) -> float | None:
        lines, warnings = await self._lines(await self._selector(), until)
        return lines.share if lines.every and not warnings else None

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        await self._labels()
        tries: dict[str, Ask] = {"count lines": self.ingest}
        if self._settings.ruler:
            tries["read rules"] = self._client.rules
        return await tried(tries, proven="be reached")

    async def _answers(self) -> Answer:
        """Where nobody tells whether it is ready: an answer with something in it."""
        if not await self._labels():
            return Answer.unknown("It answers, but knows no label: nothing was logged in the last six hours")
        return Answer(status=Status.OK, summary="It answers with the labels that it has")

    async def _selector(self) -> str:
        if self._settings.selector:
            return self._settings.selector
        labels = [name for name in await self._labels() if not name.startswith("__")]
        chosen = next((name for name in (*_USUAL_LABELS, *sorted(labels)) if name in labels), None)
        if chosen is None:
            raise Refused(
                f"{self._wiring.titled('Loki')} knows no label, so nothing was logged in the last six hours. Check "
                "LOKI_TENANT."
            )
        return f'{{{chosen}=~".+"}}'

    async def _streams_of(self, service: str, labels: Mapping[str, str]) -> str:
        """By those labels of its alerts that streams bear too, else by its name."""
        known = await self._labels()
        ours = {name: value for name, value in labels.items() if name in known and _LABEL.fullmatch(name)}
        if not ours:
            ours = dict.fromkeys([one for one in _SERVICE_LABELS if one in known][:1], service)
        if not ours:
            raise Refused(
                f"{self.kept_in} has none of the labels {', '.join(_SERVICE_LABELS)}. Name one that its streams bear "
                "under match: labels: of the service."
            )
        # Strings are written in LogQL as in JSON, so that a value cannot become a part of the query.
        written = (f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in ours.items())
        return "{" + ", ".join(written) + "}"

    async def _lines(self, selector: str, at: datetime) -> tuple[Lines, Sequence[str]]:
        lines, errors = await both(
            self._client.total(f"sum(count_over_time({selector} [1h]))", at),
            self._client.total(f"sum(count_over_time({selector} {self._settings.error_filter} [1h]))", at),
        )
        return Lines(every=lines[0], errors=errors[0]), [*lines[1], *errors[1]]

    def _limit(self, what: str) -> Callable[[str, float], float]:
        return partial(self._wiring.limit, f"loki.{what}")

    def _linked(self, answer: Answer, page: str) -> Answer:
        link = f"{self._client.address}{page}"
        return replace(answer, link=link, evidence=[replace(one, url=link) for one in answer.evidence])


def _moments(now: datetime) -> Sequence[datetime]:
    """Now, and the same time of earlier days."""
    return [now, *(now - timedelta(days=day) for day in EARLIER_DAYS)]


def _login(settings: LokiSettings) -> tuple[Headers, Sequence[str]]:
    """The headers that log in, and the variables they come from."""
    if settings.username and not settings.bearer_token.get_secret_value():
        return basic(settings.username, settings.password), ("LOKI_USERNAME", "LOKI_PASSWORD")
    token = settings.bearer_token
    return bearer(token) if token.get_secret_value() else {}, ("LOKI_BEARER_TOKEN",)
