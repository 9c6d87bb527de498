"""Alertmanager's answers to the morning checklist, and the present state of its alerts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.alert import Alert, Standing
from bot.domain.capabilities import AlertLookup, DailyCheck, Probe, Silencer
from bot.domain.check import Answer, Check, Item, Status
from bot.domain.errors import NotFound, RateLimited, Refused, Unavailable
from bot.domain.person import Author
from bot.integrations import Wiring
from bot.integrations.address import Headers
from bot.integrations.alertmanager import judge
from bot.integrations.alertmanager.client import AlertmanagerClient
from bot.integrations.alertmanager.news import SOURCE
from bot.integrations.alertmanager.settings import AlertmanagerSettings
from bot.integrations.alertmanager.shapes import Matcher
from bot.integrations.http import basic, bearer, once_per, shown
from bot.integrations.probing import tried
from bot.integrations.together import both


class Alertmanager(DailyCheck, AlertLookup, Probe):
    def __init__(self, client: AlertmanagerClient, settings: AlertmanagerSettings, wiring: Wiring) -> None:
        self._client = client
        self._wiring = wiring
        self._paging = frozenset(severity.lower() for severity in settings.paging_severities)
        self._replicas = frozenset(settings.replica_labels)
        self._peers = settings.peers
        self._status = once_per(5, client.status)

    @staticmethod
    def connect(settings: AlertmanagerSettings, wiring: Wiring) -> "Alertmanager":
        """With a voice of its own only where the settings say that people may silence."""
        login, variables = _login(settings)
        api = wiring.outside.api(
            title=wiring.titled("Alertmanager"),
            base_url=settings.url,
            headers=login,
            verify=(settings.ca_file or True) if settings.verify_tls else False,
            allow_plain_http=settings.allow_plain_http,
            address="ALERTMANAGER_URL",
            variables=variables,
            right="read /-/ready and /api/v2",
        )
        kind = SilencingAlertmanager if settings.on("write") else Alertmanager
        return kind(AlertmanagerClient(api), settings, wiring)

    @property
    def source(self) -> str:
        return SOURCE

    def checks(self) -> Sequence[Check]:
        declared = (
            ("ready", "Is it up and ready?", self.ready),
            ("cluster", "Is its cluster whole?", self.cluster),
            ("alerts", "Is an alert live that nobody silenced?", self.alerts),
            ("silences", "Is a silence about to end, or forgotten?", self.silences),
        )
        here = self._wiring.instance
        return [
            Check(name=f"alertmanager.{what}", item=Item.ALERTING, question=question, ask=ask, instance=here)
            for what, question, ask in declared
        ]

    async def ready(self) -> Answer:
        """No connection is an answer to this question, and a bad one."""
        link = self._client.page("/#/status")
        try:
            code = await self._client.ready()
        except RateLimited:
            raise
        except Unavailable as error:
            return Answer(status=Status.FAIL, summary=str(error), link=link)
        if code != 200:
            return Answer(status=Status.FAIL, summary=f"Not ready: it answers with {code}", link=link)
        # Any proxy says 200 to any address; only Alertmanager tells its version as Alertmanager does.
        version = (await self._status()).version.version.partition("+")[0]
        return Answer(status=Status.OK, summary=f"Ready, version {shown(version, limit=20)}", link=link)

    async def cluster(self) -> Answer:
        return self._linked(judge.cluster(await self._status(), self._peers), "/#/status")

    async def alerts(self) -> Answer:
        limits = judge.Limits(
            warn=self._wiring.limit("alertmanager.alerts", "warn", 1),
            fail=self._wiring.limit("alertmanager.alerts", "fail", 1),
        )
        found = await self._client.live_alerts()
        answer = judge.alerts(found, paging=self._paging, replicas=self._replicas, limits=limits)
        return self._linked(answer, "/#/alerts")

    async def silences(self) -> Answer:
        answer = judge.silences(
            await self._client.silences(),
            self._wiring.outside.now(),
            ends_within=timedelta(hours=self._wiring.limit("alertmanager.silences", "ends_within_hours", 24)),
            longest=timedelta(days=self._wiring.limit("alertmanager.silences", "longest_days", 7)),
        )
        return self._linked(answer, "/#/silences")

    async def look(self, alerts: Sequence[Alert]) -> Standing:
        """By the one list of all that fires, silenced ones too: a silence hides an alert, it does not end it.

        By the fingerprint alone: a second server may give the same alert another start.
        """
        firing = {one.fingerprint for one in await self._client.all_alerts()}
        return Standing(
            fires={one.key for one in alerts if one.id in firing},
            gone={one.key for one in alerts if one.id not in firing},
        )

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        await self._status()
        asks = {"read alerts": self._client.all_alerts, "read silences": self._client.silences}
        return await tried(asks, proven="be reached")

    def _linked(self, answer: Answer, page: str) -> Answer:
        link = self._client.page(page)
        return replace(answer, link=link, evidence=[replace(one, url=link) for one in answer.evidence])


class SilencingAlertmanager(Alertmanager, Silencer):
    """One in which people may silence an alert: by its exact labels, with a comment, in their name."""

    async def silence(
        self, fingerprint: str, labels: Mapping[str, str], until: datetime, by: Author, reason: str, *, once: str
    ) -> str:
        title, mark = self._wiring.titled("Alertmanager"), f"[daywatch {once}]"
        if not reason.strip():
            raise Refused("A silence needs a reason")
        if not labels.get("alertname") or not all(labels.values()):
            raise Refused(f"{title} would silence more than this alert: its labels do not name it")
        wanted = {(name, value, False, True) for name, value in labels.items()}
        live, silences = await both(self._client.all_alerts(), self._client.silences())
        for one in silences:
            same = {(each.name, each.value, each.is_regex, each.is_equal) for each in one.matchers} == wanted
            if same and one.comment.endswith(mark) and one.status.state in ("active", "pending"):
                return one.id
        if not any(one.fingerprint == fingerprint and one.labels == labels for one in live):
            raise NotFound(f"{title} does not have this alert any more")
        # An alert with few labels has others beside it that have all of them, and more.
        others = sum(one.labels != labels and labels.items() <= one.labels.items() for one in live)
        if others:
            raise Refused(f"{title} would silence {others} other alert{'s' if others > 1 else ''} too; do it there")
        matchers = [Matcher.exactly(name, value) for name, value in sorted(labels.items())]
        author = f"{shown(by.name, limit=80)} (daywatch)"
        return await self._client.make_silence(matchers, until, author, f"{shown(reason, limit=300)} {mark}")

    async def end_silence(self, silence: str) -> None:
        """Looked up first: an unknown id is 404 at new servers and 500 at old ones."""
        standing = [one for one in await self._client.silences() if one.status.state in ("active", "pending")]
        if any(one.id == silence for one in standing):
            await self._client.expire_silence(silence)


def _login(settings: AlertmanagerSettings) -> tuple[Headers, Sequence[str]]:
    """The headers that log in, and the variables they come from."""
    if settings.username and not settings.bearer_token.get_secret_value():
        return basic(settings.username, settings.password), ("ALERTMANAGER_USERNAME", "ALERTMANAGER_PASSWORD")
    token = settings.bearer_token
    return bearer(token) if token.get_secret_value() else {}, ("ALERTMANAGER_BEARER_TOKEN",)
