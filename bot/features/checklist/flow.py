"""What a digest does outside: asks every system, then stands in the channel, then has its table in the thread."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypedDict

import structlog

from bot.domain.capabilities import Chat, Painter, Pictures
from bot.domain.check import Check
from bot.domain.errors import VendorError
from bot.durable.ports import Recorder
from bot.durable.run import Run
from bot.features.checklist.record import digest_key, table_key
from bot.features.checklist.service import Checklist
from bot.features.checklist.trends import Trends

log = structlog.get_logger(__name__)

READY_AFTER: Final = 10.0
TELL_EVERY: Final = 2.0
"""Seconds between two redraws of how far a refresh is."""


async def digest(run: Run, checklist: Checklist, chat: Chat, recorder: Recorder, digest: int) -> None:
    """The morning's: asked once, posted once."""
    await run.step("ask", _ask, checklist, recorder, digest)
    await run.step("post", chat.show, digest_key(digest))
    await run.record("posted", checklist.record.posted, digest)
    await run.together(run.step("table", chat.show, table_key(digest)))


class Drawn(TypedDict):
    """A picture that is uploaded, and what it says in words."""

    file: str
    words: str


async def chart(
    run: Run, checklist: Checklist, trends: Trends, painter: Painter, pictures: Pictures, digest: int
) -> None:
    """Under a digest that stands already, where a trend says more than a number; the digest stands without it too."""
    drawn = await run.step("chart", _chart, checklist, trends, painter, pictures, digest)
    if drawn is None:
        return
    # Slack takes a moment to make a picture of a file, and refuses a message with one that is not ready.
    await run.sleep(READY_AFTER)
    await run.record("charted", checklist.record.charted, digest, drawn["file"], drawn["words"])


async def _chart(
    checklist: Checklist, trends: Trends, painter: Painter, pictures: Pictures, number: int
) -> Drawn | None:
    found = await checklist.record.get(number)
    if found is None:
        return None
    routine = await checklist.record.routines.of(found.team)
    if not routine.chart:
        return None
    crossing = await trends.soonest(found.team, routine.zone, found.day)
    if crossing is None:
        return None
    try:
        content = await painter.png(crossing)
        title = crossing.trend.name
        file = await pictures.upload(f"trend-{found.day}.png", content, title=title, alt=crossing.words)
    except VendorError as error:
        log.warning("a digest without its chart", digest=number, reason=str(error))
        return None
    return Drawn(file=file, words=crossing.words)


async def refresh(run: Run, checklist: Checklist, recorder: Recorder, digest: int) -> None:
    """Asked again in place; the message tells how far it is."""
    await run.together(run.step("ask again", _ask_telling, checklist, recorder, digest))


async def _ask(checklist: Checklist, recorder: Recorder, number: int) -> int:
    """The results go into the store; the journal keeps only how many there were."""
    found = await checklist.record.get(number)
    if found is None:
        return 0
    asked = await checklist.asking.ask(await checklist.record.routines.of(found.team))
    await recorder.record(lambda: checklist.record.taken(number, asked))
    return len(asked.results)


async def _ask_telling(checklist: Checklist, recorder: Recorder, number: int) -> int:
    found = await checklist.record.get(number)
    if found is None:
        return 0
    far = _Far()

    async def tell() -> None:
        done, of = far.done, far.of
        await recorder.record(lambda: checklist.record.progressed(number, done, of))

    telling = asyncio.create_task(_every(TELL_EVERY, tell))
    try:
        asked = await checklist.asking.ask(await checklist.record.routines.of(found.team), told=far.told)
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)  # progress that could not be told is not worth a word
    await recorder.record(lambda: checklist.record.taken(number, asked))
    return len(asked.results)


@dataclass(slots=True)
class _Far:
    """How many of how many checks have answered."""

    done: int = 0
    of: int = 0

    def told(self, done: int, of: int, check: Check | None) -> None:  # noqa: ARG002 - the shape of `Told`
        self.done, self.of = done, of


async def _every(seconds: float, doing: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        await doing()
