"""Messages in Slack: posted once, found again, redrawn, answered, and never lost."""

from typing import Any

import httpx
import pytest

from bot.domain.errors import NotFound, RateLimited, Unavailable
from bot.slack.blocks import bullets, header, image, plan, rich, section, table, task, words
from bot.slack.message import Message, Surface, View, loading
from bot.slack.posts import Posts
from bot.slack.refusals import BlocksRefused, SlackRefused
from bot.slack.windows import Windows
from tests.slack import drawings
from tests.slack.conftest import Workspace
from tests.slack.scripted import Line, Start


async def message_at(workspace: Workspace, channel: str, ts: str) -> dict[str, Any]:
    messages = (await workspace.channel(channel))["messages"]
    found: dict[str, Any] = next(one for one in messages if one["ts"] == ts)
    return found


@pytest.mark.parametrize("draw", [drawings.digest, drawings.incident_card, drawings.triage, drawings.deploy_message])
async def test_slack_takes_our_messages_as_they_are(workspace: Workspace, draw: Any) -> None:
    channel = await workspace.made()
    ts = await workspace.chat.posts.post(channel, draw(), "the key")
    posted = await message_at(workspace, channel, ts)
    assert [block["type"] for block in posted["blocks"]] == [block["type"] for block in draw().to_dict()["blocks"]]
    assert posted["metadata"]["event_payload"]["key"] == "the key"


async def test_a_post_whose_answer_was_lost_is_found_not_repeated(workspace: Workspace) -> None:
    channel = await workspace.made()
    await workspace.fault("chat.postMessage", "lost")
    with pytest.raises(Unavailable):
        await workspace.chat.posts.post(channel, drawings.triage(), "alert-1")
    ts = await workspace.chat.posts.post(channel, drawings.triage(), "alert-1", look_first=True)
    keys = [
        one["ts"]
        for one in (await workspace.channel(channel))["messages"]
        if (one.get("metadata") or {}).get("event_payload", {}).get("key") == "alert-1"
    ]
    assert keys == [ts]


async def test_looking_first_posts_when_nothing_is_there(workspace: Workspace) -> None:
    channel = await workspace.made()
    await workspace.chat.posts.post(channel, drawings.triage(), "alert-1")
    ts = await workspace.chat.posts.post(channel, drawings.triage(), "alert-2", look_first=True)
    assert await workspace.chat.posts.find(channel, "alert-2") == ts


