"""The address in front of several replicas: each request goes to the next one that takes connections."""

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from itertools import count

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.journeys.stage import eventually, free_port

_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})


class Balancer:
    """As a plain one in front of a deployment: it asks nobody's health, and repeats nothing that was sent."""

    def __init__(self, replicas: Sequence[str]) -> None:
        self.replicas = replicas
        self.port = free_port()
        self._turn = count()
        self._client: httpx.AsyncClient | None = None
        config = uvicorn.Config(
            Starlette(routes=[Route("/{path:path}", self._pass_on, methods=["GET", "POST", "HEAD"])]),
            port=self.port,
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._thread.start()
        eventually(lambda: self._server.started)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def _run(self) -> None:
        async def serve() -> None:
            async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
                self._client = client
                await self._server.serve()

        with asyncio.Runner() as runner, suppress(KeyboardInterrupt):
            runner.run(serve())

    async def _pass_on(self, request: Request) -> Response:
        assert self._client is not None
        body = await request.body()
        headers = [(name, value) for name, value in request.headers.items() if name not in _HOP]
        first = next(self._turn)
        for ahead in range(len(self.replicas)):
            replica = self.replicas[(first + ahead) % len(self.replicas)]
            url = f"{replica}{request.url.path}"
            try:
                answer = await self._client.request(request.method, url, content=body, headers=headers)
            except httpx.ConnectError:
                continue
            except httpx.TransportError:
                return Response(status_code=502)
            told = {name: value for name, value in answer.headers.items() if name not in _HOP}
            return Response(answer.content, answer.status_code, headers=told)
        return Response(status_code=503)
