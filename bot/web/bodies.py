"""Reading a request's body within bounds of size and time."""

import asyncio
from typing import Final

from fastapi import Request

from bot.web.bounds import TooLarge, TooSlow

__all__ = ["LIMIT", "PATIENCE", "TooLarge", "TooSlow", "bounded", "gathered"]

LIMIT: Final = 1024 * 1024
PATIENCE: Final = 10.0


async def bounded(request: Request, limit: int = LIMIT, seconds: float = PATIENCE) -> bytes:
    """The raw body. Raises `TooLarge` without reading on, or `TooSlow`."""
    return bytes(await gathered(request, limit, seconds))


async def gathered(request: Request, limit: int, seconds: float) -> bytearray:
    """The same without a copy, for large ones."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise TooLarge
    except TimeoutError as error:
        raise TooSlow from error
    return body
