"""Messages as the Web API posts, changes, reads and marks them."""

from typing import Any

import pytest

from tests.local.slack.desk import Desk

OPS = "C0PLATOPS"
ANN = "U0ANN0001"
BUTTON: dict[str, Any] = {
    "type": "actions",
    "block_id": "does",
    "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Go", "emoji": True}, "action_id": "go.v1"}],
}


async def test_a_posted_message_is_the_bots_and_can_be_found_by_its_metadata(desk: Desk) -> None:
    metadata = {"event_type": "daywatch_incident", "event_payload": {"incident": "INC-142", "part": "card"}}
    posted = await desk.bot.chat_postMessage(channel=OPS, text="card", blocks=[BUTTON], metadata=metadata)
    assert posted["message"]["bot_id"] == "B0LOCAL01"
    found = (await desk.bot.conversations_history(channel=OPS, include_all_metadata=True))["messages"][0]
    assert (found["ts"], found["metadata"]) == (posted["ts"], metadata)
    assert "metadata" not in (await desk.bot.conversations_history(channel=OPS))["messages"][0]


async def test_time_stamps_grow_and_never_repeat_though_the_clock_stands_still(desk: Desk) -> None:
    stamps = [str((await desk.bot.chat_postMessage(channel=OPS, text=str(n)))["ts"]) for n in range(5)]
    assert len(set(stamps)) == 5
    assert stamps == sorted(stamps)
    assert all(len(each.split(".")[1]) == 6 for each in stamps)


async def test_json_in_a_form_post_is_parsed(desk: Desk) -> None:
    form = {
        "token": desk.config.bot_token,
        "channel": OPS,
        "text": "form",
        "blocks": '[{"type":"divider","block_id":"line"}]',
    }
    answer = (await desk.people.post("/slack/api/chat.postMessage", data=form)).json()
    assert answer["message"]["blocks"] == [{"type": "divider", "block_id": "line"}]
    broken = (await desk.people.post("/slack/api/chat.postMessage", data={**form, "blocks": "[{"})).json()
    assert broken["error"] == "invalid_blocks_format"


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({}, "no_text"),
        ({"text": ""}, "no_text"),
        ({"text": "x", "blocks": [{"type": "surprise"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": "no list"}, "invalid_blocks_format"),
        ({"text": "x", "metadata": {"event_type": "t"}}, "invalid_metadata_schema"),
        ({"text": "x", "metadata": "nonsense"}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {"event_type": "t", "event_payload": {"a": "x" * 9000}}}, "metadata_too_large"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"text": "x", "thread_ts": "0"}, "invalid_thread_ts"),
        ({"text": "x", "icon_emoji": ":x:"}, "missing_scope"),
        ({"text": "x", "channel": "C0NOWHERE"}, "channel_not_found"),
    ],
)
async def test_what_cannot_be_posted_is_refused_with_slacks_code(desk: Desk, args: dict[str, Any], error: str) -> None:
    assert await desk.code("chat.postMessage", **{"channel": OPS, **args}) == error
    assert (await desk.channel(OPS))["messages"] == []


async def test_a_refused_block_is_pointed_at(desk: Desk) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": ""}}
    answer = await desk.error("chat.postMessage", channel=OPS, text="x", blocks=[section])
    told = "must be more than 0 characters [json-pointer:/blocks/0/text/text]"
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {told}"]
    assert answer["errors"] == [told]


async def test_blocks_of_more_than_13000_characters_are_too_long(desk: Desk) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}
    assert await desk.code("chat.postMessage", channel=OPS, text="x", blocks=[section] * 5) == "msg_blocks_too_long"
    await desk.bot.chat_postMessage(channel=OPS, text="x", blocks=[section] * 4)


async def test_updating_with_text_alone_removes_the_blocks_and_with_neither_keeps_them(desk: Desk) -> None:
    ts = (await desk.bot.chat_postMessage(channel=OPS, text="a", blocks=[BUTTON]))["ts"]
    metadata = {"event_type": "t", "event_payload": {"n": 2}}
    kept = await desk.bot.api_call("chat.update", json={"channel": OPS, "ts": ts, "metadata": metadata})
    assert kept["message"]["blocks"] == [BUTTON]
    changed = await desk.bot.chat_update(channel=OPS, ts=ts, text="b")
    assert "blocks" not in changed["message"]
    assert changed["message"]["edited"]["user"] == "U0LOCALBOT"


