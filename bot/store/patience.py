"""Waiting no longer than one wants to, also for a driver that cannot be interrupted."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_left_behind: set[asyncio.Task[Any]] = set()


def leave_behind(task: asyncio.Task[Any]) -> None:
    """Tell it to end, and do not wait: a database that hangs may keep its driver hanging, too."""
    _left_behind.add(task)
    task.add_done_callback(_ended)
    task.cancel()


def _ended(task: asyncio.Task[Any]) -> None:
    _left_behind.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, since nobody else will


async def within(seconds: float, doing: Coroutine[Any, Any, T]) -> T:
    """What it gives; `TimeoutError` on time, whatever it hangs on."""
    task = asyncio.create_task(doing)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            leave_behind(task)
    if not task.done():
        raise TimeoutError
    return task.result()
