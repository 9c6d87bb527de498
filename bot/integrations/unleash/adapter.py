"""Unleash's answers to the morning checklist, its flags, and the switch for them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.capabilities import ChangeLog, DailyCheck, Flags, Probe, Switchboard
from bot.domain.change import Change
from bot.domain.check import Answer, Check, Item, Status
from bot.domain.errors import NotFound, RateLimited, Refused, Unavailable
from bot.domain.flag import Flag, FlagState
from bot.domain.person import Author
from bot.integrations import Wiring
from bot.integrations.http import once_per, segment, shown
from bot.integrations.probing import Ask, tried
from bot.integrations.together import both
from bot.integrations.unleash import judge
from bot.integrations.unleash.client import UnleashClient
from bot.integrations.unleash.news import SOURCE, change_of
from bot.integrations.unleash.settings import UnleashSettings
from bot.integrations.unleash.shapes import Environment, Feature, Features, OneEnvironment, OneFeature

_SHARED_FOR: Final = 5.0
_DAYS: Final = 40
"""How old a release flag may grow: https://docs.getunleash.io/reference/feature-toggles#feature-flag-types"""


class Unleash(DailyCheck, ChangeLog, Flags, Probe):
    def __init__(self, client: UnleashClient, settings: UnleashSettings, wiring: Wiring) -> None:
        self._client = client
        self._settings = settings
        self._wiring = wiring
        self._features = once_per(_SHARED_FOR, client.features)

    @staticmethod
    def connect(settings: UnleashSettings, wiring: Wiring) -> "Unleash | None":
        """With a switch only where the settings say that people may use it."""
        if not settings.on("read"):
            return None
        api = wiring.outside.api(
            title=wiring.titled("Unleash"),
            base_url=settings.address,
            headers={"authorization": settings.token},  # without "Bearer"
            verify=(settings.ca_file or True) if settings.verify_tls else False,
            allow_plain_http=settings.allow_plain_http,
            address="UNLEASH_URL",
            variables=("UNLEASH_TOKEN",),
            right="read projects, flags and the event log",
        )
        kind = SwitchingUnleash if settings.on("write") else Unleash
        return kind(UnleashClient(api, settings.projects), settings, wiring)

    @property
    def source(self) -> str:
        return SOURCE

    def checks(self) -> Sequence[Check]:
        declared = (
            ("health", "Is it up and healthy?", self.health),
            ("changes", "Which flags were changed in production since yesterday?", self.changes),
            ("stale", "Which flags could be taken out?", self.stale),
            ("kill_switches", "Is a kill switch pulled in production?", self.kill_switches),
        )
        here = self._wiring.instance
        return [
            Check(name=f"unleash.{what}", item=Item.DEPLOYMENTS, question=question, ask=ask, instance=here)
            for what, question, ask in declared
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
        if found is not None and found.health.upper() == "GOOD":
            return Answer(status=Status.OK, summary="Up, and in good health", link=link)
        words = f"its health is {shown(found.health, limit=40)}" if found else f"it answers with {code}"
        return Answer(status=Status.FAIL, summary=f"Not healthy: {words}", link=link)

    async def changes(self) -> Answer:
        hours = self._wiring.limit("unleash.changes", "hours", 24)
        since = self._wiring.outside.now() - timedelta(hours=hours)
        features, events = await both(self._found(), self._client.events(since))
        answer = judge.changes(events, self._production(features), hours)
        places = {
            f"event:{one.key}": f"/projects/{segment(one.project)}/features/{segment(one.feature)}" for one in events
        }
        return self._linked(answer, "/history", places.get)

    async def stale(self) -> Answer:
        features = await self._found()
        answer = judge.stale(
            features,
            self._production(features),
            self._wiring.outside.now(),
            days=self._wiring.limit("unleash.stale", "days", _DAYS),
            warn=self._wiring.limit("unleash.stale", "warn", 1),
        )
        return self._linked(answer, "/search", self._pages(features).get)

    async def kill_switches(self) -> Answer:
        features = await self._found()
        pulled = self._settings.kill_switches_are_pulled == "on"
        answer = judge.kill_switches(features, self._production(features), pulled=pulled)
        return self._linked(answer, "/search", self._pages(features).get)

    async def changed(self, since: datetime) -> Sequence[Change]:
        told = (change_of(one, self._settings.address) for one in await self._client.events(since))
        return [one for one in told if one is not None]

    async def flags(self) -> Sequence[Flag]:
        features = await self._found()
        live, now = self._production(features), self._wiring.outside.now()
        days = self._wiring.limit("unleash.stale", "days", _DAYS)
        return [
            self._flag(one, one.environments, kind=one.type, stale=judge.why_stale(one, live, now, days))
            for one in features
        ]

    async def flag(self, project: str, key: str) -> Flag:
        found = await self._one(project, key)
        return self._flag(found, found.environments, kind=found.type, stale="marked stale" if found.stale else "")

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        await self._client.health()
        tries: dict[str, Ask] = {
            "read flags": self._found,
            "read the event log": lambda: self._client.events(self._wiring.outside.now()),
        }
        return await tried(tries, proven="be reached")

    async def _found(self) -> Features:
        return judge.found_in(await self._features(), self._settings.projects)

    async def _one(self, project: str, key: str) -> OneFeature:
        found = await self._client.feature(project, key)
        if found.archived:
            raise NotFound(f"{shown(key, limit=60)} is archived in {self._wiring.titled('Unleash')}")
        return found.model_copy(update={"project": found.project or project})

    def _production(self, features: Features) -> frozenset[str]:
        return judge.production(features, self._settings.environments)

    def _flag(self, one: Feature | OneFeature, environments: Sequence[Environment], *, kind: str, stale: str) -> Flag:
        return Flag(
            source=SOURCE,
            project=one.project,
            key=one.name,
            title=one.name,
            states=tuple(
                FlagState(
                    environment=each.name,
                    on=each.enabled,
                    production=each.is_production(self._settings.environments),
                    detail=_detail(each),
                )
                for each in environments
            ),
            kind=kind,
            stale=stale,
            kill_switch=kind.lower() == judge.KILL_SWITCH,
            url=self._client.page(_page(one.project, one.name)),
        )

    def _pages(self, features: Features) -> dict[str, str]:
        return {f"flag:{judge.key_of(one)}": _page(one.project, one.name) for one in features}

    def _linked(self, answer: Answer, page: str, own: Callable[[str], str | None]) -> Answer:
        """With the place where a person would look, for each finding its own where it has one."""
        evidence = [replace(one, url=self._client.page(own(one.key) or page)) for one in answer.evidence]
        return replace(answer, link=self._client.page(page), evidence=evidence)


class SwitchingUnleash(Unleash, Switchboard):
    async def switch(self, flag: Flag, environment: str, *, on: bool, by: Author, why: str) -> None:  # noqa: ARG002 - Unleash keeps neither
        """Unleash writes into its log whose token it was; who asked is in ours."""
        there = await self._one(flag.project, flag.key)
        now = next((one for one in there.environments if one.name == environment), None)
        if now is None:
            raise NotFound(f"{shown(flag.key, limit=60)} knows no environment {shown(environment, limit=40)}")
        if now.enabled is on:
            return
        if on and not _has_a_rule(now):
            # It would add a strategy of its own, one for everybody.
            raise Refused(
                f"{shown(flag.key, limit=60)} has no strategy in {shown(environment, limit=40)}: switched on, everybody"
                " would get it. Add a strategy in Unleash first."
            )
        await self._client.switch(flag.project, flag.key, environment, on=on)


def _has_a_rule(one: OneEnvironment) -> bool:
    return any(not each.disabled for each in one.strategies)


def _detail(one: Environment) -> str:
    if isinstance(one, OneEnvironment):
        named = [each.title or each.name for each in one.strategies if not each.disabled]
        return ", ".join(filter(None, named)) or "no strategy"
    return "no strategy" if one.has_enabled_strategies is False or one.has_strategies is False else ""


def _page(project: str, name: str) -> str:
    return f"/projects/{segment(project)}/features/{segment(name)}"
