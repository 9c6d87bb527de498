"""HTTP mode: what reaches the bot's door is signed over its raw bytes, and sent again when it fails."""

import asyncio
import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local.workspace import LocalConfig
from tests.local.slack.desk import QUICK, Desk, Json, eventually, seated

OPS = "C0PLATOPS"


@dataclass
class Receiver:
    """The bot's door in a test: keeps what came, answers as told."""

    url: str
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    wait: float = 0.0
    echoes: bool = False

    async def take(self, request: Request) -> Response:
        self.came.append((dict(request.headers), await request.body()))
        await asyncio.sleep(self.wait)
        if self.echoes:
            return JSONResponse({"challenge": (await request.json())["challenge"]})
        return self.answers.pop(0) if self.answers else Response(status_code=200)

    async def until(self, count: int) -> None:
        async def enough() -> bool:
            return len(self.came) >= count

        await eventually(enough)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    listener = socket.create_server(("127.0.0.1", 0))
    receiver = Receiver(url=f"http://127.0.0.1:{listener.getsockname()[1]}")
    app = Starlette(routes=[Route("/slack/events", receiver.take, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    task = asyncio.create_task(server.serve(sockets=[listener]))

    async def up() -> bool:
        return server.started

    await eventually(up)
    try:
        yield receiver
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def desk(receiver: Receiver) -> AsyncIterator[Desk]:
    async with seated(LocalConfig.fresh(None, 0, receiver.url, slack_mode="http", patience=QUICK)) as desk:
        yield desk


def form(body: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}


async def test_a_command_is_a_signed_form_and_the_answers_body_is_shown(desk: Desk, receiver: Receiver) -> None:
    receiver.answers.append(JSONResponse({"response_type": "ephemeral", "text": "noted"}))
    came = await desk.act("command", user="ann", channel=OPS, command="/incident", text="slow & “odd”")
    headers, body = receiver.came[0]
    assert form(body)["text"] == "slow & “odd”"
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert headers["user-agent"].startswith("Slackbot 1.0 ")
    base = f"v0:{headers['x-slack-request-timestamp']}:".encode() + body
    digest = hmac.new(desk.config.signing_secret.encode(), base, hashlib.sha256).hexdigest()
    assert headers["x-slack-signature"] == f"v0={digest}"
    assert came["shown"]["text"] == "noted"


async def test_an_interaction_comes_as_a_payload_field_and_may_open_a_view(desk: Desk, receiver: Receiver) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go.v1"}
    blocks: list[Json] = [{"type": "actions", "elements": [button]}]
    ts = (await desk.bot.chat_postMessage(channel=OPS, text="x", blocks=blocks))["ts"]
    await desk.act("press", user="ann", channel=OPS, ts=ts, action_id="go.v1")
    payloads = [json.loads(form(body)["payload"]) for _, body in receiver.came if body.startswith(b"payload=")]
    assert [each["type"] for each in payloads] == ["block_actions"]
    trigger_id = payloads[0]["trigger_id"]
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": [{"type": "divider"}]}
    assert (await desk.bot.views_open(trigger_id=trigger_id, view=view))["ok"] is True


async def test_a_failed_event_comes_again_with_its_number_and_reason(desk: Desk, receiver: Receiver) -> None:
    receiver.answers += [Response(status_code=500), Response(status_code=503)]
    await desk.act("say", user="ann", channel=OPS, text="hello")
    await receiver.until(3)
    seen = [(each.get("x-slack-retry-num"), each.get("x-slack-retry-reason")) for each, _ in receiver.came]
    assert seen == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert len({json.loads(body)["event_id"] for _, body in receiver.came}) == 1
    await asyncio.sleep(0.3)
    assert len(receiver.came) == 3


async def test_a_slow_event_is_a_timeout_and_no_retry_is_obeyed(desk: Desk, receiver: Receiver) -> None:
    receiver.wait = 0.6
    await desk.act("say", user="ann", channel=OPS, text="slow")
    await receiver.until(2)
    assert receiver.came[1][0]["x-slack-retry-reason"] == "http_timeout"
    receiver.wait = 0.0
    await receiver.until(3)
    count = len(receiver.came)
    receiver.answers.append(Response(status_code=400, headers={"X-Slack-No-Retry": "1"}))
    await desk.act("say", user="ann", channel=OPS, text="no more")
    await asyncio.sleep(0.4)
    assert len(receiver.came) == count + 1


async def test_a_request_url_is_probed_as_when_an_app_is_set_up(desk: Desk, receiver: Receiver) -> None:
    assert (await desk.act("probe", kind="ssl_check"))["passed"] is True
    assert form(receiver.came[0][1])["ssl_check"] == "1"
    assert (await desk.act("probe"))["passed"] is False
    assert json.loads(receiver.came[1][1])["type"] == "url_verification"
    assert receiver.came[1][0]["x-slack-signature"].startswith("v0=")
    receiver.echoes = True
    assert (await desk.act("probe"))["passed"] is True


async def test_a_command_to_a_closed_door_cannot_be_dispatched() -> None:
    config = LocalConfig.fresh(None, 0, "http://127.0.0.1:9", slack_mode="http", patience=QUICK)
    async with seated(config) as desk:
        came = await desk.act("command", user="ann", channel=OPS, command="/incident", text="")
        assert came["error"] == "dispatch_failed"
        assert await desk.code("api.test", error="x") == "x"
