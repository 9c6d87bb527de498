"""Who may call the Web API, what each method needs, and how often it may be called."""

import json
from typing import Any

import httpx
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.local.slack.limits import Limits
from bot.local.slack.methods.table import METHODS
from bot.local.slack.scopes import DEFAULT_SCOPES, NEEDED
from tests.local.slack.desk import Clock, Desk, Json

OPS = "C0PLATOPS"


async def called(desk: Desk, method: str, token: str = "", **args: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    form = {name: each if isinstance(each, str) else json.dumps(each) for name, each in args.items()}
    return await desk.people.post(f"/slack/api/{method}", data=form, headers=headers)


async def test_a_call_needs_the_right_token(desk: Desk) -> None:
    bot, app = desk.config.bot_token, desk.config.app_token
    assert (await called(desk, "auth.test")).json()["error"] == "not_authed"
    assert (await called(desk, "auth.test", "xoxb-wrong")).json()["error"] == "invalid_auth"
    assert (await called(desk, "users.list", app)).json()["error"] == "not_allowed_token_type"
    assert (await called(desk, "apps.connections.open", bot)).json()["error"] == "not_allowed_token_type"
    assert (await called(desk, "apps.connections.open", app)).json()["url"].startswith("ws://127.0.0.1:")
    unknown = (await called(desk, "chat.shout", bot)).json()
    assert unknown == {"ok": False, "error": "unknown_method", "req_method": "chat.shout"}


async def test_granted_scopes_come_with_every_answer(desk: Desk) -> None:
    response = await called(desk, "auth.test", desk.config.bot_token)
    assert set(response.headers["x-oauth-scopes"].split(",")) == DEFAULT_SCOPES


async def test_a_scope_taken_away_stops_its_methods_and_says_which_is_needed(desk: Desk) -> None:
    await desk.act("scopes", remove=["pins:write"])
    answer = await desk.error("pins.add", channel=OPS, timestamp="1.000001")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "pins:write")
    assert "chat:write" in answer["provided"]


async def test_without_the_email_scope_people_have_no_address(desk: Desk) -> None:
    await desk.act("scopes", remove=["users:read.email"])
    assert "email" not in (await desk.bot.users_info(user="U0ANN0001"))["user"]["profile"]
    assert await desk.code("users.lookupByEmail", email="ann@example.com") == "missing_scope"


def test_every_scope_in_the_table_belongs_to_a_method_that_exists() -> None:
    assert set(NEEDED) <= set(METHODS)


async def test_the_tenth_post_in_a_row_to_one_channel_is_told_when_to_come_back(desk: Desk, clock: Clock) -> None:
    answers = [await called(desk, "chat.postMessage", desk.config.bot_token, channel=OPS, text="x") for _ in range(9)]
    assert [each.status_code for each in answers] == [200] * 8 + [429]
    assert answers[-1].headers["retry-after"] == "1"
    assert answers[-1].json() == {"ok": False, "error": "ratelimited"}
    other = await called(desk, "chat.postMessage", desk.config.bot_token, channel="C0ALERTS", text="x")
    assert other.json()["ok"] is True
    assert len((await desk.channel(OPS))["messages"]) == 8
    clock.now += 1
    assert (await called(desk, "chat.postMessage", desk.config.bot_token, channel=OPS, text="x")).status_code == 200


def test_each_method_has_a_bucket_of_its_own_that_fills_at_its_tier() -> None:
    clock = Clock()
    limits = Limits(on=True, now=clock)
    assert [limits.take("conversations.create", "") for _ in range(21)] == [0] * 20 + [3]
    assert limits.take("conversations.invite", "C1") == 0
    clock.now += 3
    assert limits.take("conversations.create", "") == 0
    assert limits.take("conversations.create", "") == 3


def test_limits_can_be_switched_off() -> None:
    limits = Limits(on=False, now=Clock())
    assert {limits.take("conversations.create", "") for _ in range(500)} == {0}


@pytest.mark.parametrize("method", ["conversations.info", "chat.postMessage", "users.info", "views.open"])
async def test_a_missing_argument_is_named(desk: Desk, method: str) -> None:
    answer = await desk.error(method)
    assert answer["error"] == "invalid_arguments"
    assert "missing required field" in answer["response_metadata"]["messages"][0]


async def test_every_call_is_logged_without_its_token(desk: Desk) -> None:
    await called(desk, "chat.postMessage", channel=OPS, text="x", token=desk.config.bot_token)
    await called(desk, "pins.add", desk.config.bot_token, channel=OPS)
    log = (await desk.people.get("/_/slack/calls")).json()
    assert [(each["method"], each["ok"], each["error"]) for each in log] == [
        ("chat.postMessage", True, ""),
        ("pins.add", False, "no_item_specified"),
    ]
    assert log[0]["args"] == {"channel": OPS, "text": "x"}
    assert desk.config.bot_token not in str(log)
    assert (await desk.state())["calls"] == {"chat.postMessage": 1, "pins.add": 1}


