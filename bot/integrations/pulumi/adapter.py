"""Pulumi's answers to the morning checklist: drift and updates of Pulumi Cloud, and the previews that CI posted."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from pydantic import SecretStr

from bot.domain.capabilities import ChangeLog, DailyCheck, Probe, Reports
from bot.domain.change import Change
from bot.domain.check import Answer, Check, Item
from bot.domain.errors import Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.http import once_per, segment
from bot.integrations.probing import Ask, tried
from bot.integrations.pulumi import judge, reported
from bot.integrations.pulumi.changes import SOURCE, change_of
from bot.integrations.pulumi.client import PulumiClient
from bot.integrations.pulumi.judge import Drift, Seen, key_of
from bot.integrations.pulumi.settings import PulumiSettings
from bot.integrations.pulumi.shapes import Stack, Update
from bot.integrations.reports import Lookout
from bot.integrations.together import every

_SHARED_FOR: Final = 5.0
_AT_ONCE: Final = 6
_MOST_ASKED: Final = 300
_LONGEST_UPDATE: Final = timedelta(hours=3)
"""The list tells when an update began; one that took longer is told by its webhook alone."""
_PATIENCE: Final = 30.0


def connect(settings: PulumiSettings, wiring: Wiring) -> "Pulumi | Previews | None":
    if not settings.on("read"):
        return Previews(wiring.reports, settings, wiring) if wiring.reports is not None else None
    api = wiring.outside.api(
        title=wiring.titled("Pulumi Cloud"),
        base_url=settings.api_url,
        headers={
            "authorization": SecretStr(f"token {settings.access_token.get_secret_value().strip()}"),
            "accept": "application/vnd.pulumi+8",
            "content-type": "application/json",
        },
        verify=settings.ca_file or True,
        allow_plain_http=settings.allow_plain_http,
        address="PULUMI_API_URL",
        variables=("PULUMI_ACCESS_TOKEN",),
        right="read the organization's stacks",
    )
    return Pulumi(PulumiClient(replace(api, room=asyncio.Semaphore(_AT_ONCE)), settings.org), settings, wiring)


class Previews(DailyCheck):
    """Only what CI posts, for those who keep their state elsewhere."""

    def __init__(self, reports: Reports, settings: PulumiSettings, wiring: Wiring) -> None:
        self._lookout = Lookout.of(reports, settings, SOURCE)
        self._wiring = wiring

    def checks(self) -> Sequence[Check]:
        question = "Does what CI previewed last show drift, or changes that are not applied?"
        here = self._wiring.instance
        return [Check(name="pulumi.previews", item=Item.DRIFT, question=question, ask=self.previews, instance=here)]

    async def previews(self) -> Answer:
        found = await self._lookout.posted(self._wiring.outside.now())
        if isinstance(found, Answer):
            return found
        return reported.previews(found, self._wiring.limit("pulumi.previews", "fail", 10))


class Pulumi(DailyCheck, ChangeLog, Probe):
    def __init__(self, client: PulumiClient, settings: PulumiSettings, wiring: Wiring) -> None:
        self._client = client
        self._wiring = wiring
        self._console = settings.console_url.strip().rstrip("/")
        self._org = settings.org.strip()
        self._watched = tuple(dict.fromkeys(name.removeprefix(f"{self._org}/") for name in settings.stacks))
        self._previews = Previews(wiring.reports, settings, wiring) if wiring.reports is not None else None
        self._stacks = once_per(_SHARED_FOR, client.stacks)

    @property
    def source(self) -> str:
        return SOURCE

    def checks(self) -> Sequence[Check]:
        declared = (
            ("drift", Item.DRIFT, "Did a stack drift, by its drift detection?", self.drift),
            ("updates", Item.PIPELINES, "Did an update fail, or is one stuck?", self.updates),
        )
        here = self._wiring.instance
        ours = [
            Check(name=f"pulumi.{what}", item=item, question=question, ask=ask, instance=here, patience=_PATIENCE)
            for what, item, question, ask in declared
        ]
        return [*ours, *(self._previews.checks() if self._previews is not None else ())]

    async def drift(self) -> Answer:
        stacks, missing = await self._looked_at()
        told = await every(map(self._drift, stacks))
        _raise_if_all(told)
        seen = [Seen(stack=one, told=found) for one, found in zip(stacks, told, strict=True)]
        oldest = timedelta(hours=self._wiring.limit("pulumi.drift", "max_age_hours", 26))
        return self._linked(judge.drift(seen, missing, self._wiring.outside.now(), oldest), stacks, "/drift")

    async def updates(self) -> Answer:
        stacks, missing = await self._looked_at()
        told = await every(map(self._newest, stacks))
        _raise_if_all(told)
        seen = [Seen(stack=one, told=found) for one, found in zip(stacks, told, strict=True)]
        stuck = timedelta(minutes=self._wiring.limit("pulumi.updates", "stuck_minutes", 60))
        answer = judge.updates(seen, missing, bool(self._watched), self._wiring.outside.now(), stuck)
        return self._linked(answer, stacks, "/updates")

    async def changed(self, since: datetime) -> Sequence[Change]:
        """Only stacks that were updated since then are asked; where that is not told, they are asked as well."""
        early = since - _LONGEST_UPDATE
        stacks = [one for one in await self._stacks() if one.last_update is None or one.last_update >= early]
        if len(stacks) > _MOST_ASKED:
            raise Refused(f"More than {_MOST_ASKED} stacks were updated in this time; not all seen")
        told = await every(self._client.updates_since(one, early) for one in stacks)
        return [
            change_of(update, stack, self._console, otherwise=since)
            for stack, found in zip(stacks, told, strict=True)
            for update in found
            if (update.info.ended or update.info.started or since) >= since or update.info.result == "in-progress"
        ]

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        stacks = await self._stacks()
        tries: dict[str, Ask] = {}
        for stack in stacks[:1]:
            tries["read updates"] = partial(self._client.newest_update, stack)
            tries["read drift detection"] = partial(self._client.drift, stack)
        return await tried(tries, proven=f"read stacks ({len(stacks)} seen)")

    async def _looked_at(self) -> tuple[Sequence[Stack], Sequence[str]]:
        """The stacks that count, and the names of those that are missing."""
        found = await self._stacks()
        missing: Sequence[str] = ()
        if self._watched:
            there = {one.short: one for one in found}
            missing = [name for name in self._watched if name not in there]
            found = [there[name] for name in self._watched if name in there]
        if len(found) > _MOST_ASKED:
            raise Refused(f"There are more than {_MOST_ASKED} stacks; name those that count in PULUMI_STACKS")
        return found, missing

    async def _drift(self, stack: Stack) -> Drift | VendorError:
        try:
            return await self._client.drift(stack)
        except VendorError as error:
            return error

    async def _newest(self, stack: Stack) -> Update | VendorError | None:
        try:
            return await self._client.newest_update(stack)
        except VendorError as error:
            return error

    def _linked(self, answer: Answer, stacks: Sequence[Stack], page: str) -> Answer:
        """With the place where a person would look, for each stack its own."""
        own = {key_of(one): f"{self._console}/{'/'.join(map(segment, one.path))}{page}" for one in stacks}
        start = f"{self._console}/{segment(self._org)}"
        evidence = [replace(one, url=own.get(one.key, start)) for one in answer.evidence]
        return replace(answer, link=start, evidence=evidence)


def _raise_if_all(told: Sequence[object]) -> None:
    failures = [one for one in told if isinstance(one, VendorError)]
    if failures and len(failures) == len(told):
        raise failures[0]
