"""New Relic's answers to the morning checklist."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from pydantic import SecretStr

from bot.domain.capabilities import DailyCheck, Probe
from bot.domain.check import Answer, Check, Item
from bot.domain.errors import VendorError
from bot.integrations import Wiring
from bot.integrations.newrelic import judge
from bot.integrations.newrelic.client import NewRelicClient
from bot.integrations.newrelic.judge import Told
from bot.integrations.newrelic.settings import NewRelicSettings
from bot.integrations.probing import Ask, tried
from bot.integrations.together import every

_BACK: Final = 365
"""Days. Without a window of ours New Relic looks back for one, and an issue stays open as long as its cause does."""
_AT_ONCE: Final = 3
"""New Relic takes 25 calls of a user at a time, from all of that user's programs together."""
_AHEAD: Final = timedelta(minutes=10)
"""Their clock may be ahead of ours."""


class NewRelic(DailyCheck, Probe):
    def __init__(self, client: NewRelicClient, settings: NewRelicSettings, wiring: Wiring) -> None:
        self._client = client
        self._settings = settings
        self._wiring = wiring
        self._accounts = tuple(dict.fromkeys(settings.account_id))

    @classmethod
    def connect(cls, settings: NewRelicSettings, wiring: Wiring) -> "NewRelic | None":
        if not settings.on("read"):
            return None
        api = wiring.outside.api(
            title=wiring.titled("New Relic"),
            base_url=settings.api_address,
            headers={"api-key": SecretStr(settings.api_key.get_secret_value())},
            address="NEW_RELIC_API_URL" if settings.api_url else "NEW_RELIC_REGION",
            variables=("NEW_RELIC_API_KEY",),
            right="read issues and entities with a user key (NRAK-…)",
        )
        return cls(NewRelicClient(replace(api, room=asyncio.Semaphore(_AT_ONCE))), settings, wiring)

    def checks(self) -> Sequence[Check]:
        declared = (
            ("issues", "Is an issue open, and is somebody on it?", self.issues),
            ("entities", "Is an entity critical or in warning?", self.entities),
        )
        here = self._wiring.instance
        return [
            Check(name=f"newrelic.{what}", item=Item.DASHBOARDS, question=question, ask=ask, instance=here)
            for what, question, ask in declared
        ]

    async def issues(self) -> Answer:
        told = await every(self._issues_of(account) for account in self._accounts)
        failures = [one for one in told if isinstance(one, VendorError)]
        if len(failures) == len(told):
            raise failures[0]
        start = self._settings.issue_address
        pages = {account: f"{start}/accounts/{account}/issues/{{issue}}" for account in self._accounts}
        answer = judge.issues(dict(zip(self._accounts, told, strict=True)), pages)
        return self._linked(answer, f"/alerts/issues?account={self._accounts[0]}")

    async def entities(self) -> Answer:
        answer = judge.entities(*await self._client.alerting(self._settings.entity_query.strip()))
        return self._linked(answer, "/entities")

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        tries: dict[str, Ask] = {
            f"see account {account}": partial(self._client.who, account) for account in self._accounts
        }
        tries |= {f"read issues of account {one}": partial(self._open_issues, one) for one in self._accounts}
        tries["read entities"] = self._client.alerting
        return await tried(tries)

    async def _issues_of(self, account: int) -> Told:
        try:
            return await self._open_issues(account)
        except VendorError as error:
            return error

    async def _open_issues(self, account: int) -> Told:
        now = self._wiring.outside.now()
        start = now - timedelta(days=self._wiring.limit("newrelic.issues", "days", _BACK))
        return await self._client.open_issues(
            account, start=int(start.timestamp() * 1_000), end=int((now + _AHEAD).timestamp() * 1_000)
        )

    def _linked(self, answer: Answer, page: str) -> Answer:
        """With the place where a person would look, for each finding its own where it has one."""
        link = self._settings.page_address + page
        return replace(answer, link=link, evidence=[replace(one, url=one.url or link) for one in answer.evidence])
