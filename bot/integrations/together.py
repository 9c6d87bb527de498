"""Several calls at once for one answer: when one of them fails, the others are given up and not left running."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any, TypeVar, overload

T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")
W = TypeVar("W")


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


@overload
async def all_of(one: Awaitable[T], two: Awaitable[U], three: Awaitable[V], /) -> tuple[T, U, V]: ...
@overload
async def all_of(
    one: Awaitable[T], two: Awaitable[U], three: Awaitable[V], four: Awaitable[W], /
) -> tuple[T, U, V, W]: ...
async def all_of(*asks: Awaitable[Any]) -> tuple[Any, ...]:
    """What three or more calls of different kinds answer. Any: the types above say what each gives."""
    return tuple(await every(asks))
