"""What the PagerDuty tests share: servers on loopback, and adapters pointed at them."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.pagerduty.connect import connect
from bot.integrations.pagerduty.settings import PagerDutySettings
from bot.local.keep import Keep
from bot.local.pagerduty.app import create_app
from bot.local.pagerduty.config import PagerDutyConfig

KEY, READ_ONLY, ROUTING = "u+made-up-key", "r+made-up-key", "0123456789abcdef0123456789abcdef"


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[str]:
    """The app on a free port of loopback."""
    # With the protocol left open asyncio does not switch Nagle's algorithm off, and each answer takes 40 ms longer.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.bind(("127.0.0.1", 0))
    server = _Server(uvicorn.Config(app, log_config=None, ws="none", timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve(sockets=[sock]))
    await server.ready.wait()
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        sock.close()


@dataclass
class Script:
    """A vendor that answers what it is told, and remembers what it was asked."""

    answers: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, list[str]], Any, dict[str, str]]] = field(default_factory=list)

    def answer(self, method: str, path: str, *bodies: Any) -> None:
        """Each body once, the last one for ever. A tuple is (status, body) or (status, body, headers)."""
        self.answers[method, path] = list(bodies)

    async def respond(self, request: Request) -> Response:
        query = {name: request.query_params.getlist(name) for name in request.query_params}
        body = await request.json() if await request.body() else None
        self.asked.append((request.method, request.url.path, query, body, dict(request.headers)))
        left = self.answers.get((request.method, request.url.path))
        if not left:
            return JSONResponse({"error": {"message": "Not Found", "code": 2100}}, 404)
        now = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(now, Response):
            return now
        status, shape, headers = (*now, {})[:3] if isinstance(now, tuple) else (200, now, {})
        return JSONResponse(shape, status, headers)

    def paths(self, method: str) -> list[str]:
        return [path for asked, path, *_ in self.asked if asked == method]

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{rest:path}", self.respond, methods=["GET", "POST", "PUT", "DELETE"])])


Connect = Callable[..., Any]


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PAGERDUTY_")]:
        monkeypatch.delenv(name)


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as entered:
        yield entered


@pytest.fixture
def connected(stack: AsyncExitStack) -> Connect:
    """An adapter for some settings, closed at the end."""

    def make(
        *, patience: float = 5.0, now: datetime | None = None, thresholds: dict[str, Any] | None = None, **given: Any
    ) -> Any:
        outside = Outside(patience=patience, now=lambda: now or datetime.now(UTC))
        adapter = connect(PagerDutySettings(**given), Wiring(outside=outside, thresholds=thresholds or {}))
        stack.push_async_callback(outside.aclose)
        if adapter is not None:
            stack.push_async_callback(adapter.aclose)  # type: ignore[attr-defined] # it is an `object` to connect's callers; every one of ours has it
        return adapter

    return make


@pytest.fixture
async def script(stack: AsyncExitStack) -> tuple[Script, str]:
    """A scripted vendor and its address."""
    told = Script()
    return told, await stack.enter_async_context(serving(told.app()))


@pytest.fixture
async def account(stack: AsyncExitStack) -> AsyncIterator[tuple[Any, str]]:
    """The PagerDuty stand-in with its people and services, and its address. Its webhooks go nowhere."""
    config = PagerDutyConfig(
        api_key=KEY,
        webhook_secrets=("made-up",),
        webhook_url="http://127.0.0.1:9/nobody",
        routing_key=ROUTING,
        read_only_keys=(READ_ONLY,),
    )
    keep = Keep(None)
    app = create_app(config, keep)
    async with serving(app) as url:
        yield app.state.account, url
    keep.close()
