"""Runs a workspace on a loopback port, with connections that faults can cut."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.local.assembly import create_workspace
from bot.local.config import LocalConfig
from bot.local.page.drawn import compile_all

ADDRESS = "127.0.0.1"


class CuttableHttp(HttpToolsProtocol):
    """HTTP as usual, with a knife in every request's scope: a fault may end the connection without an answer."""

    # The narrowed argument is uvicorn's own.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "cut_connection": transport.abort}


class _Server(uvicorn.Server):
    """A server inside somebody else's process: signals are theirs."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def running(config: LocalConfig, now: Callable[[], float] = time.time) -> AsyncIterator[LocalConfig]:
    """Run a workspace while the block runs; gives the config with the port it really has. `now` is its clock."""
    listener = socket.create_server((ADDRESS, config.port))
    config = replace(config, port=cast(int, listener.getsockname()[1]))
    app = create_workspace(config, now)
    server = _Server(
        uvicorn.Config(
            app,
            http=CuttableHttp,
            ws="websockets-sansio",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            ws_max_size=1_000_000,
            timeout_graceful_shutdown=2,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if task.done():
                task.result()
                raise RuntimeError("the local workspace did not start")
            await asyncio.sleep(0.01)
        # A thread of its own: the loop's are the engine's, which may run in this process too.
        with ThreadPoolExecutor(1, thread_name_prefix="templates") as beside:
            compiled = beside.submit(compile_all)
            yield config
            await asyncio.wrap_future(compiled)
    finally:
        app.state.live.close()
        server.should_exit = True
        await task
        listener.close()


async def serve(config: LocalConfig, ready: Callable[[LocalConfig], None] | None = None) -> None:
    """Run a workspace until cancelled; `ready` is told the config once it answers."""
    async with running(config) as opened:
        if ready is not None:
            ready(opened)
        await asyncio.Event().wait()
