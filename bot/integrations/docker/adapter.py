"""A Docker host's answers to the morning checklist, and its new containers for the record of changes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.domain.capabilities import ChangeLog, DailyCheck, Probe
from bot.domain.change import Change
from bot.domain.check import Answer, Check, Item
from bot.domain.errors import NotInstalled
from bot.integrations import Wiring
from bot.integrations.docker import judge, support, things
from bot.integrations.docker.changes import SETTLED, SOURCE, changes
from bot.integrations.docker.client import Container, DockerClient
from bot.integrations.docker.place import place_of
from bot.integrations.docker.settings import DockerSettings
from bot.integrations.docker.shapes import Image
from bot.integrations.probing import Ask, tried
from bot.integrations.together import both

_HOURS = 24
_PATIENCE = 30.0
"""Seconds. Each container is asked for by itself; and what its disk holds, an engine has to count."""


class Docker(DailyCheck, Probe, ChangeLog):
    def __init__(self, client: DockerClient, settings: DockerSettings, wiring: Wiring) -> None:
        self._client = client
        self._wiring = wiring
        self._must = tuple(name.removeprefix("/") for name in settings.containers)

    @classmethod
    def connect(cls, settings: DockerSettings, wiring: Wiring) -> "Docker":
        place = place_of(settings)
        api = wiring.outside.api(
            title=wiring.titled("Docker"),
            base_url=place.base_url,
            verify=place.authority or True,
            certificate=place.certificate,
            socket=place.socket,
            address="DOCKER_HOST",
            variables=("DOCKER_CERT_PATH",),
            right="read",
        )
        return cls(DockerClient(replace(api, wrong=place.wrong) if place.wrong else api), settings, wiring)

    def checks(self) -> Sequence[Check]:
        declared: Sequence[tuple[str, Item, str, Callable[[], Awaitable[Answer]]]] = (
            ("engine", Item.DASHBOARDS, "Is the engine up?", self.engine),
            (
                "containers",
                Item.DASHBOARDS,
                "Do all containers run that should, and are they healthy?",
                self.containers,
            ),
            ("restarts", Item.DASHBOARDS, "Did a container restart, die or run out of memory?", self.restarts),
            ("disk", Item.DASHBOARDS, "How much could be freed on its disk?", self.disk),
            ("images", Item.PATCHES, "Are the images that run young enough?", self.images),
        )
        if self._wiring.lifecycles is not None:
            asks = "Are engine, system and images of releases that are supported?"
            declared = (*declared, ("support", Item.PATCHES, asks, self.support))
        here = self._wiring.instance
        return [
            Check(name=f"docker.{what}", item=item, question=question, ask=ask, instance=here, patience=_PATIENCE)
            for what, item, question, ask in declared
        ]

    async def engine(self) -> Answer:
        return things.engine(await self._client.info())

    async def containers(self) -> Answer:
        return judge.containers(await self._client.containers(), self._must, self._wiring.outside.now())

    async def restarts(self) -> Answer:
        hours = min(max(1.0, self._limit("restarts")("hours", _HOURS)), 24.0 * 366)
        found, now = await self._client.containers(), self._wiring.outside.now()
        theirs = self._theirs(now) - timedelta(seconds=2)
        events = await self._client.bad_events(theirs - timedelta(hours=hours), theirs)
        return judge.restarts(found, events, now, hours)

    async def disk(self) -> Answer:
        return things.disk(await self._client.disk(), self._limit("disk"))

    async def support(self) -> Answer:
        if self._wiring.lifecycles is None:
            raise NotInstalled("Nothing is known about the support of releases")
        facts = self._wiring.lifecycles.facts()
        info, found = await both(self._client.info(), self._client.containers())
        running = [one for used in things.live(found).values() for one in used]
        return support.support(info, running, facts, self._wiring.today())

    async def images(self) -> Answer:
        used = things.live(await self._client.containers())
        found = {reference: await self._client.image(reference) for reference in used if reference}
        return things.images(used, found, self._wiring.outside.now(), self._limit("images"))

    @property
    def source(self) -> str:
        return SOURCE

    async def changed(self, since: datetime) -> Sequence[Change]:
        return changes(await self._client.made_since(since - SETTLED), self._wiring.outside.now())

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        tries: Mapping[str, Ask] = {
            "be reached, and tell about itself": self._client.info,
            "list and inspect containers": self._client.containers,
            "inspect images": self._an_image,
            "read events": self.restarts,
        }
        return await tried(tries)

    async def _an_image(self) -> Image | None:
        found: Sequence[Container] = await self._client.containers()
        reference = next((one.listed.image_id or one.listed.image for one in found), "")
        return await self._client.image(reference) if reference else None

    def _theirs(self, now: datetime) -> datetime:
        """The engine's own time: an end of the events that is to come for it would keep us waiting until then."""
        ahead = self._wiring.outside.apart.get(self._wiring.titled("Docker"), 0.0)
        return now + timedelta(seconds=max(-86_400.0, min(ahead, 86_400.0)))

    def _limit(self, what: str) -> Callable[[str, float], float]:
        return partial(self._wiring.limit, f"docker.{what}")