async def test_api_test_answers_without_a_token(desk: Desk) -> None:
    client = AsyncWebClient(base_url=f"{desk.config.url}/slack/api/")
    assert (await client.api_test(foo="bar"))["args"] == {"foo": "bar"}
    assert (await desk.bot.team_info())["team"]["id"] == "T0LOCAL01"
    assert (await desk.bot.bots_info(bot="B0LOCAL01"))["bot"]["app_id"] == "A0LOCAL01"


async def sent(desk: Desk, method: str, body: str, kind: str, *, token: str | None = None) -> Json:
    """A call as the wire carries it, authenticated in its header unless the token is elsewhere."""
    headers = {"Content-Type": kind} if kind else {}
    if token is None:
        headers["Authorization"] = f"Bearer {desk.config.bot_token}"
    answer: Json = (await desk.people.post(f"/slack/api/{method}", content=body, headers=headers)).json()
    return answer


UTF_8 = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        ("{", UTF_8, "invalid_json"),
        ("[1]", UTF_8, "json_not_object"),
        ("<a/>", "application/xml", "invalid_post_type"),
        ("channel=x", "", "missing_post_type"),
        ("foo[7]=x", FORM, "invalid_array_arg"),
        ("a-b=x", FORM, "invalid_arg_name"),
        ("", FORM, "invalid_arguments"),
    ],
)
async def test_what_is_wrong_with_the_request_itself_has_codes_of_its_own(
    desk: Desk, body: str, kind: str, error: str
) -> None:
    assert (await sent(desk, "chat.postMessage", body, kind))["error"] == error


async def test_json_wants_its_charset_named_and_a_form_does_not(desk: Desk) -> None:
    body = json.dumps({"channel": OPS, "text": "x"})
    assert "warning" not in await sent(desk, "chat.postMessage", body, UTF_8)
    unnamed = await sent(desk, "chat.postMessage", body, "application/json")
    assert (unnamed["ok"], unnamed["warning"]) == (True, "missing_charset")
    assert unnamed["response_metadata"] == {"warnings": ["missing_charset"]}
    named = await sent(desk, "chat.postMessage", f"channel={OPS}&text=x", f"{FORM}; charset=utf-8")
    assert named["warning"] == "superfluous_charset"
    refused = await sent(desk, "chat.postMessage", "{}", "application/json")
    assert refused["response_metadata"] == {
        "messages": ["[ERROR] missing required field: channel"],
        "warnings": ["missing_charset"],
    }


async def test_methods_that_only_read_take_no_json(desk: Desk) -> None:
    assert (await sent(desk, "users.info", '{"user": "U0ANN0001"}', UTF_8))["error"] == "invalid_arguments"
    assert (await sent(desk, "users.info", "user=U0ANN0001", FORM))["ok"] is True


async def test_a_token_comes_in_the_header_or_in_a_form_but_not_in_json_or_the_address(desk: Desk) -> None:
    token = desk.config.bot_token
    assert (await sent(desk, "auth.test", f"token={token}", FORM, token=token))["ok"] is True
    in_json = await sent(desk, "auth.test", json.dumps({"token": token}), UTF_8, token=token)
    assert in_json["error"] == "not_authed"
    in_address = (await desk.people.get("/slack/api/auth.test", params={"token": token})).json()
    assert in_address["error"] == "not_authed"
    link = await sent(
        desk, "apps.connections.open", f"token={desk.config.app_token}", FORM, token=desk.config.app_token
    )
    assert link["error"] == "not_authed"


async def test_the_headers_say_what_the_token_may_and_what_the_method_wants(desk: Desk) -> None:
    answer = await called(desk, "pins.list", desk.config.bot_token, channel=OPS)
    assert answer.headers["x-accepted-oauth-scopes"] == "pins:read"
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    stranger = await called(desk, "pins.list", "xoxb-wrong", channel=OPS)
    assert stranger.headers["x-slack-failure"] == "invalid_auth"
    assert "x-oauth-scopes" not in stranger.headers
    app = await called(desk, "auth.test", desk.config.app_token)
    assert app.json() == {"ok": True, "app_name": "Daywatch", "app_id": "A0LOCAL01"}
    assert app.headers["x-oauth-scopes"] == "connections:write"


async def test_each_kind_of_conversation_has_a_scope_of_its_own(desk: Desk) -> None:
    assert await desk.code("conversations.list", types="public_channel,secret") == "invalid_types"
    refused = await desk.error("conversations.list", types="im,mpim")
    assert (refused["error"], refused["needed"]) == ("missing_scope", "mpim:read")
    await desk.act("scopes", remove=["groups:read", "channels:read", "im:read"])
    assert (await desk.error("conversations.info", channel=OPS))[
        "needed"
    ] == "channels:read,groups:read,im:read,mpim:read"
