"""Modals, answers and their deadlines, as a person's click brings them to us."""

from typing import Any

import pytest

from bot.domain.errors import RateLimited, Unavailable
from bot.slack.blocks import section
from bot.slack.message import Message, View, loading
from bot.slack.refusals import SlackRefused
from bot.slack.windows import Windows
from tests.slack import drawings
from tests.slack.conftest import Workspace
from tests.slack.scripted import Line, Start


async def people(workspace: Workspace) -> tuple[str, str]:
    """Ann, and the team's channel."""
    state = await workspace.state()
    ann = next(one["id"] for one in state["users"] if one["name"] == "ann")
    return str(ann), next(str(one["id"]) for one in state["channels"] if one["name"] == "platform-ops")


async def stack(workspace: Workspace, user: str) -> list[dict[str, Any]]:
    views: list[dict[str, Any]] = (await workspace.state())["views"].get(user, [])
    return views


@pytest.mark.parametrize("draw", [drawings.declare, drawings.update_composer, drawings.deploy_review])
async def test_slack_opens_our_modals_as_they_are(workspace: Workspace, draw: Any) -> None:
    ann, ops = await people(workspace)
    async with workspace.listening() as do:
        clicked = await do("command", user=ann, channel=ops, command="/incident", text="declare")
        view_id = await workspace.chat.windows.open(clicked["payload"]["trigger_id"], draw())
    (shown,) = await stack(workspace, ann)
    assert (shown["id"], shown["callback_id"]) == (view_id, draw().callback_id)
    assert len(shown["blocks"]) == len(draw().blocks)


async def test_a_loading_view_becomes_the_real_one(workspace: Workspace) -> None:
    ann, ops = await people(workspace)
    async with workspace.listening() as do:
        clicked = await do("command", user=ann, channel=ops, command="/incident", text="declare")
        view_id = await workspace.chat.windows.open(clicked["payload"]["trigger_id"], loading("Deploy checkout?"))
        assert await workspace.chat.windows.update(view_id, drawings.deploy_review()) == view_id
    (shown,) = await stack(workspace, ann)
    assert shown["submit"]["text"] == "Ask for approval"


async def test_a_newer_view_is_not_overwritten(workspace: Workspace) -> None:
    ann, ops = await people(workspace)
    async with workspace.listening() as do:
        clicked = await do("command", user=ann, channel=ops, command="/incident", text="declare")
        view_id = await workspace.chat.windows.open(clicked["payload"]["trigger_id"], loading("Deploy checkout?"))
    with pytest.raises(SlackRefused) as caught:
        await workspace.chat.windows.update(view_id, drawings.deploy_review(), seen="an-older-hash")
    assert caught.value.code == "hash_conflict"


async def test_a_trigger_works_once(workspace: Workspace) -> None:
    ann, ops = await people(workspace)
    async with workspace.listening() as do:
        clicked = await do("command", user=ann, channel=ops, command="/incident", text="declare")
        trigger = clicked["payload"]["trigger_id"]
        await workspace.chat.windows.open(trigger, drawings.declare())
        with pytest.raises(SlackRefused) as caught:
            await workspace.chat.windows.push(trigger, drawings.declare())
    assert caught.value.code == "exchanged_trigger_id"


async def test_a_preview_goes_on_top(workspace: Workspace) -> None:
    ann, ops = await people(workspace)
    preview = View(title="Preview", submit="Post update", blocks=(section("the words as they will stand"),))
    pressable = View(title="Compose", blocks=drawings.triage().blocks)
    async with workspace.listening() as do:
        clicked = await do("command", user=ann, channel=ops, command="/incident", text="update")
        view_id = await workspace.chat.windows.open(clicked["payload"]["trigger_id"], pressable)
        pressed = await do("press", user=ann, view_id=view_id, action_id="alerts.declare.v1")
        await workspace.chat.windows.push(pressed["payload"]["trigger_id"], preview)
    assert [view["title"]["text"] for view in await stack(workspace, ann)] == ["Compose", "Preview"]


async def test_a_modal_never_waits_in_line(workspace: Workspace) -> None:
    for _ in range(100):
        await workspace.chat.api.budget.wait("views.open")
    with pytest.raises(RateLimited):
        await workspace.chat.windows.open("1.2.abc", drawings.declare())
    assert workspace.outcomes == []


async def test_a_command_is_answered_five_times_and_then_refused(workspace: Workspace) -> None:
    ann, ops = await people(workspace)
    async with workspace.listening() as do:
        url = (await do("command", user=ann, channel=ops, command="/checklist", text=""))["payload"]["response_url"]
    for number in range(5):
        await workspace.chat.posts.respond(url, drawings.triage() if number else Message("first"))
    with pytest.raises(SlackRefused) as caught:
        await workspace.chat.posts.respond(url, Message("sixth"))
    notes = (await workspace.state())["ephemerals"]
    assert (len(notes), {note["ephemeral_for"] for note in notes}) == (5, {ann})
    assert caught.value.code == "used_url"


async def test_a_pressed_message_is_replaced_only_when_we_say_so(workspace: Workspace) -> None:
    ann, ops = await people(workspace)
    _, ts = await workspace.chat.post(ops, drawings.triage(), "alert-1")
    async with workspace.listening() as do:
        pressed = await do("press", user=ann, channel=ops, ts=ts, action_id="alerts.acknowledge.v1")
        url = pressed["payload"]["response_url"]
        await workspace.chat.posts.respond(url, Message("Bob acknowledged this 4 s ago."))
        before = next(one for one in (await workspace.channel(ops))["messages"] if one["ts"] == ts)
        await workspace.chat.posts.respond(url, Message("acknowledged", blocks=(section("done"),)), replace=True)
    after = next(one for one in (await workspace.channel(ops))["messages"] if one["ts"] == ts)
    assert (len(before["blocks"]), len(after["blocks"])) == (3, 1)


@pytest.mark.parametrize("workspace", ["real"], indirect=True)
async def test_we_stop_before_slack_has_to_stop_us(workspace: Workspace) -> None:
    async def storm() -> None:
        for number in range(30):
            await workspace.chat.api.call("conversations.create", patience=0, name=f"storm-{number}")

    with pytest.raises(RateLimited) as caught:
        await storm()
    assert 50 < caught.value.retry_after <= 60
    assert workspace.outcomes == [("conversations.create", "ok")] * 20


async def test_a_redraw_that_got_no_answer_is_sent_again(scripted: Start) -> None:
    """It is the whole view each time. An opening is not repeated: its trigger works once."""
    done = Line(body={"ok": True, "view": {"id": "V1"}})
    slack = await scripted(
        {"views.update": [Line(status=500, body="oops"), Line(body=None), done], "views.open": [Line(body=None)]}
    )
    windows = Windows(api=slack.api, pauses=(0.0, 0.0))
    assert await windows.update("V1", drawings.declare()) == "V1"
    with pytest.raises(Unavailable):
        await windows.open("t", drawings.declare())
    assert [method for method, _ in slack.heard] == ["views.update"] * 3 + ["views.open"]
