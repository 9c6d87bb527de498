"""A Slack that says line by line what a test wants it to say."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web
from pydantic import SecretStr

from bot.slack.client import SlackApi, web_client


@dataclass(frozen=True, kw_only=True)
class Line:
    """One answer. `body` a mapping is JSON; a string goes out as `kind`; None cuts the connection."""

    status: int = 200
    body: Mapping[str, Any] | str | None = field(default_factory=lambda: {"ok": True})
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "text/html"


Script = Mapping[str, list[Line]]
Heard = list[tuple[str, dict[str, str]]]


@dataclass(kw_only=True)
class Scripted:
    api: SlackApi
    heard: Heard


Start = Callable[[Script], Awaitable[Scripted]]


def _server(script: Script, heard: Heard) -> web.Application:
    left = {method: list(lines) for method, lines in script.items()}

    async def answer(request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        fields = parse_qs((await request.read()).decode(), keep_blank_values=True)
        heard.append((method, {name: values[0] for name, values in fields.items()}))
        line = left[method].pop(0) if left.get(method) else Line()
        if line.body is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if isinstance(line.body, str):
            return web.Response(status=line.status, text=line.body, content_type=line.kind, headers=dict(line.headers))
        return web.json_response(dict(line.body), status=line.status, headers=dict(line.headers))

    app = web.Application()
    app.router.add_post("/api/{method}", answer)
    return app


@asynccontextmanager
async def scripted_slack() -> AsyncIterator[Start]:
    async with AsyncExitStack() as stack:

        async def start(script: Script) -> Scripted:
            heard: Heard = []
            runner = web.AppRunner(_server(script, heard))
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            port = runner.addresses[0][1]
            client = await stack.enter_async_context(web_client(SecretStr("xoxb-test"), f"http://127.0.0.1:{port}/api"))
            return Scripted(api=SlackApi(client=client, timeout=1), heard=heard)

        yield start