async def test_only_own_messages_can_be_changed_or_deleted(desk: Desk) -> None:
    hers = (await desk.act("say", user="ann", channel=OPS, text="mine"))["message"]["ts"]
    assert await desk.code("chat.update", channel=OPS, ts=hers, text="x") == "cant_update_message"
    assert await desk.code("chat.delete", channel=OPS, ts=hers) == "cant_delete_message"
    assert await desk.code("chat.update", channel=OPS, ts="1700000000.000001", text="x") == "message_not_found"
    own = (await desk.bot.chat_postMessage(channel=OPS, text="a"))["ts"]
    assert await desk.code("chat.update", channel=OPS, ts=own, text="x" * 4001) == "msg_too_long"
    await desk.bot.chat_delete(channel=OPS, ts=own)
    assert await desk.code("chat.delete", channel=OPS, ts=own) == "message_not_found"


async def test_a_deleted_parent_leaves_a_tombstone_so_that_its_thread_stays(desk: Desk) -> None:
    parent = str((await desk.bot.chat_postMessage(channel=OPS, text="parent"))["ts"])
    await desk.bot.chat_postMessage(channel=OPS, text="reply", thread_ts=parent)
    await desk.bot.chat_delete(channel=OPS, ts=parent)
    thread = (await desk.bot.conversations_replies(channel=OPS, ts=parent))["messages"]
    assert [each.get("subtype") for each in thread] == ["tombstone", None]


async def test_threads_are_read_apart_from_the_channel(desk: Desk) -> None:
    parent = str((await desk.bot.chat_postMessage(channel=OPS, text="parent"))["ts"])
    reply = await desk.bot.chat_postMessage(channel=OPS, text="one", thread_ts=parent)
    await desk.bot.chat_postMessage(channel=OPS, text="two", thread_ts=str(reply["ts"]), reply_broadcast=True)
    thread = (await desk.bot.conversations_replies(channel=OPS, ts=parent))["messages"]
    assert [each["text"] for each in thread] == ["parent", "one", "two"]
    assert thread[0]["reply_count"] == 2
    top = (await desk.bot.conversations_history(channel=OPS))["messages"]
    assert [each["text"] for each in top] == ["two", "parent"]
    assert await desk.code("conversations.replies", channel=OPS, ts="1700000000.000001") == "thread_not_found"


async def test_a_reply_to_a_message_that_is_not_there_is_taken_and_seen_by_nobody(desk: Desk) -> None:
    lost = await desk.bot.chat_postMessage(channel=OPS, text="lost", thread_ts="1700000000.000001")
    assert lost["ok"] is True
    assert (await desk.bot.conversations_history(channel=OPS))["messages"] == []


async def test_history_is_cut_by_time_and_by_page(desk: Desk) -> None:
    stamps = [str((await desk.bot.chat_postMessage(channel=OPS, text=str(n)))["ts"]) for n in range(4)]
    newer = (await desk.bot.conversations_history(channel=OPS, oldest=stamps[1]))["messages"]
    assert [each["text"] for each in newer] == ["3", "2"]
    one = await desk.bot.conversations_history(channel=OPS, oldest=stamps[1], latest=stamps[1], inclusive=True)
    assert [each["text"] for each in one["messages"]] == ["1"]
    first = await desk.bot.conversations_history(channel=OPS, limit=3)
    assert first["has_more"] is True
    cursor = first["response_metadata"]["next_cursor"]
    rest = await desk.bot.conversations_history(channel=OPS, limit=3, cursor=cursor)
    assert [each["text"] for each in rest["messages"]] == ["0"]


async def test_posting_where_the_bot_is_not_needs_the_public_scope(desk: Desk) -> None:
    await desk.act("kick_bot", user="ann", channel=OPS)
    await desk.bot.chat_postMessage(channel=OPS, text="from outside")
    await desk.act("scopes", remove=["chat:write.public"])
    assert await desk.code("chat.postMessage", channel=OPS, text="x") == "not_in_channel"


async def test_an_ephemeral_message_is_seen_by_one_member_and_kept_by_nobody(desk: Desk) -> None:
    sent = await desk.bot.chat_postEphemeral(channel=OPS, user=ANN, text="only you")
    state = await desk.state()
    assert [(each["ts"], each["ephemeral_for"]) for each in state["ephemerals"]] == [(sent["message_ts"], ANN)]
    assert (await desk.channel(OPS))["messages"] == []
    assert await desk.code("chat.update", channel=OPS, ts=sent["message_ts"], text="x") == "message_not_found"
    assert await desk.code("chat.postEphemeral", channel=OPS, user="U0GIL0001", text="x") == "user_not_in_channel"


