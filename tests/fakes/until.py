"""Waiting for what happens by itself, and no longer than it may take."""

import asyncio
from collections.abc import Callable


async def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    """Raises `TimeoutError` when it does not become true."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is waited for tells nobody when it is done
            await asyncio.sleep(0.01)
