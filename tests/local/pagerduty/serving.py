"""Serves an app on a free loopback port for a test, and receives webhooks as a bot would."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[str]:
    """Run the app and give its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", timeout_graceful_shutdown=2))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(10):
            while not server.started:  # noqa: ASYNC110  # uvicorn tells by this flag alone
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listener.close()


@dataclass(slots=True, kw_only=True)
class Received:
    """One webhook as it arrived."""

    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Receiver:
    """Answers webhooks with the given codes in turn (then 202), and remembers all of them."""

    answers: Iterator[int] = field(default_factory=lambda: iter(()))
    received: list[Received] = field(default_factory=list)
    delay: float = 0.0

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        self.received.append(Received(headers=dict(request.headers), body=await request.body()))
        if self.delay:
            await asyncio.sleep(self.delay)
        return Response(status_code=next(self.answers, 202))


@dataclass(slots=True)
class Clock:
    """Time that moves only when told to."""

    moment: datetime = datetime(2026, 3, 2, 6, 11, 9, 310_000, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


async def until(true: Callable[[], bool], patience: float = 5.0) -> None:
    """Wait until something has come true."""
    async with asyncio.timeout(patience):
        while not true():  # noqa: ASYNC110  # what is waited for has no event of its own
            await asyncio.sleep(0.01)
