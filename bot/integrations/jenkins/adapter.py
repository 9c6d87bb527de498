"""Jenkins' answers to the morning checklist, and what it built lately."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from bot.domain.capabilities import ChangeLog, DailyCheck, Probe
from bot.domain.change import Change
from bot.domain.check import Answer, Check, Item, Status
from bot.domain.errors import RateLimited, Refused, Unavailable
from bot.integrations import Wiring
from bot.integrations.http import once_per
from bot.integrations.jenkins import house, judge, waiting
from bot.integrations.jenkins.builds import SOURCE, Place, Reading
from bot.integrations.jenkins.client import MOST_BUILDS, JenkinsClient
from bot.integrations.jenkins.settings import JenkinsSettings
from bot.integrations.jenkins.shapes import Build
from bot.integrations.jenkins.watched import Watch, Watched
from bot.integrations.probing import Ask, tried
from bot.integrations.together import every

_SHARED_FOR: Final = 5.0
_PATIENCE: Final = 20.0
"""Folders are walked through level by level."""
_FEW: Final = 10
_LONGEST_PAGE: Final = 1_500
"""Of an address that a message can hold as a link."""


class Jenkins(DailyCheck, ChangeLog, Probe):
    def __init__(self, client: JenkinsClient, settings: JenkinsSettings, wiring: Wiring) -> None:
        self._client = client
        self._wiring = wiring
        self._title = wiring.titled("Jenkins")
        self._reading = Reading(settings.deploy_jobs)
        watch = Watch(client, settings.jobs, settings.default_branches, self._title)
        self._watched = once_per(_SHARED_FOR, watch)

    @property
    def source(self) -> str:
        return SOURCE

    def checks(self) -> Sequence[Check]:
        declared = (
            ("controller", "Is it up, and does it start builds?", self.controller),
            ("jobs", "Did the newest build of each watched job succeed?", self.jobs),
            ("running", "Does a build run far longer than usual?", self.running),
            ("waiting", "Does a pipeline wait for a person?", self.waiting),
            ("queue", "Is anything stuck in the queue?", self.queue),
            ("agents", "Are all agents online?", self.agents),
        )
        return [
            Check(
                name=f"jenkins.{what}",
                item=Item.PIPELINES,
                question=question,
                ask=ask,
                instance=self._wiring.instance,
                patience=_PATIENCE,
            )
            for what, question, ask in declared
        ]

    async def controller(self) -> Answer:
        """No connection is an answer to this question, and a bad one."""
        try:
            answer = house.controller(await self._client.controller())
        except RateLimited:
            raise
        except Unavailable as error:
            answer = Answer(status=Status.FAIL, summary=str(error))
        return self._linked(answer)

    async def jobs(self) -> Answer:
        hours = self._limit("jobs")("hours", 72)
        return self._linked(judge.jobs(await self._watched(), self._now(), hours=hours))

    async def running(self) -> Answer:
        limit = self._limit("running")
        found = await self._watched()
        answer = judge.running(found, self._now(), times=limit("times", 3), hours=limit("hours", 24))
        return self._linked(answer)

    async def waiting(self) -> Answer:
        return self._linked(await waiting.judged(self._client, await self._watched()))

    async def queue(self) -> Answer:
        minutes = self._limit("queue")("minutes", 30)
        items = (await self._client.queue()).items
        return self._linked(house.queue(items, self._now(), minutes=minutes))

    async def agents(self) -> Answer:
        return self._linked(house.agents((await self._client.agents()).computer), "/computer/")

    async def changed(self, since: datetime) -> Sequence[Change]:
        """The builds of the watched jobs. One that cannot be read leaves a hole, so that there is no answer."""
        found = await self._watched()
        problem = next((one.problem for one in found if one.problem is not None), None)
        if problem is not None:
            raise problem
        return [change for part in await every(self._built(one, since) for one in found) for change in part]

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        tries: dict[str, Ask] = {
            "be reached": self._client.controller,
            "see the watched jobs": self._every_job,
            "see the queue": self._client.queue,
            "see agents": self._client.agents,
        }
        return await tried(tries)

    async def _every_job(self) -> None:
        for one in await self._watched():
            if one.problem is not None:
                raise Refused(f"{judge.title_of(one.path)}: {one.problem}")

    async def _built(self, one: Watched, since: datetime) -> list[Change]:
        # Asked for every few minutes, so that no more is asked for than is likely to be new.
        if one.job is None or not any(build.running or _since(build, since) for build in one.job.newest):
            return []
        builds = await self._client.builds(one.path, _FEW)
        if len(builds) >= _FEW and all(_since(build, since) for build in builds):
            builds = await self._client.builds(one.path)
        name = judge.title_of(one.path)
        changes = []
        for build in builds:
            page = self._client.page(one.page(build.number))
            place = Place.of_url(build.url) or Place.of_url(page)
            change = self._reading.listed(place, build, page) if place is not None else None
            if change is None:
                raise Refused(f"{self._title} does not tell where or when {name} was built")
            changes.append(change)
        if len(builds) >= MOST_BUILDS and all(one.started_at >= since for one in changes):
            raise Refused(f"{self._title} built {name} more than {MOST_BUILDS} times since; not all were seen")
        return [change for change, build in zip(changes, builds, strict=True) if _since(build, since)]

    def _now(self) -> datetime:
        return self._wiring.outside.now()

    def _limit(self, what: str) -> Callable[[str, float], float]:
        return partial(self._wiring.limit, f"jenkins.{what}")

    def _linked(self, answer: Answer, page: str = "/") -> Answer:
        """With the place where a person would look, for each finding its own where it has one."""
        evidence = [
            replace(one, url=self._client.page(one.url if one.url and len(one.url) <= _LONGEST_PAGE else page))
            for one in answer.evidence
        ]
        return replace(answer, link=self._client.page(page), evidence=evidence)


def _since(build: Build, since: datetime) -> bool:
    """Whether it began or ended since then, or does not tell."""
    last = build.ended or build.started
    return last is None or last >= since
