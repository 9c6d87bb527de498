"""A test's seat at a running workspace: the bot's own client on one side, people on the other."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.local.slack.reading import FORM_ONLY
from bot.local.workspace import LocalConfig, Patience, running

Json = dict[str, Any]
QUICK = Patience(ack_seconds=0.4, redeliver_after=(0.05, 0.1, 0.15), refresh_grace_seconds=0.1)


class Clock:
    """Time that passes when a test says so, on top of the real one."""

    def __init__(self) -> None:
        self.now = 1_795_400_000.0

    def __call__(self) -> float:
        return self.now


class Desk:
    """The bot's Web API client and the people's state API."""

    def __init__(self, config: LocalConfig, people: httpx.AsyncClient) -> None:
        self.config = config
        self.people = people
        # The SDK repeats a call after a connection error by default; tests want to see each failure.
        self.bot = AsyncWebClient(token=config.bot_token, base_url=f"{config.url}/slack/api/", retry_handlers=[])

    async def act(self, name: str, /, **given: Any) -> Json:
        response = await self.people.post(f"/_/slack/{name}", json=given)
        body: Json = response.json()
        assert response.status_code == 200, body
        return body

    async def refused(self, name: str, /, **given: Any) -> str:
        response = await self.people.post(f"/_/slack/{name}", json=given)
        assert response.status_code in {400, 409}, response.text
        return str(response.json()["detail"])

    async def state(self) -> Json:
        body: Json = (await self.people.get("/_/state")).json()
        return body

    async def channel(self, name: str) -> Json:
        channels = (await self.state())["channels"]
        return next(each for each in channels if name in {each["name"], each["id"]})

    async def error(self, method: str, /, **args: Any) -> Json:
        """Call a method that must be refused; gives Slack's whole answer."""
        try:
            if method in FORM_ONLY:
                form = {name: each if isinstance(each, str) else json.dumps(each) for name, each in args.items()}
                await self.bot.api_call(method, data=form)
            else:
                await self.bot.api_call(method, json=args)
        except SlackApiError as error:
            body: Json = dict(error.response.data)
            return body
        raise AssertionError(f"{method} was taken")

    async def code(self, method: str, /, **args: Any) -> str:
        return str((await self.error(method, **args))["error"])

    async def connections(self) -> int:
        return int((await self.state())["connections"])

    async def held(self) -> int:
        faults = (await self.people.get("/_/faults")).json()["faults"]
        return sum(int(each["held"]) for each in faults)

    async def fault(self, **given: Any) -> Json:
        response = await self.people.put("/_/faults", json=given)
        assert response.status_code == 201, response.text
        return dict(response.json())


@asynccontextmanager
async def seated(config: LocalConfig, now: Callable[[], float] | None = None) -> AsyncIterator[Desk]:
    async with running(config, *((now,) if now else ())) as opened:
        headers = {"X-Local-Key": opened.local_key}
        async with httpx.AsyncClient(base_url=opened.url, headers=headers, trust_env=False) as people:
            yield Desk(opened, people)


class App:
    """An app on a socket that writes down what it hears and acks only as it is told to."""

    def __init__(self, desk: Desk) -> None:
        self.heard: list[SocketModeRequest] = []
        self.answer: Callable[[SocketModeRequest], Json | None] | None = lambda _request: None
        self._news = asyncio.Event()
        self.client = SocketModeClient(
            app_token=desk.config.app_token,
            web_client=AsyncWebClient(base_url=f"{desk.config.url}/slack/api/"),
            ping_interval=0.3,
        )
        self.client.socket_mode_request_listeners.append(self._hear)

    async def _hear(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.heard.append(request)
        self._news.set()
        if self.answer is not None:
            payload = self.answer(request)
            await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=payload))

    @property
    def asked(self) -> SocketModeRequest:
        """The newest thing a person waited for; events come in between as they like."""
        return next(each for each in reversed(self.heard) if each.type != "events_api")

    def events(self, kind: str) -> list[Json]:
        events = [each.payload["event"] for each in self.heard if each.type == "events_api"]
        return [event for event in events if event["type"] == kind]

    async def until(self, met: Callable[[], Any]) -> Any:
        """Wait until what is looked for has been heard."""
        async with asyncio.timeout(5):
            while not (found := met()):
                self._news.clear()
                await self._news.wait()
        return found


@asynccontextmanager
async def connected(desk: Desk) -> AsyncIterator[App]:
    app = App(desk)
    await app.client.connect_to_new_endpoint()
    try:
        yield app
    finally:
        await app.client.close()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped


async def eventually(met: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something seen only from outside has become true."""
    async with asyncio.timeout(10):
        while not await met():  # noqa: ASYNC110 - what is looked at lies behind HTTP; nobody sets an event for us
            await asyncio.sleep(0.02)
