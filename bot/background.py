"""What runs beside everything else for as long as a stack is open; when such a part dies, it is told."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from typing import Any

import structlog

log = structlog.get_logger(__name__)


def beside(stack: AsyncExitStack, doing: Coroutine[Any, Any, None]) -> None:
    """Run it while the stack is open; a task that dies is told, never silent."""
    task = asyncio.create_task(doing)
    task.add_done_callback(_tell_death)

    async def end() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(end)


def _tell_death(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a part of the bot died", part=str(task.get_coro()), exc_info=error)
