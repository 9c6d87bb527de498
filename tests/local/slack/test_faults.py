"""Faults on demand: slow, limited, failing, refused, lost after it was applied, and held."""

import asyncio
import time

import aiohttp
import httpx
import pytest

from bot.local.faults import Faults
from tests.local.slack.desk import Desk, eventually

OPS = "C0PLATOPS"


async def texts(desk: Desk) -> list[str]:
    return [each["text"] for each in (await desk.channel(OPS))["messages"]]


async def test_a_slow_call_answers_after_its_time(desk: Desk) -> None:
    await desk.fault(system="slack", method="chat.*", kind="slow", seconds=0.3)
    began = time.monotonic()
    await desk.bot.chat_postMessage(channel=OPS, text="x")
    assert time.monotonic() - began >= 0.3
    assert await texts(desk) == ["x"]


async def test_a_slow_call_is_applied_though_the_caller_gave_up(desk: Desk) -> None:
    await desk.fault(system="slack", method="chat.*", kind="slow", seconds=0.3)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(desk.bot.chat_postMessage(channel=OPS, text="x"), 0.1)
    assert await texts(desk) == []

    async def is_applied() -> bool:
        return await texts(desk) == ["x"]

    await eventually(is_applied)


async def test_a_limited_call_is_told_when_to_come_back_and_not_applied(desk: Desk) -> None:
    await desk.fault(system="slack", method="chat.postMessage", kind="limit", retry_after=7, times=1)
    assert await desk.code("chat.postMessage", channel=OPS, text="x") == "ratelimited"
    await desk.bot.chat_postMessage(channel=OPS, text="y")
    assert await texts(desk) == ["y"]


async def test_a_failing_call_has_the_status_asked_for(desk: Desk) -> None:
    await desk.fault(system="slack", method="pins.add", kind="fail", status=503)
    headers = {"Authorization": f"Bearer {desk.config.bot_token}"}
    answer = await desk.people.post("/slack/api/pins.add", json={"channel": OPS}, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (503, "internal_error")


async def test_a_refused_call_is_cut_off_and_not_applied(desk: Desk) -> None:
    await desk.fault(system="slack", method="chat.postMessage", kind="refuse")
    with pytest.raises(aiohttp.ClientConnectionError):
        await desk.bot.chat_postMessage(channel=OPS, text="x")
    assert await texts(desk) == []


async def test_a_lost_answer_belongs_to_a_call_that_was_applied(desk: Desk) -> None:
    await desk.fault(system="slack", method="chat.postMessage", kind="lost", times=1)
    with pytest.raises(aiohttp.ClientConnectionError):
        await desk.bot.chat_postMessage(channel=OPS, text="x")
    assert await texts(desk) == ["x"]


@pytest.mark.parametrize(("applied", "meanwhile"), [("before", ["x"]), ("after", [])])
async def test_a_held_call_waits_until_released(desk: Desk, applied: str, meanwhile: list[str]) -> None:
    await desk.fault(system="slack", method="chat.postMessage", kind="hold", applied=applied, times=1)
    call = asyncio.create_task(desk.bot.chat_postMessage(channel=OPS, text="x"))

    async def is_held() -> bool:
        return await desk.held() == 1

    await eventually(is_held)
    assert await texts(desk) == meanwhile
    assert not call.done()
    assert (await desk.people.post("/_/faults/release")).json() == {"released": 1}
    await call
    assert await texts(desk) == ["x"]


async def test_a_bot_that_dies_while_its_call_is_held_leaves_the_workspace_standing(desk: Desk) -> None:
    await desk.fault(system="slack", method="chat.postMessage", kind="hold", applied="before")
    call = asyncio.create_task(desk.bot.chat_postMessage(channel=OPS, text="x"))

    async def is_applied() -> bool:
        return await texts(desk) == ["x"]

    await eventually(is_applied)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await desk.people.delete("/_/faults")
    await desk.bot.chat_postMessage(channel=OPS, text="y")
    assert await texts(desk) == ["x", "y"]


async def test_the_first_calls_may_be_skipped_and_rules_cleared(desk: Desk) -> None:
    rule = await desk.fault(system="slack", method="auth.test", kind="fail", after=1, times=1)
    assert (await desk.bot.auth_test())["ok"] is True
    assert await desk.code("auth.test") == "internal_error"
    assert (await desk.bot.auth_test())["ok"] is True
    shown = (await desk.people.get("/_/faults")).json()["faults"]
    assert [(each["id"], each["seen"], each["hits"]) for each in shown] == [(rule["id"], 3, 1)]
    assert (await desk.people.delete("/_/faults", params={"id": rule["id"]})).json() == {"cleared": 1}
    assert (await desk.people.get("/_/faults")).json() == {"faults": []}


async def test_pagerduty_calls_are_named_by_method_and_path(desk: Desk) -> None:
    await desk.fault(system="pagerduty", method="GET /incidents*", kind="limit", retry_after=3)
    headers = {"Authorization": f"Token token={desk.config.pagerduty_api_key}"}
    async with httpx.AsyncClient(base_url=desk.config.url, headers=headers, trust_env=False) as pager:
        limited = await pager.get("/pagerduty/incidents")
        assert (limited.status_code, limited.headers["retry-after"]) == (429, "3")
        assert (await pager.get("/pagerduty/abilities")).status_code == 200
        await desk.fault(system="pagerduty", method="GET /users/{id}", kind="fail", status=502)
        assert (await pager.get("/pagerduty/users/PUANN01")).status_code == 502
        assert (await pager.get("/pagerduty/users")).status_code == 200


@pytest.mark.parametrize("given", [{"kind": "explode"}, {}, {"kind": "hold", "applied": "never"}])
def test_a_rule_nobody_understands_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Faults().add(given)