async def test_an_old_message_is_found_on_a_later_page(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = await workspace.made()
    first = await workspace.chat.posts.post(channel, Message("first"), "alert-1")
    for number in range(5):
        await workspace.chat.api.call("chat.postMessage", channel=channel, text=f"{number}")
        workspace.chat.api.budget._paces.clear()
    monkeypatch.setattr("bot.slack.posts._PAGE", 2)
    assert await workspace.chat.posts.find(channel, "alert-1") == first
    assert workspace.calls("conversations.history") == 3
    again = await workspace.chat.posts.post(channel, Message("once more"), "alert-1")
    assert await workspace.chat.posts.find(channel, "alert-1") == again
    assert await workspace.chat.posts.beside(channel, again, "alert-1") == [first]


async def test_a_reply_is_looked_for_in_its_thread(workspace: Workspace) -> None:
    channel = await workspace.made()
    top = await workspace.chat.posts.post(channel, Message("top"), "card")
    reply = await workspace.chat.posts.post(channel, Message("reply"), "evidence", thread_ts=top)
    assert await workspace.chat.posts.find(channel, "evidence", thread_ts=top) == reply


async def test_a_strangers_copy_of_our_key_is_not_ours(workspace: Workspace) -> None:
    channel = await workspace.made()
    await workspace.chat.posts.post(channel, Message("x"), "alert-1")
    foreign = Posts(api=workspace.chat.api, http=workspace.http, bot_user="U0SOMEBODY")
    assert await foreign.find(channel, "alert-1") is None


async def test_looking_in_a_public_channel_we_only_post_to_joins_it(workspace: Workspace) -> None:
    channel = await workspace.made()
    await workspace.chat.api.call("conversations.leave", channel=channel)
    ts = await workspace.chat.posts.post(channel, Message("from outside"), "alert-1")
    assert await workspace.chat.posts.find(channel, "alert-1") == ts


async def test_a_redraw_replaces_the_blocks(workspace: Workspace) -> None:
    channel = await workspace.made()
    ts = await workspace.chat.posts.post(channel, drawings.triage(), "alert-1")
    await workspace.chat.posts.update(channel, ts, Message("resolved", blocks=(section("resolved"),)), "alert-1")
    drawn = await message_at(workspace, channel, ts)
    assert (len(drawn["blocks"]), drawn["text"]) == (1, "resolved")
    assert await workspace.chat.posts.find(channel, "alert-1") == ts


async def test_a_redraw_without_blocks_leaves_no_old_buttons(workspace: Workspace) -> None:
    channel = await workspace.made()
    ts = await workspace.chat.posts.post(channel, drawings.triage(), "alert-1")
    await workspace.chat.posts.update(channel, ts, Message("resolved"))
    assert not (await message_at(workspace, channel, ts)).get("blocks")


async def test_a_deleted_message_is_told_by_the_redraw(workspace: Workspace) -> None:
    channel = await workspace.made()
    ts = await workspace.chat.posts.post(channel, drawings.triage(), "alert-1")
    await workspace.chat.posts.delete(channel, ts)
    await workspace.chat.posts.delete(channel, ts)
    with pytest.raises(NotFound):
        await workspace.chat.posts.update(channel, ts, drawings.triage())


REFUSED = Line(body={"ok": False, "error": "msg_blocks_too_long"})


async def test_refused_blocks_go_out_smaller_and_at_last_as_text(scripted: Start) -> None:
    slack = await scripted({"chat.postMessage": [REFUSED, REFUSED, REFUSED, Line(body={"ok": True, "ts": "1.1"})]})
    async with httpx.AsyncClient() as http:
        posts = Posts(api=slack.api, http=http, bot_user="U1")
        assert await posts.post("C1", drawings.deploy_message(), "dep-77") == "1.1"
    sent = [fields.get("blocks", "") for _, fields in slack.heard]
    assert ('"plan"' in sent[0], '"plan"' in sent[1]) == (True, False)
    assert len(sent[0]) > len(sent[1]) > len(sent[2]) > len(sent[3]) == 0
    assert "waiting for you" in slack.heard[3][1]["text"]
    assert "20 % of traffic" in slack.heard[3][1]["text"]
    assert all('"key": "dep-77"' in fields["metadata"] for _, fields in slack.heard)


async def test_what_slack_refuses_to_the_last_is_told(scripted: Start) -> None:
    slack = await scripted({"chat.postMessage": [REFUSED] * 4})
    async with httpx.AsyncClient() as http:
        with pytest.raises(BlocksRefused):
            await Posts(api=slack.api, http=http, bot_user="U1").post("C1", drawings.triage())
    assert len(slack.heard) == 4


async def test_other_refusals_are_not_tried_smaller(scripted: Start) -> None:
    slack = await scripted({"chat.postMessage": [Line(body={"ok": False, "error": "is_archived"})]})
    async with httpx.AsyncClient() as http:
        with pytest.raises(SlackRefused, match="is_archived"):
            await Posts(api=slack.api, http=http, bot_user="U1").post("C1", drawings.triage())
    assert len(slack.heard) == 1


async def test_a_huge_table_and_plan_still_reach_the_channel(workspace: Workspace) -> None:
    rows = [[f"check-{number}", "❌ fail", "evidence " * 30] for number in range(400)]
    steps = [task(f"s{number}", f"step {number} " * 5, "pending") for number in range(40)]
    message = Message(
        "400 checks",
        surface=Surface.TABLE,
        blocks=(
            header("400 checks of platform"),
            table(["name", "status", "evidence"], rows),
            plan("Steps", steps, block_id="p"),
            rich(bullets(*(words(f"{number} " * 40) for number in range(300)))),
        ),
    )
    channel = await workspace.made()
    ts = await workspace.chat.posts.post(channel, message, "table")
    assert (await message_at(workspace, channel, ts))["blocks"][0]["type"] == "header"


# Answers


class Hook:
    """A `response_url` with a script."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.heard: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(httpx.Response(200, content=request.content).json())
        return self.answers.pop(0) if self.answers else httpx.Response(200, text="ok")


async def answering(scripted: Start, hook: Hook) -> tuple[Posts, httpx.AsyncClient]:
    slack = await scripted({})
    http = httpx.AsyncClient(transport=httpx.MockTransport(hook))
    return Posts(api=slack.api, http=http, bot_user="U1"), http


HOOK = "https://hooks.slack.com/commands/T1/2/abc"


async def test_an_answer_says_all_three_switches(scripted: Start) -> None:
    hook = Hook()
    posts, http = await answering(scripted, hook)
    async with http:
        await posts.respond(HOOK, Message("Only you", blocks=(section("Only you"),)))
        await posts.respond(HOOK, Message("All"), everybody=True, replace=True)
        await posts.respond(HOOK, None, delete=True)
    switches = [(one["response_type"], one["replace_original"], one["delete_original"]) for one in hook.heard]
    assert switches == [("ephemeral", False, False), ("in_channel", True, False), ("ephemeral", False, True)]


async def test_a_used_up_answer_is_refused_with_its_code(scripted: Start) -> None:
    posts, http = await answering(scripted, Hook(httpx.Response(404, text="used_url")))
    async with http:
        with pytest.raises(SlackRefused) as caught:
            await posts.respond(HOOK, Message("late"))
    assert caught.value.code == "used_url"


async def test_an_expired_answer_as_json_is_refused_too(scripted: Start) -> None:
    posts, http = await answering(scripted, Hook(httpx.Response(404, json={"ok": False, "error": "expired_url"})))
    async with http:
        with pytest.raises(SlackRefused) as caught:
            await posts.respond(HOOK, Message("late"))
    assert caught.value.code == "expired_url"


async def test_a_limited_or_broken_answer_is_told_apart(scripted: Start) -> None:
    answers = Hook(httpx.Response(429, text="rate_limited", headers={"Retry-After": "12"}), httpx.Response(502))
    posts, http = await answering(scripted, answers)
    async with http:
        with pytest.raises(RateLimited) as limited:
            await posts.respond(HOOK, Message("x"))
        with pytest.raises(Unavailable):
            await posts.respond(HOOK, Message("x"))
    assert limited.value.retry_after == 12


async def test_an_answer_with_refused_blocks_goes_out_smaller(scripted: Start) -> None:
    hook = Hook(httpx.Response(400, text="invalid_blocks"))
    posts, http = await answering(scripted, hook)
    async with http:
        await posts.respond(HOOK, drawings.triage())
    assert len(hook.heard) == 2


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "https://hooks.slack.com.evil.example/x", "http://hooks.slack.com/x", ""]
)
async def test_answers_go_to_slack_whatever_a_payload_says(scripted: Start, url: str) -> None:
    hook = Hook()
    posts, http = await answering(scripted, hook)
    async with http:
        with pytest.raises(SlackRefused, match="not Slack's"):
            await posts.respond(url, Message("x"))
    assert hook.heard == []


# Windows and files


async def test_a_home_is_published_and_redrawn(workspace: Workspace) -> None:
    ann = next(one["id"] for one in (await workspace.state())["users"] if one["name"] == "ann")
    await workspace.chat.windows.publish_home(ann, drawings.app_home())
    shown = (await workspace.state())["homes"][ann]
    assert len(shown["blocks"]) == len(drawings.app_home().to_dict()["blocks"])


async def test_a_trigger_that_is_no_trigger_is_refused_with_its_code(workspace: Workspace) -> None:
    with pytest.raises(SlackRefused) as caught:
        await workspace.chat.windows.open("1.2.abc", drawings.declare())
    assert caught.value.code == "invalid_trigger_id"


async def test_a_view_that_slack_finds_too_large_is_halved(scripted: Start) -> None:
    slack = await scripted(
        {
            "views.update": [
                Line(body={"ok": False, "error": "view_too_large"}),
                Line(body={"ok": True, "view": {"id": "V1"}}),
            ]
        }
    )
    long = View(title="Long", blocks=tuple(section(f"row {number}") for number in range(12)))
    assert await Windows(api=slack.api).update("V1", long, seen="h1") == "V1"
    first, second = (fields["view"] for _, fields in slack.heard)
    assert (first.count("section"), second.count("section")) == (12, 6)
    assert slack.heard[0][1]["hash"] == "h1"


async def test_a_loading_view_is_small_and_complete() -> None:
    shape = loading("Deploy checkout?", "Asking 3 systems").to_dict()
    assert (shape["title"]["text"], shape["blocks"][0]["text"]["text"]) == ("Deploy checkout?", "⏳ Asking 3 systems")


async def test_a_file_goes_up_in_three_calls(workspace: Workspace) -> None:
    channel = await workspace.made()
    top = await workspace.chat.posts.post(channel, Message("top"), "card")
    content = "ä,b\n1,2\n".encode()
    file = await workspace.chat.files.upload(
        "checks.csv", content, title="All checks", channel=channel, thread_ts=top, comment="<!channel>"
    )
    info = await workspace.chat.api.call("files.info", file=file)
    assert (info["file"]["name"], info["file"]["size"]) == ("checks.csv", len(content))


async def test_a_picture_of_the_app_s_alone_stands_in_a_message(workspace: Workspace) -> None:
    file = await workspace.chat.files.upload("trend.png", b"\x89PNG\r\n\x1a\n", title="Trend", alt="rising")
    channel = await workspace.made()
    ts = await workspace.chat.posts.post(channel, Message("top", blocks=(image("rising", file=file),)), "chart")
    found = await workspace.chat.api.call("conversations.history", channel=channel, latest=ts, inclusive=True, limit=1)
    (block,) = found["messages"][0]["blocks"]
    assert (block["type"], block["alt_text"], block["slack_file"]) == ("image", "rising", {"id": file})


async def test_a_file_that_could_not_be_finished_is_unavailable(workspace: Workspace) -> None:
    await workspace.fault("files.completeUploadExternal", "fail")
    with pytest.raises(Unavailable):
        await workspace.chat.files.upload("a.csv", b"x", channel=await workspace.made())


@pytest.mark.parametrize("content", [b"", b"x" * (5 * 1024 * 1024 + 1)])
async def test_empty_and_huge_files_are_not_sent(workspace: Workspace, content: bytes) -> None:
    with pytest.raises(ValueError, match="a file has"):
        await workspace.chat.files.upload("a.csv", content)
