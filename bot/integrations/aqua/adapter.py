"""Aqua's answers to the morning checklist."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from bot.domain.capabilities import DailyCheck, Probe
from bot.domain.check import Answer, Check, Item
from bot.integrations import Wiring
from bot.integrations.aqua import judge
from bot.integrations.aqua.client import AquaClient
from bot.integrations.aqua.places import Places, places_of
from bot.integrations.aqua.session import Session
from bot.integrations.aqua.settings import AquaSettings
from bot.integrations.probing import Ask, tried

_PATIENCE = 45.0
"""Seconds. Ten calls a second is what Aqua's own client does, and long lists have many pages."""


class Aqua(DailyCheck, Probe):
    def __init__(self, client: AquaClient, places: Places, wiring: Wiring) -> None:
        self._client = client
        self._places = places
        self._wiring = wiring

    @classmethod
    def connect(cls, settings: AquaSettings, wiring: Wiring) -> "Aqua":
        places = places_of(settings)
        return cls(AquaClient(Session(settings, places, wiring)), places, wiring)

    def checks(self) -> Sequence[Check]:
        declared = (
            ("policy", "Does every image meet its policy?", self.policy),
            ("vulnerabilities", "Is anything critical or high open that has a fix?", self.vulnerabilities),
            ("scans", "Was every image scanned lately?", self.scans),
            ("enforcers", "Are all enforcers connected?", self.enforcers),
        )
        here = self._wiring.instance
        return [
            Check(
                name=f"aqua.{what}",
                item=Item.SECURITY,
                question=question,
                ask=ask,
                instance=here,
                patience=_PATIENCE,
            )
            for what, question, ask in declared
        ]

    async def policy(self) -> Answer:
        every = await self._client.images()
        return self._linked(judge.policy(every, await self._client.disallowed()))

    async def vulnerabilities(self) -> Answer:
        images = await self._client.images()
        seen = await self._client.findings()
        return self._linked(judge.vulnerabilities(seen, len(images), self._wiring.outside.now()))

    async def scans(self) -> Answer:
        found = await self._client.images()
        return self._linked(judge.scans(found, self._wiring.outside.now(), self._limit("scans")))

    async def enforcers(self) -> Answer:
        return self._linked(judge.enforcers(await self._client.enforcers(), self._limit("enforcers")))

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        tries: Mapping[str, Ask] = {
            "log in and read images": self._client.images,
            "read vulnerabilities": self._client.findings,
            "read enforcers": self._client.enforcers,
        }
        return await tried(tries)

    def _limit(self, what: str) -> Callable[[str, float], float]:
        return partial(self._wiring.limit, f"aqua.{what}")

    def _linked(self, answer: Answer) -> Answer:
        return replace(answer, link=self._places.console)
