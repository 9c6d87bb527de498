"""LaunchDarkly's answers to the morning checklist, its flags, and the switch for them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bot.domain import flag as ours
from bot.domain.capabilities import ChangeLog, DailyCheck, Flags, Probe, Switchboard
from bot.domain.change import Change
from bot.domain.check import Answer, Check, Item
from bot.domain.errors import NotFound
from bot.domain.person import Author
from bot.integrations import Wiring
from bot.integrations.http import once_per, shown
from bot.integrations.launchdarkly import judge
from bot.integrations.launchdarkly.client import LaunchDarklyClient
from bot.integrations.launchdarkly.news import SOURCE, change_of, page_of
from bot.integrations.launchdarkly.settings import LaunchDarklySettings
from bot.integrations.launchdarkly.shapes import Entry, Flag, FlagStatus
from bot.integrations.probing import Ask, tried
from bot.integrations.together import both, every

_SHARED_FOR: Final = 5.0
_DAYS: Final = 40
_VERSION: Final = "20240415"
"""https://launchdarkly.com/docs/guides/api/api-versions: the newest may change under us."""


class LaunchDarkly(DailyCheck, ChangeLog, Flags, Probe):
    def __init__(self, client: LaunchDarklyClient, settings: LaunchDarklySettings, wiring: Wiring) -> None:
        self._client = client
        self._settings = settings
        self._wiring = wiring
        self._projects = tuple(dict.fromkeys(settings.project))
        self._environment = settings.environment.strip()
        self._flags = once_per(_SHARED_FOR, self._all_flags)

    @staticmethod
    def connect(settings: LaunchDarklySettings, wiring: Wiring) -> "LaunchDarkly | None":
        """With a switch only where the settings say that people may use it."""
        if not settings.on("read"):
            return None
        api = wiring.outside.api(
            title=wiring.titled("LaunchDarkly"),
            base_url=settings.address,
            headers={"authorization": settings.access_token, "ld-api-version": _VERSION},  # without "Bearer"
            address="LAUNCHDARKLY_API_URL",
            variables=("LAUNCHDARKLY_ACCESS_TOKEN",),
            right="read flags and the audit log (role Reader)",
        )
        kind = SwitchingLaunchDarkly if settings.on("write") else LaunchDarkly
        return kind(LaunchDarklyClient(api), settings, wiring)

    @property
    def source(self) -> str:
        return SOURCE

    def checks(self) -> Sequence[Check]:
        declared = (
            ("changes", "Which flags were changed in production since yesterday?", self.changes),
            ("stale", "Which flags could be taken out?", self.stale),
            ("kill_switches", "Is a kill switch pulled in production?", self.kill_switches),
        )
        here = self._wiring.instance
        return [
            Check(name=f"launchdarkly.{what}", item=Item.DEPLOYMENTS, question=question, ask=ask, instance=here)
            for what, question, ask in declared
        ]

    async def changes(self) -> Answer:
        hours = self._wiring.limit("launchdarkly.changes", "hours", 24)
        since = self._wiring.outside.now() - timedelta(hours=hours)
        _, entries = await both(self._flags(), self._entries(since))
        pages = {one.id: change.url for one in entries if (change := change_of(one, self._settings.address))}
        answer = judge.changes(entries, hours)
        return self._linked(answer, lambda key: pages.get(key.removeprefix("entry:")))

    async def stale(self) -> Answer:
        flags, statuses = await both(self._flags(), self._statuses())
        answer = judge.stale(
            flags,
            dict(zip(self._projects, statuses, strict=True)),
            self._wiring.outside.now(),
            days=self._wiring.limit("launchdarkly.stale", "days", _DAYS),
            warn=self._wiring.limit("launchdarkly.stale", "warn", 1),
        )
        return self._linked(answer, self._pages(flags).get)

    async def kill_switches(self) -> Answer:
        flags = await self._flags()
        pulled = self._settings.kill_switches_are_pulled == "on"
        answer = judge.kill_switches(flags, self._environment, self._settings.kill_switch_tags, pulled=pulled)
        return self._linked(answer, self._pages(flags).get)

    async def changed(self, since: datetime) -> Sequence[Change]:
        told = (change_of(one, self._settings.address) for one in await self._entries(since))
        return [one for one in told if one is not None]

    async def flags(self) -> Sequence[ours.Flag]:
        flags, statuses = await both(self._flags(), self._statuses())
        given = zip(self._projects, statuses, strict=True)
        known = {(project, one.flag): one.name for project, found in given for one in found}
        return [self._flag(one, known.get((one.project, one.key))) for one in flags]

    async def flag(self, project: str, key: str) -> ours.Flag:
        return self._flag(await self._one(project, key, self._environment), None)

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        now = self._wiring.outside.now()
        tries: dict[str, Ask] = {
            "read flags": self._flags,
            "read the status of flags": self._statuses,
            "read the audit log": partial(self._entries, now),
        }
        return await tried(tries)

    async def _all_flags(self) -> Sequence[Flag]:
        found = await every(self._client.flags(project, self._environment) for project in self._projects)
        told = zip(self._projects, found, strict=True)
        return [one for project, flags in told for one in judge.found_in(flags, project, self._environment)]

    async def _statuses(self) -> Sequence[Sequence[FlagStatus]]:
        return await every(self._client.statuses(project, self._environment) for project in self._projects)

    async def _entries(self, since: datetime) -> Sequence[Entry]:
        found = await every(self._client.log(project, self._environment, since) for project in self._projects)
        return list({one.id: one for entries in found for one in entries}.values())

    async def _one(self, project: str, key: str, environment: str) -> Flag:
        found = await self._client.flag(project, key, environment)
        if found.archived:
            raise NotFound(f"{shown(key, limit=60)} is archived in {self._wiring.titled('LaunchDarkly')}")
        if environment not in found.environments:
            raise NotFound(f"{shown(key, limit=60)} knows no environment {shown(environment, limit=40)}")
        return found

    def _flag(self, one: Flag, status: str | None) -> ours.Flag:
        now, days = self._wiring.outside.now(), self._wiring.limit("launchdarkly.stale", "days", _DAYS)
        return ours.Flag(
            source=SOURCE,
            project=one.project,
            key=one.key,
            title=one.name or one.key,
            states=tuple(
                ours.FlagState(
                    environment=name,
                    on=config.on,
                    production=name == self._environment,
                    detail=_variations(len(config.summary.variations)) if config.summary else "",
                )
                for name, config in one.environments.items()
            ),
            kind="temporary" if one.temporary else "permanent",
            stale=judge.why_stale(one, status, now, days),
            kill_switch=judge.is_kill_switch(one, self._settings.kill_switch_tags),
            owner=one.maintainer.email if one.maintainer else "",
            url=self._page(one),
        )

    def _page(self, one: Flag) -> str:
        return page_of(self._settings.address, one.project, one.key, self._environment)

    def _pages(self, flags: Sequence[Flag]) -> dict[str, str]:
        return {f"flag:{judge.key_of(one)}": self._page(one) for one in flags}

    def _linked(self, answer: Answer, own: Callable[[str], str | None]) -> Answer:
        """With the place where a person would look, for each finding its own where it has one."""
        page = f"{page_of(self._settings.address, self._projects[0], '', self._environment)}".rstrip("/")
        return replace(answer, link=page, evidence=[replace(one, url=own(one.key) or page) for one in answer.evidence])


class SwitchingLaunchDarkly(LaunchDarkly, Switchboard):
    async def switch(self, flag: ours.Flag, environment: str, *, on: bool, by: Author, why: str) -> None:
        """Its targeting is set up there, so that on means what was agreed on; the comment says who asked and why."""
        there = await self._one(flag.project, flag.key, environment)
        if there.environments[environment].on is on:
            return
        comment = shown(f"{by.name}, by Daywatch: {why}", limit=500)
        await self._client.switch(flag.project, flag.key, environment, on=on, comment=comment)


def _variations(number: int) -> str:
    return f"{number} variation{'' if number == 1 else 's'}" if number else ""
