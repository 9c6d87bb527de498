"""PagerDuty's REST API as we use it: reads are tried twice, writes once, lists read to their end, answers typed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, Unavailable, VendorError
from bot.integrations.again import pause_before_another
from bot.integrations.foreign import shown
from bot.integrations.pagerduty.library import Guard, Rest
from bot.integrations.pagerduty.notices import complaint
from bot.integrations.pagerduty.payloads import Page
from bot.integrations.threads import Threads, TimedOut

PAGE: Final = 100
DEEPEST: Final = 10_000
"""PagerDuty answers 400 when offset and limit together are more."""


T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Listing(Generic[M]):
    """What a list showed. Not `complete`: there is more than we read, and `total` is how many there are, if told."""

    things: Sequence[M]
    complete: bool = True
    total: int | None = None


class PagerDutyRest:
    def __init__(self, threads: Threads[Rest], guard: Guard, count: Callable[[str, float], None]) -> None:
        self._threads, self._guard, self._count = threads, guard, count

    async def one(self, kind: type[M], path: str, name: str) -> M:
        """The thing at a path, out of its wrapper."""
        return self._unwrapped(kind, await self._read(path, {}), name)

    async def page(
        self, kind: type[M], path: str, params: Mapping[str, Any] | None = None, *, offset: int = 0, limit: int = PAGE
    ) -> tuple[Sequence[M], Page]:
        name = path.rpartition("/")[2]
        asked = {**(params or {}), "limit": limit, "offset": offset, "total": "true"}
        page = self._typed(Page, await self._read(path, asked), name)
        return self._typed_list(kind, page.things(name), name), page

    async def every(
        self, kind: type[M], path: str, params: Mapping[str, Any] | None = None, *, at_most: int = DEEPEST
    ) -> Listing[M]:
        """Every thing on a list, page by page, up to a bound.

        The library's own loop asks for ever when a page is empty and says "more", and stops in silence at 10,000.
        """
        found: list[M] = []
        while True:
            things, page = await self.page(kind, path, params, offset=len(found))
            found.extend(things)
            full = not things or len(found) + PAGE > min(at_most, DEEPEST)
            if full or not page.more:
                return Listing(found, complete=not page.more, total=page.total)

    async def listed(self, kind: type[M], path: str, name: str) -> Sequence[M]:
        """A list that is not paged."""
        answer = await self._read(path, {})
        return self._typed_list(kind, answer.get(name) if isinstance(answer, dict) else None, name)

    async def names(self, path: str) -> Sequence[str]:
        """A list of plain words under the path's own name."""
        name = path.rpartition("/")[2]
        answer = await self._read(path, {})
        match answer:
            case {**fields} if isinstance(words := fields.get(name), list):
                return [str(word) for word in words]
        raise Unavailable(f"{self._guard.wording.title} answered in a form we do not know ({shown(name)})")

    async def put(self, kind: type[M], path: str, body: Mapping[str, Any], *, name: str, sender: str) -> M:
        """Change a thing. `name` is its wrapper, `sender` the e-mail of the user on whose behalf."""
        sent = {"json": {name: dict(body)}, "headers": {"From": sender}}
        return self._unwrapped(kind, await self._counted(lambda rest: rest.jput(path, **sent)), name)

    async def post(self, kind: type[M], path: str, body: Mapping[str, Any], *, name: str, sender: str) -> M:
        """Add a thing."""
        sent = {"json": {name: dict(body)}, "headers": {"From": sender}}
        return self._unwrapped(kind, await self._counted(lambda rest: rest.jpost(path, **sent)), name)

    async def aclose(self) -> None:
        await self._threads.aclose()

    async def _read(self, path: str, params: Mapping[str, Any]) -> Any:
        try:
            return await self._counted(lambda rest: rest.jget(path, params=dict(params)))
        except TimedOut:
            raise
        except Unavailable as error:
            pause = pause_before_another(error)
            if pause is None:
                raise
            await asyncio.sleep(pause)
        return await self._counted(lambda rest: rest.jget(path, params=dict(params)))

    def _unwrapped(self, kind: type[M], answer: object, name: str) -> M:
        return self._typed(kind, answer.get(name) if isinstance(answer, dict) else None, name)

    async def _counted(self, work: Callable[[Rest], Any]) -> Any:
        if self._guard.wrong:
            raise Refused(self._guard.wrong)
        return await counted(self._threads.call(work), self._count)

    def _typed(self, kind: type[M], thing: object, name: str) -> M:
        return self._typed_list(kind, [thing], name)[0]

    def _typed_list(self, kind: type[M], things: object, name: str) -> Sequence[M]:
        # What was asked may have been done all the same, so a strange answer is not a refusal.
        strange = f"{self._guard.wording.title} answered in a form we do not know"
        if not isinstance(things, list):
            raise Unavailable(f"{strange} ({shown(name)})")
        try:
            return [kind.model_validate(one) for one in things]
        except ValidationError as error:
            raise Unavailable(f"{strange} ({shown(name)}.{complaint(error)})") from None  # the original quotes it


async def counted(call: Awaitable[T], count: Callable[[str, float], None]) -> T:
    """The answer to a call, counted by its outcome beside the calls of all other systems."""
    began, outcome = time.perf_counter(), "given_up"
    try:
        answer = await call
        outcome = "ok"
    except VendorError as error:
        outcome = next(name for kind, name in _OUTCOMES if isinstance(error, kind))
        raise
    else:
        return answer
    finally:
        count(outcome, time.perf_counter() - began)


_OUTCOMES: Final = (
    (RateLimited, "rate_limited"),
    (Unavailable, "unavailable"),
    (NotAuthorised, "not_authorised"),
    (NotFound, "not_found"),
    (VendorError, "refused"),
)
