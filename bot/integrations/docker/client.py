"""The calls to an engine: reading only, in the newest version of its API that both sides know."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.errors import NotAuthorised, NotFound, Refused
from bot.integrations.docker.shapes import DiskUse, Event, Image, Info, Inspected, Listed
from bot.integrations.foreign import sound
from bot.integrations.http import Api, Response, once_per, segment, shown
from bot.integrations.together import every

_OURS: Final = (1, 56)
_VERSION: Final = re.compile(r"(\d{1,3})\.(\d{1,3})", re.ASCII)
_SHARED_FOR: Final = 5.0
_MOST: Final = 2_000
_AT_ONCE: Final = 8
_STREAMED: Final = frozenset(
    ("application/json", "application/jsonl", "application/x-ndjson", "application/json-seq", "application/jsonlines")
)
_BAD: Final = ("die", "oom", "health_status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    listed: Listed
    inspected: Inspected

    @property
    def agrees(self) -> bool:
        """Whether list and inspection, a moment apart, say the same of it."""
        told = self.inspected.state
        same = self.listed.state.lower() in ("", told.status.lower())
        return same and (not self.listed.unhealthy or told.health.status.lower() == "unhealthy")


class DockerClient:
    """https://docs.docker.com/reference/api/engine/"""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._prefix = once_per(_SHARED_FOR, self._negotiated)
        self.containers = once_per(_SHARED_FOR, self._containers)

    async def info(self) -> Info:
        return (await self._get("/info")).read_as(Info)

    async def disk(self) -> DiskUse:
        return (await self._get("/system/df")).read_as(DiskUse)

    async def image(self, reference: str) -> Image | None:
        """None for one that was removed by force while a container still runs from it."""
        try:
            return (await self._get(f"/images/{segment(reference)}/json")).read_as(Image)
        except NotFound:
            return None

    async def bad_events(self, since: datetime, until: datetime) -> Sequence[Event]:
        """Deaths, out-of-memory and verdicts of health checks, of the last 256 events that the engine keeps.

        `until` must lie in the engine's past: else it streams on until then.
        """
        params = {
            "since": str(int(since.timestamp())),
            "until": str(int(until.timestamp())),
            "filters": json.dumps({"type": ["container"], "event": list(_BAD)}),
        }
        found = self._events(await self._get("/events", params))
        return [
            one
            for one in found
            if one.type == "container"
            and one.action.partition(":")[0].strip() in _BAD
            and (one.time is None or one.time >= since)
        ]

    async def made_since(self, moment: datetime) -> Sequence[Container]:
        """Those that were made since then; the others are not asked for, since this is done every few minutes."""
        return await self._each(lambda one: one.created is not None and one.created >= moment)

    async def _containers(self) -> Sequence[Container]:
        """Once more where something changed while we looked."""
        found = await self._each(lambda _: True)
        return found if all(one.agrees for one in found) else await self._each(lambda _: True)

    async def _each(self, wanted: Callable[[Listed], bool]) -> Sequence[Container]:
        listed = [one for one in await self._listed() if wanted(one)]
        found = await self._inspected(listed)
        lost = {one.reference for one, inspected in zip(listed, found, strict=True) if inspected is None}
        still = lost & {one.reference for one in await self._listed()} if lost else frozenset[str]()
        if still:
            named = ", ".join(shown(one.name, limit=40) for one in listed if one.reference in still)
            raise Refused(shown(f"{self._api.wording.title} lists what it then does not find: {named}"))
        return [
            Container(listed=one, inspected=inspected)
            for one, inspected in zip(listed, found, strict=True)
            if inspected is not None
        ]

    async def _listed(self) -> Sequence[Listed]:
        listed = (await self._get("/containers/json", {"all": "true"})).read_as(list[Listed])
        if len(listed) > _MOST:
            raise Refused(f"{self._api.wording.title} has {len(listed)} containers, more than the {_MOST} we look at")
        return listed

    async def _inspected(self, listed: Sequence[Listed]) -> Sequence[Inspected | None]:
        """A few at a time: what waits for its turn at the door uses up its time there."""
        found: list[Inspected | None] = []
        for first in range(0, len(listed), _AT_ONCE):
            found += await every(self._inspect(one.reference) for one in listed[first : first + _AT_ONCE])
        return found

    async def _inspect(self, reference: str) -> Inspected | None:
        try:
            return (await self._get(f"/containers/{segment(reference)}/json")).read_as(Inspected)
        except NotFound:
            return None

    async def _negotiated(self) -> str:
        """The prefix of paths. A version newer than the engine's is refused by it, and so is one that is too old."""
        found = await self._asked("/_ping", {})
        words = found.text().strip().strip('"')
        if words != "OK":
            raise Refused(f"{self._api.wording.title} answers a ping with: {shown(words, limit=60) or 'nothing'}")
        given = _VERSION.fullmatch(found.headers.get("api-version", "").strip())
        if given is None:
            return ""
        major, minor = min(_OURS, (int(given[1]), int(given[2])))
        return f"/v{major}.{minor}"

    async def _get(self, path: str, params: Mapping[str, str] | None = None) -> Response:
        return await self._asked(await self._prefix() + path, params or {})

    async def _asked(self, path: str, params: Mapping[str, str]) -> Response:
        found = await self._api.get(path, params, answers=(403,))
        if found.status == 403:
            why = f" ({found.why()})" if found.why() else ""
            raise NotAuthorised(
                shown(f"{self._api.wording.title} refused GET {path}{why}", limit=120)
                + ". Allow it in the socket proxy or plugin that guards the engine."
            )
        return found

    def _events(self, found: Response) -> Sequence[Event]:
        """One object after the other, each on a line or behind a record separator; nothing at all when none came."""
        text, title = found.text().replace("\x1e", "\n").strip(), self._api.wording.title
        if text and found.content_type not in _STREAMED:
            kind = found.wording.clean(found.content_type) or "something of no type"
            raise Refused(f"{title} answered with {kind} where events were expected.{found.wording.check_address}")
        decoder, told, at = json.JSONDecoder(), list[Event](), 0
        try:
            while at < len(text):
                one, at = decoder.raw_decode(text, at)
                told.append(Event.model_validate(sound(one)))
                while at < len(text) and text[at].isspace():
                    at += 1
        except (ValueError, RecursionError):  # pydantic's own is a ValueError too
            raise Refused(f"{title} tells its events in a form we do not know") from None  # it quotes what came in
        return told
