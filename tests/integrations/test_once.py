"""A shared fetch: one call for all who ask together, and nobody's impatience or bad luck lasts."""

import asyncio

import pytest

from bot.domain.errors import Unavailable
from bot.integrations.once import once_per


class Source:
    """Counts its calls, takes a moment, fails when told to."""

    def __init__(self) -> None:
        self.calls = 0
        self.cancelled = 0
        self.now = 0.0
        self.failing = False

    async def fetch(self) -> int:
        self.calls += 1
        number = self.calls
        try:
            await asyncio.sleep(0.02)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.failing:
            raise Unavailable(f"no answer {number}")
        return number


async def test_those_who_ask_together_share_one_call() -> None:
    source = Source()
    ask = once_per(5, source.fetch, clock=lambda: source.now)
    assert list(await asyncio.gather(ask(), ask(), ask())) == [1, 1, 1]
    assert await ask() == 1
    source.now = 5.1
    assert await ask() == 2


async def test_a_failure_is_shared_but_not_for_long() -> None:
    source = Source()
    source.failing = True
    ask = once_per(60, source.fetch, clock=lambda: source.now)
    answers = await asyncio.gather(ask(), ask(), return_exceptions=True)
    assert [str(one) for one in answers] == ["no answer 1", "no answer 1"]
    source.failing = False
    source.now = 1.1
    assert await ask() == 2


async def test_one_who_gives_up_takes_nothing_from_the_others() -> None:
    source = Source()
    ask = once_per(5, source.fetch)
    first, second = asyncio.create_task(ask()), asyncio.create_task(ask())
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await second == 1
    assert (source.calls, source.cancelled) == (1, 0)


async def test_when_nobody_waits_any_more_the_call_is_given_up_and_the_next_begins_anew() -> None:
    source = Source()
    ask = once_per(5, source.fetch)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.005):
            await ask()
    await asyncio.sleep(0)
    assert source.cancelled == 1
    assert await ask() == 2


async def test_a_failure_that_nobody_waited_for_disturbs_nobody() -> None:
    source = Source()
    source.failing = True
    ask = once_per(5, source.fetch)
    task = asyncio.create_task(ask())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0.02)


def test_it_serves_each_loop_by_itself() -> None:
    source = Source()
    ask = once_per(60, source.fetch)

    async def once() -> int:
        return await ask()

    assert [asyncio.run(once()), asyncio.run(once())] == [1, 2]