async def test_a_person_is_written_to_directly_by_their_id(desk: Desk) -> None:
    posted = await desk.bot.chat_postMessage(channel=ANN, text="a word")
    assert str(posted["channel"]).startswith("D")
    assert (await desk.channel(str(posted["channel"])))["partner"] == ANN


async def test_pins_are_set_once_and_only_on_messages(desk: Desk) -> None:
    ts = str((await desk.bot.chat_postMessage(channel=OPS, text="card"))["ts"])
    await desk.bot.pins_add(channel=OPS, timestamp=ts)
    assert await desk.code("pins.add", channel=OPS, timestamp=ts) == "already_pinned"
    assert await desk.code("pins.add", channel=OPS, timestamp="1700000000.000001") == "message_not_found"
    assert [each["message"]["ts"] for each in (await desk.bot.pins_list(channel=OPS))["items"]] == [ts]
    await desk.bot.pins_remove(channel=OPS, timestamp=ts)
    assert await desk.code("pins.remove", channel=OPS, timestamp=ts) == "no_pin"


async def test_reactions_count_each_person_once(desk: Desk) -> None:
    ts = str((await desk.bot.chat_postMessage(channel=OPS, text="card"))["ts"])
    await desk.bot.reactions_add(channel=OPS, timestamp=ts, name="eyes")
    await desk.act("react", user="ann", channel=OPS, ts=ts, name="eyes")
    assert await desk.code("reactions.add", channel=OPS, timestamp=ts, name="eyes") == "already_reacted"
    assert await desk.code("reactions.add", channel=OPS, timestamp=ts, name=":eyes:") == "invalid_name"
    shown = (await desk.bot.reactions_get(channel=OPS, timestamp=ts))["message"]["reactions"]
    assert shown == [{"name": "eyes", "users": ["U0LOCALBOT", ANN], "count": 2}]
    await desk.bot.reactions_remove(channel=OPS, timestamp=ts, name="eyes")
    assert await desk.code("reactions.remove", channel=OPS, timestamp=ts, name="eyes") == "no_reaction"


async def test_bookmarks_are_not_unique_and_only_lead_to_web_pages(desk: Desk) -> None:
    for _ in range(2):
        await desk.bot.bookmarks_add(channel_id=OPS, title="Runbook", type="link", link="https://example.com/a")
    kept = (await desk.bot.bookmarks_list(channel_id=OPS))["bookmarks"]
    assert [each["title"] for each in kept] == ["Runbook", "Runbook"]
    bad = {"channel_id": OPS, "title": "x", "type": "link", "link": "ftp://example.com"}
    assert await desk.code("bookmarks.add", **bad) == "invalid_link"
    assert await desk.code("bookmarks.add", channel=OPS, title="x", type="link", link="x") == "invalid_arguments"
    await desk.bot.bookmarks_edit(channel_id=OPS, bookmark_id=kept[0]["id"], title="Better")
    await desk.bot.bookmarks_remove(channel_id=OPS, bookmark_id=kept[1]["id"])
    assert [each["title"] for each in (await desk.channel(OPS))["bookmarks"]] == ["Better"]


async def test_a_permalink_leads_to_the_message(desk: Desk) -> None:
    ts = str((await desk.bot.chat_postMessage(channel=OPS, text="card"))["ts"])
    link = (await desk.bot.chat_getPermalink(channel=OPS, message_ts=ts))["permalink"]
    assert link == f"{desk.config.url}/archives/{OPS}/p{ts.replace('.', '')}"
    assert await desk.code("chat.getPermalink", channel=OPS, message_ts="1700000000.000001") == "message_not_found"


async def test_a_file_is_uploaded_in_three_steps_and_shared_once(desk: Desk) -> None:
    shared = await desk.bot.files_upload_v2(
        channel=OPS, content=b"a,b\n1,2\n", filename="checks.csv", title="All checks", initial_comment="here"
    )
    file_id = shared["files"][0]["id"]
    message = (await desk.channel(OPS))["messages"][-1]
    assert (message["text"], message["files"][0]["title"]) == ("here", "All checks")
    assert await desk.code("files.completeUploadExternal", files=[{"id": file_id}]) == "file_not_found"
    assert (await desk.bot.files_info(file=file_id))["file"]["size"] == 8


async def test_an_upload_of_another_length_than_announced_is_refused(desk: Desk) -> None:
    place = await desk.bot.files_getUploadURLExternal(filename="a.txt", length=5)
    assert (await desk.people.post(str(place["upload_url"]), content=b"four")).status_code == 400
    assert await desk.code("files.completeUploadExternal", files=[{"id": place["file_id"]}]) == "file_not_found"
