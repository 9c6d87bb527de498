"""A Slack to talk to on loopback, with everything that goes wrong at one's command."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import httpx
import pytest
from pydantic import SecretStr

from bot.local.config import LocalConfig
from bot.local.serving import running
from bot.slack.channels import Channels
from bot.slack.chat import SlackChat
from bot.slack.client import SlackApi, web_client
from bot.slack.files import Files
from bot.slack.message import Message
from bot.slack.posts import Posts
from bot.slack.windows import Windows
from tests.slack.scripted import Start, scripted_slack


class NoBoard:
    """No message has been posted yet."""

    def __init__(self) -> None:
        self.places: dict[str, tuple[str, str]] = {}
        self.drawings: dict[str, Message] = {}
        self.shown: list[str] = []
        self.coming: dict[str, tuple[str, str]] = {}
        """What is posted when it is asked for."""

    async def show(self, key: str) -> None:
        self.shown.append(key)
        if key in self.coming:
            self.places[key] = self.coming[key]

    async def place(self, key: str) -> tuple[str, str] | None:
        return self.places.get(key)

    async def draw(self, key: str) -> Message | None:
        return self.drawings.get(key)


@dataclass(kw_only=True)
class Workspace:
    """The stand-in, our side of it, and its control panel."""

    chat: SlackChat
    board: NoBoard
    http: httpx.AsyncClient
    url: str
    key: str
    app_token: str
    bot: str
    outcomes: list[tuple[str, str]] = field(default_factory=list)

    async def panel(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        answer = await self.http.request(method, f"{self.url}{path}", json=body, headers={"X-Local-Key": self.key})
        assert answer.is_success, answer.text
        return answer.json()

    async def fault(self, method: str, kind: str, times: int = 1, **more: Any) -> None:
        await self.panel(
            "PUT", "/_/faults", {"system": "slack", "method": method, "kind": kind, "times": times, **more}
        )

    async def channel(self, channel: str) -> dict[str, Any]:
        state = await self.panel("GET", "/_/state")
        found: dict[str, Any] = next(one for one in state["channels"] if one["id"] == channel)
        return found

    async def state(self) -> dict[str, Any]:
        read: dict[str, Any] = await self.panel("GET", "/_/state")
        return read

    async def made(self, name: str = "inc-142") -> str:
        return (await self.chat.create_channel(name, marker=name.upper(), private=False))["id"]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Callable[..., Awaitable[dict[str, Any]]]]:
        """The app's end of Socket Mode. Gives `envelope = await do("command", …)`: an act, and what it brought us."""
        url = f"{self.url}/slack/api/apps.connections.open"
        opened = (await self.http.post(url, headers={"Authorization": f"Bearer {self.app_token}"})).json()
        async with aiohttp.ClientSession() as session, session.ws_connect(opened["url"]) as link:
            assert (await link.receive_json())["type"] == "hello"

            async def do(act: str, **body: Any) -> dict[str, Any]:
                doing = asyncio.create_task(self.panel("POST", f"/_/slack/{act}", body))
                envelope: dict[str, Any] = await link.receive_json(timeout=3)
                await link.send_json({"envelope_id": envelope["envelope_id"]})
                await doing
                return envelope

            yield do

    def calls(self, method: str) -> int:
        return sum(made == method for made, _ in self.outcomes)


@pytest.fixture
async def workspace(request: pytest.FixtureRequest) -> AsyncIterator[Workspace]:
    """Without Slack's limits, unless a test asks for `real` ones."""
    config = LocalConfig.fresh(None, 0, "http://127.0.0.1:9", limits=getattr(request, "param", "off"))
    async with (
        running(config) as opened,
        web_client(SecretStr(opened.bot_token), opened.environment()["SLACK_API_URL"]) as client,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        outcomes: list[tuple[str, str]] = []
        api = SlackApi(
            client=client, timeout=3, observed=lambda method, outcome, _seconds: outcomes.append((method, outcome))
        )
        bot = str((await api.call("auth.test"))["user_id"])
        board = NoBoard()
        chat = SlackChat(
            api=api,
            posts=Posts(api=api, http=http, bot_user=bot),
            windows=Windows(api=api),
            channels=Channels(api=api, bot_user=bot),
            files=Files(api=api, http=http),
            board=board,
        )
        outcomes.clear()
        yield Workspace(
            chat=chat,
            board=board,
            http=http,
            url=opened.url,
            key=opened.local_key,
            app_token=opened.app_token,
            bot=bot,
            outcomes=outcomes,
        )


@pytest.fixture
async def scripted() -> AsyncIterator[Start]:
    """A Slack that answers by a script: `slack = await scripted({"chat.postMessage": [Line(status=503)]})`."""
    async with scripted_slack() as start:
        yield start
