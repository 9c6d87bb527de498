"""A slow look in a thread of its own: drivers and folders that know no event loop hold up nobody."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


async def beside(doing: Callable[[], T], patience: float) -> T:
    """Raises `TimeoutError` when it takes longer than so many seconds."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="doctor")
    try:
        return await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(pool, doing), patience)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
