"""Socket Mode: the websocket over which Slack hands us payloads, kept open and reopened."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

log = structlog.get_logger(__name__)


@asynccontextmanager
async def connected_socket(app: AsyncApp, app_token: SecretStr, trouble: dict[str, str | None]) -> AsyncIterator[None]:
    """Open while the block runs. `trouble["slack"]` says while it is not connected."""
    handler = AsyncSocketModeHandler(app, app_token.get_secret_value(), ping_interval=5)
    keeper = asyncio.create_task(_keep_connected(handler, trouble))
    try:
        yield
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        await handler.close_async()  # type: ignore[no-untyped-call] # Bolt's own


async def _keep_connected(handler: AsyncSocketModeHandler, trouble: dict[str, str | None]) -> None:
    wait = 1.0
    while True:
        try:
            await handler.connect_async()  # type: ignore[no-untyped-call] # Bolt's own
        except Exception as error:  # noqa: BLE001 - the SDK raises whatever its transport does; the next try is what matters
            trouble["slack"] = f"Socket Mode is not connected ({type(error).__name__})"
            log.warning("Socket Mode not connected", reason=str(error)[:200])
            await asyncio.sleep(wait)
            wait = min(wait * 2, 30.0)
            continue
        trouble["slack"] = None
        break
    while True:
        await asyncio.sleep(2)
        up = await handler.client.is_connected()
        trouble["slack"] = None if up else "Socket Mode is reconnecting"
