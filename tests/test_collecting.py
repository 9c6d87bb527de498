"""Fetching notices: nothing is passed over when intake or the system fails, and a refusal slows the asking down."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from bot.collecting import Collector
from bot.domain.capabilities import Arrivals, Arrived, Notice, Source
from bot.domain.errors import NotAuthorised, StoreDown
from bot.store.deliveries import Delivery
from bot.web.inbox import Inbox
from tests.fakes.until import until

AT = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)


@dataclass(slots=True)
class Letterbox(Source):
    """Letters, numbered. `trouble` comes before an answer."""

    letters: list[str] = field(default_factory=list)
    trouble: list[Exception] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)

    @property
    def source(self) -> str:
        return "letters"

    def parse(self, body: bytes) -> Sequence[Notice]:
        return ()

    async def arrived(self, after: str | None) -> Arrivals:
        self.asked.append(after)
        if self.trouble:
            raise self.trouble.pop(0)
        new = self.letters[int(after or 0) :]
        notices = [Arrived(key=one, object_key="x", body=one.encode()) for one in new]
        return Arrivals(notices=notices, upto=str(len(self.letters)))


@dataclass(slots=True)
class Shelf:
    """What is kept; `down` are the errors that come first."""

    kept: list[str] = field(default_factory=list)
    down: list[Exception] = field(default_factory=list)

    async def keep(self, arrived: Sequence[Delivery]) -> None:
        if self.down:
            raise self.down.pop(0)
        self.kept += [one.delivery_key for one in arrived]


async def followed(box: Letterbox, shelf: Shelf, enough: int) -> Sequence[float]:
    """How long it paused, each time, until it had looked often enough."""
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    inbox = Inbox(deliveries=shelf, kept=lambda: None)  # type: ignore[arg-type] # as much of a store as it uses
    collector = Collector(sources=(box,), inbox=inbox, clock=lambda: AT, pause=pause)
    running = [asyncio.create_task(inbox.run()), asyncio.create_task(collector.run())]
    try:
        await until(lambda: len(box.asked) >= enough)
    finally:
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    return waits


async def test_the_next_look_begins_where_the_last_one_ended() -> None:
    box, shelf = Letterbox(["a", "b"]), Shelf()
    await followed(box, shelf, 3)
    assert box.asked[:3] == [None, "2", "2"]
    assert shelf.kept == ["a", "b"]


async def test_what_intake_did_not_keep_is_fetched_again() -> None:
    box, shelf = Letterbox(["a"]), Shelf(down=[StoreDown("away")])
    await followed(box, shelf, 3)
    assert box.asked[:3] == [None, None, "1"]
    assert shelf.kept == ["a"]


@pytest.mark.parametrize("trouble", [NotAuthorised("no"), KeyError("ours")])
async def test_trouble_ends_nothing_and_slows_the_asking_down(trouble: Exception) -> None:
    box, shelf = Letterbox(["a"], trouble=[trouble] * 6), Shelf()
    waits = await followed(box, shelf, 8)
    assert waits[:7] == [60, 120, 240, 480, 600, 600, 30]
    assert shelf.kept == ["a"]
