"""Calls made at once for one answer end together."""

import asyncio

import pytest

from bot.domain.errors import Refused, Unavailable
from bot.integrations.together import all_of, both, every


async def told(value: int) -> int:
    return value


async def test_answers_come_in_their_order() -> None:
    assert await every(told(one) for one in (3, 1, 2)) == [3, 1, 2]
    assert await every([]) == []
    assert await both(told(1), asyncio.sleep(0, "two")) == (1, "two")
    assert await all_of(told(1), asyncio.sleep(0, "two"), told(3)) == (1, "two", 3)


@pytest.mark.parametrize("order", [0, 1])
async def test_a_failure_gives_up_the_others(order: int) -> None:
    ended: list[str] = []

    async def slow() -> int:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("slow")
        return 1

    async def failing() -> int:
        await asyncio.sleep(0)
        raise Refused("no")

    asks = [slow(), failing()]
    with pytest.raises(Refused):
        await every(asks if order else reversed(asks))
    assert ended == ["slow"]


async def test_two_failures_give_the_first_and_impatience_ends_all() -> None:
    async def failing(error: Exception) -> int:
        raise error

    with pytest.raises(Unavailable):
        await both(failing(Unavailable("one")), failing(Refused("two")))
    waiting = [asyncio.ensure_future(asyncio.sleep(60)) for _ in range(2)]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await every(waiting)
    assert all(one.cancelled() for one in waiting)
