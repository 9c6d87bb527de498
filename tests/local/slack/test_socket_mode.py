"""Socket Mode: links, envelopes, acks, redelivery, and connections that come and go."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from tests.local.slack.desk import App, Clock, Desk, connected, eventually

OPS = "C0PLATOPS"


async def link_of(desk: Desk) -> str:
    return str((await desk.bot.apps_connections_open(app_token=desk.config.app_token))["url"])


async def said(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    return dict(json.loads((await socket.receive(timeout=5)).data))


async def test_a_link_greets_and_can_be_used_once(desk: Desk) -> None:
    url = await link_of(desk)
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        hello = await said(socket)
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        assert hello["connection_info"] == {"app_id": "A0LOCAL01"}
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_the_eleventh_connection_is_sent_away(desk: Desk, clock: Clock) -> None:
    async with aiohttp.ClientSession() as session:
        sockets = []
        for _ in range(11):
            clock.now += 60  # opening links is a tier 1 method
            sockets.append(await session.ws_connect(await link_of(desk)))
        assert (await said(sockets[9]))["num_connections"] == 10
        assert (await said(sockets[10]))["reason"] == "too_many_websockets"
        for each in sockets:
            await each.close()


async def test_a_command_arrives_flat_and_its_ack_is_shown_to_the_person(desk: Desk, app: App) -> None:
    app.answer = lambda _: {"text": "Which incident?"}
    came = await desk.act("command", user="bob", channel=OPS, command="/postmortem", text="INC-142 “now”")
    request = app.asked
    assert (request.type, request.accepts_response_payload) == ("slash_commands", True)
    assert {name: request.payload[name] for name in ("command", "text", "user_id", "channel_id", "team_id")} == {
        "command": "/postmortem",
        "text": "INC-142 “now”",
        "user_id": "U0BOB0001",
        "channel_id": OPS,
        "team_id": "T0LOCAL01",
    }
    assert "event_id" not in request.payload
    assert came["shown"]["text"] == "Which incident?"
    assert (await desk.state())["ephemerals"][-1]["ephemeral_for"] == "U0BOB0001"


async def test_a_command_nobody_acks_has_failed_for_the_person_and_is_not_sent_again(desk: Desk, app: App) -> None:
    app.answer = None
    came = await desk.act("command", user="bob", channel=OPS, command="/incident", text="")
    assert (came["taken"], came["error"]) == (False, "operation_timeout")
    await asyncio.sleep(0.6)
    assert len([each for each in app.heard if each.type == "slash_commands"]) == 1
    assert "operation_timeout" in (await desk.state())["ephemerals"][-1]["text"]


async def test_without_a_connection_a_command_cannot_be_dispatched(desk: Desk) -> None:
    came = await desk.act("command", user="bob", channel=OPS, command="/incident", text="")
    assert came["error"] == "dispatch_failed"


async def test_an_unacked_event_comes_again_with_its_id_in_a_new_envelope(desk: Desk, app: App) -> None:
    app.answer = None
    await desk.act("say", user="ann", channel=OPS, text="hello")
    await app.until(lambda: len(app.heard) == 4)
    assert len({each.payload["event_id"] for each in app.heard}) == 1
    assert len({each.envelope_id for each in app.heard}) == 4
    assert [each.retry_attempt for each in app.heard] == [0, 1, 2, 3]
    assert {each.retry_reason for each in app.heard[1:]} == {"timeout"}


async def test_an_acked_event_is_not_sent_again_unless_asked_to(desk: Desk, app: App) -> None:
    await desk.act("say", user="ann", channel=OPS, text="hello")
    await app.until(lambda: app.events("message"))
    await asyncio.sleep(0.6)
    assert len(app.heard) == 1
    log = (await desk.people.get("/_/slack/deliveries")).json()
    assert (log[-1]["outcome"], log[-1]["tries"]) == ("taken", 1)
    await desk.act("redeliver", event_id=app.heard[0].payload["event_id"])
    await app.until(lambda: len(app.events("message")) == 2)


async def test_an_event_unacked_by_one_connection_is_taken_by_the_next(desk: Desk) -> None:
    async with connected(desk) as deaf:
        deaf.answer = None
        await desk.act("say", user="ann", channel=OPS, text="hello")
        await deaf.until(lambda: deaf.heard)
    async with connected(desk) as fresh:
        await fresh.until(lambda: fresh.events("message"))
        assert (fresh.heard[0].retry_attempt or 0) > 0


async def test_asked_to_refresh_the_client_comes_back_on_a_new_link(desk: Desk, app: App) -> None:
    assert (await desk.act("disconnect", reason="warning"))["connections"] == 1
    await desk.act("disconnect", reason="refresh_requested")

    async def replaced() -> bool:
        state = await desk.state()
        return bool(state["calls"]["apps.connections.open"] >= 2 and state["connections"] == 1)

    await eventually(replaced)
    await desk.act("say", user="ann", channel=OPS, text="still there?")
    await app.until(lambda: app.events("message"))


async def test_a_lost_bot_gets_no_link_until_the_time_is_over(desk: Desk, app: App, clock: Clock) -> None:
    app.client.logger.disabled = True  # the SDK reports each refused try as an error, which is the point here
    await desk.act("lose", seconds=30)
    assert (await desk.state())["connections"] == 0
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with aiohttp.ClientSession() as session, session.ws_connect(await link_of(desk)):
            pass
    clock.now += 31

    async def is_back() -> bool:
        return await desk.connections() == 1

    await eventually(is_back)
    app.client.logger.disabled = False


async def test_a_bolt_app_acks_opens_and_responds(desk: Desk) -> None:
    bolt = AsyncApp(client=desk.bot)
    seen: list[dict[str, Any]] = []

    async def press(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        await ack()
        seen.append(body)
        await respond(text="done", replace_original=False, response_type="ephemeral")

    bolt.action("claim.v1")(press)
    handler = AsyncSocketModeHandler(bolt, desk.config.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
    try:
        button = {
            "type": "button",
            "text": {"type": "plain_text", "text": "Claim"},
            "action_id": "claim.v1",
            "value": "7",
        }
        actions = {"type": "actions", "block_id": "row", "elements": [button]}
        ts = (await desk.bot.chat_postMessage(channel=OPS, text="row", blocks=[actions]))["ts"]
        assert (await desk.act("press", user="ann", channel=OPS, ts=ts, action_id="claim.v1"))["taken"] is True

        async def answered() -> bool:
            return bool((await desk.state())["ephemerals"])

        await eventually(answered)
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # as above
    assert seen[0]["actions"][0]["value"] == "7"
    assert (await desk.state())["ephemerals"][-1]["text"] == "done"
