"""The clock: each row at its own pace, and one that fails stops no other."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.acts import Acts, Start
from bot.clock import Clock
from bot.domain.errors import StoreDown
from bot.perform import Performer
from bot.rows import Due
from bot.store.messages import MessageRows
from bot.store.outbox import Outbox
from tests.fakes.until import until
from tests.store import opened

AT = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)


@dataclass(slots=True)
class Nudges:
    struck: list[datetime] = field(default_factory=list)
    trouble: list[Exception] = field(default_factory=list)

    async def due(self, now: datetime) -> Acts:
        self.struck.append(now)
        if self.trouble:
            raise self.trouble.pop(0)
        return (Start(flow="digest", once="digest:platform:2026-11-23"),)


@pytest.fixture
async def performer(tmp_path: Path) -> AsyncIterator[Performer]:
    async with opened(tmp_path) as store:
        yield Performer(store=store, outbox=Outbox(store), messages=MessageRows(store), clock=lambda: AT)


def clock_of(performer: Performer, nudges: Nudges, every: float = 0.01) -> Clock:
    rows = (Due("nudges", Nudges, Nudges.due, every=every),)
    return Clock(rows=rows, services={Nudges: nudges}, performer=performer, now=lambda: AT)


async def test_what_is_due_is_started_once_however_often_it_strikes(performer: Performer) -> None:
    nudges = Nudges()
    clock = clock_of(performer, nudges)
    for _ in range(3):
        await clock.strike(clock.rows[0])
    assert nudges.struck == [AT] * 3
    assert [one.key for one in await performer.outbox.waiting(AT)] == ["start:digest:platform:2026-11-23"]


async def test_a_tick_that_fails_is_followed_by_the_next(performer: Performer) -> None:
    nudges = Nudges(trouble=[KeyError("ours"), StoreDown("away")])
    running = asyncio.create_task(clock_of(performer, nudges).run())
    try:
        await until(lambda: len(nudges.struck) > 3)  # the third was committed before it
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert len(await performer.outbox.waiting(AT)) == 1
