"""Who may call the Web API, what each method needs, and how often it may be called."""

from typing import Any

import httpx
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.local.slack.limits import Limits
from bot.local.slack.methods.table import METHODS
from bot.local.slack.scopes import DEFAULT_SCOPES, NEEDED
from tests.local.slack.desk import Clock, Desk

OPS = "C0PLATOPS"


async def called(desk: Desk, method: str, token: str = "", **args: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return await desk.people.post(f"/slack/api/{method}", json=args, headers=headers)


async def test_a_call_needs_the_right_token(desk: Desk) -> None:
    bot, app = desk.config.bot_token, desk.config.app_token
    assert (await called(desk, "auth.test")).json()["error"] == "not_authed"
    assert (await called(desk, "auth.test", "xoxb-wrong")).json()["error"] == "invalid_auth"
    assert (await called(desk, "auth.test", app)).json()["error"] == "not_allowed_token_type"
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
