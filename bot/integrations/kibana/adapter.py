"""Kibana's answers to the morning checklist."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from pydantic import SecretStr

from bot.domain.capabilities import DailyCheck, Probe
from bot.domain.check import Answer, Check, Item, Status
from bot.integrations import Wiring
from bot.integrations.address import Headers
from bot.integrations.http import basic, segment, shown
from bot.integrations.kibana import judge, shapes
from bot.integrations.kibana.client import KibanaClient
from bot.integrations.kibana.settings import KibanaSettings
from bot.integrations.kibana.shapes import Rule
from bot.integrations.probing import Ask, tried
from bot.integrations.together import every

_RULES_PAGE: Final = "/app/management/insightsAndAlerting/triggersActions/rules"


class Kibana(DailyCheck, Probe):
    def __init__(self, client: KibanaClient, settings: KibanaSettings, wiring: Wiring) -> None:
        self._client = client
        self._wiring = wiring
        self._spaces = tuple(dict.fromkeys(settings.spaces))
        self._paging = frozenset(tag.lower() for tag in settings.paging_tags)

    @classmethod
    def connect(cls, settings: KibanaSettings, wiring: Wiring) -> "Kibana":
        login, variables = _login(settings)
        api = wiring.outside.api(
            title=wiring.titled("Kibana"),
            base_url=settings.url,
            headers={**login, "kbn-xsrf": "true"},
            verify=(settings.ca_file or True) if settings.verify_tls else False,
            allow_plain_http=settings.allow_plain_http,
            address="KIBANA_URL",
            variables=variables,
            right="read rules (Kibana feature Stack Rules: read)",
        )
        return cls(KibanaClient(api), settings, wiring)

    def checks(self) -> Sequence[Check]:
        declared = (
            ("status", Item.DASHBOARDS, "Is it available, and all that it stands on?", self.status),
            ("rules", Item.ALERTING, "Did a rule fail, or has one an active alert?", self.rules),
            ("framework", Item.ALERTING, "Can rules be read, decrypted and run?", self.framework),
        )
        here = self._wiring.instance
        return [
            Check(name=f"kibana.{what}", item=item, question=question, ask=ask, instance=here)
            for what, item, question, ask in declared
        ]

    async def status(self) -> Answer:
        link = self._client.page("/status")
        found = await self._client.status()
        if found.status == 503 and not found.is_json:
            words = shown(f"Not available: {found.why() or 'it answers with 503'}")
            return Answer(status=Status.FAIL, summary=words, link=link)
        answer = judge.status(found.read_as(shapes.Status))
        if found.status == 503 and answer.status is not Status.FAIL:
            answer = replace(answer, status=Status.FAIL, summary=f"It answers with 503. {answer.summary}", reason=None)
        return replace(answer, link=link, evidence=[replace(one, url=link) for one in answer.evidence])

    async def rules(self) -> Answer:
        listed = dict(zip(self._spaces, await every(self._client.rules(one) for one in self._spaces), strict=True))
        answer = judge.rules(listed, self._wiring.outside.now(), paging=self._paging)
        pages = {
            judge.key_of(space, rule): self._page(space, rule) for space, found in listed.items() for rule in found
        }
        link = self._client.page(_RULES_PAGE, next(iter(self._spaces), "default"))
        return replace(
            answer, link=link, evidence=[replace(one, url=pages.get(one.key, link)) for one in answer.evidence]
        )

    async def framework(self) -> Answer:
        answer = judge.framework(await self._client.framework())
        link = self._client.page(_RULES_PAGE)
        return replace(answer, link=link, evidence=[replace(one, url=link) for one in answer.evidence])

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        await self._client.status()
        tries: dict[str, Ask] = {
            f"read rules of the space {shown(space, limit=40)}": partial(self._client.rules, space)
            for space in self._spaces
        }
        return await tried({**tries, "read the state of alerting": self._client.framework}, proven="be reached")

    def _page(self, space: str, rule: Rule) -> str:
        return self._client.page(f"{_RULES_PAGE.removesuffix('s')}/{segment(rule.id)}", space)


def _login(settings: KibanaSettings) -> tuple[Headers, Sequence[str]]:
    """The headers that log in, and the variables they come from."""
    if settings.username and not settings.api_key.get_secret_value():
        return basic(settings.username, settings.password), ("KIBANA_USERNAME", "KIBANA_PASSWORD")
    key = settings.api_key.get_secret_value().strip()
    return {"authorization": SecretStr(f"ApiKey {key}")} if key else {}, ("KIBANA_API_KEY",)
