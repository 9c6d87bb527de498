"""Jenkins where people may act: builds run again, stopped, and let go on where they wait."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from bot.domain.capabilities import Pipelines
from bot.domain.errors import NotFound, Refused, Unavailable
from bot.domain.person import Author
from bot.integrations import Wiring
from bot.integrations.jenkins.adapter import Jenkins
from bot.integrations.jenkins.builds import Place
from bot.integrations.jenkins.client import JenkinsClient
from bot.integrations.jenkins.client import place as at
from bot.integrations.jenkins.hands import JenkinsHands
from bot.integrations.jenkins.settings import JenkinsSettings
from bot.integrations.jenkins.shapes import Action, Build

_LOOKS: Final = 15
_JUST_NOW: Final = timedelta(hours=1)
"""A build of ours with the same parameters that began so lately is the one that was asked for, not an earlier wish."""


class ActingJenkins(Jenkins, Pipelines):
    """By the user whose token it is; who asked stands in our own record, since Jenkins has no place for it."""

    def __init__(
        self,
        client: JenkinsClient,
        hands: JenkinsHands,
        settings: JenkinsSettings,
        wiring: Wiring,
        *,
        pause: float = 1.0,
    ) -> None:
        super().__init__(client, settings, wiring)
        self._hands = hands
        self._user = settings.user
        self._pause = pause

    async def rerun(self, run: str, by: Author, *, once: str) -> str:  # noqa: ARG002 - Jenkins keeps neither
        """With the parameters of that build. One of ours that waits already, or began after it just now, is taken."""
        place, build = await self._build(run)
        if build.running:
            return run
        parameters = self._parameters(build)
        begun = await self._begun(place, parameters)
        if begun is not None:
            return begun
        item = await self._waiting(place, parameters)
        if item is None:
            takes = await self._client.takes_parameters(place.path)
            item = await self._hands.start(place.path, parameters if takes else None)
        return await self._run_of(place, item, parameters)

    async def cancel(self, run: str, by: Author) -> None:  # noqa: ARG002 - Jenkins keeps nobody's name
        """By `stop`; a pipeline that does not heed it is terminated."""
        place, build = await self._build(run)
        for end in (self._hands.stop, self._hands.terminate):
            if not build.running:
                return
            await end(place.path, place.number)
            for _ in range(_LOOKS):
                build = await self._client.build(place.path, place.number)
                if not build.running:
                    return
                await asyncio.sleep(self._pause)
        raise Unavailable(f"{self._title} was asked to stop #{place.number}, but it still runs")

    async def approve(self, run: str, by: Author, words: str) -> None:  # noqa: ARG002 - an input takes no words
        place, build = await self._build(run)
        waits = await self._client.inputs(place.path, place.number) if build.running else []
        if not waits:
            raise Refused(f"#{place.number} waits for nobody (any more)")
        if len(waits) > 1:
            raise Refused(f"#{place.number} waits at {len(waits)} places at once. Answer it in {self._title}.")
        if waits[0].inputs:
            raise Refused(f"#{place.number} asks for values, not only for a yes. Answer it in {self._title}.")
        await self._hands.proceed(place.path, place.number, waits[0].id)

    async def _build(self, run: str) -> tuple[Place, Build]:
        """The build, if it is this controller's: another may have a job of the same name."""
        place = Place.of_id(run)
        if place is None:
            raise NotFound(f"{self._title} has no such build")
        build = await self._client.build(place.path, place.number)
        told = Place.of_url(build.url) or Place.of_url(self._client.page(at(place.path) + f"/{place.number}/"))
        if told is None or told.id != run:
            raise NotFound(f"{self._title} has no such build: it belongs to another controller")
        return place, build

    def _parameters(self, build: Build) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for one in (each for action in build.said for each in action.parameters):
            if not isinstance(one.value, str | bool | int | float):
                raise Refused(
                    f"#{build.number} was built with a secret or a file, which {self._title} does not tell. "
                    "Run it again there."
                )
            found[one.name] = str(one.value).lower() if isinstance(one.value, bool) else str(one.value)
        return found

    async def _begun(self, place: Place, parameters: Mapping[str, str]) -> str | None:
        for build in await self._client.builds(place.path):
            lately = build.started is not None and self._now() - build.started < _JUST_NOW
            if build.number > place.number and lately and self._ours(build.said) and _same(build.said, parameters):
                return self._id(place, build.number)
        return None

    async def _waiting(self, place: Place, parameters: Mapping[str, str]) -> int | None:
        """Our own item in the queue, if a try before this one put it there."""
        for one in (await self._client.queued()).items:
            said = [action for action in one.actions if action is not None]
            job = Place.of_url(f"{one.task.url.rstrip('/')}/0") if one.task else None
            if job and job.path == place.path and self._ours(said) and _same(said, parameters):
                return one.id
        return None

    async def _run_of(self, place: Place, item: int | None, parameters: Mapping[str, str]) -> str:
        """Which build came of it. An item that has left the queue is soon forgotten; then the builds tell."""
        why = ""
        for _ in range(_LOOKS):
            found = await self._client.queue_item(item) if item is not None else None
            if found is not None and found.cancelled:
                raise Refused(f"{self._title}: somebody took the new build out of the queue")
            if found is not None and found.executable is not None:
                return self._id(place, found.executable.number)
            if found is None:
                begun = await self._of_item(place, item) or await self._begun(place, parameters)
                if begun is not None:
                    return begun
            why = found.why if found is not None else ""
            await asyncio.sleep(self._pause)
        raise Unavailable(f"{self._title} was asked to build, but it has not begun: {why or 'it waits in the queue'}")

    async def _of_item(self, place: Place, item: int | None) -> str | None:
        builds = await self._client.builds(place.path) if item is not None else []
        return next((self._id(place, one.number) for one in builds if one.queue_id == item), None)

    def _ours(self, said: Sequence[Action]) -> bool:
        return any(cause.user_id == self._user for one in said for cause in one.causes)

    @staticmethod
    def _id(place: Place, number: int) -> str:
        return Place(root=place.root, path=place.path, number=number).id


def _same(said: Sequence[Action], parameters: Mapping[str, str]) -> bool:
    """Whether what was asked for is what it was started with; defaults may have come on top."""
    given = {
        one.name: str(one.value).lower() if isinstance(one.value, bool) else str(one.value)
        for action in said
        for one in action.parameters
    }
    return parameters.items() <= given.items()
