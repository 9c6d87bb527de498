"""Several calls at once for one answer: when one of them fails, the others are given up and not left running."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


async def every(asks: Iterable[Awaitable[T]]) -> list[T]:
    """What all of them answer, in their order; the first failure ends them all."""
    tasks = [asyncio.ensure_future(ask) for ask in asks]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def both(one: Awaitable[T], other: Awaitable[U]) -> tuple[T, U]:
    """What two calls of different kinds answer."""
    first, second = asyncio.ensure_future(one), asyncio.ensure_future(other)
    await every((first, second))
    return first.result(), second.result()
