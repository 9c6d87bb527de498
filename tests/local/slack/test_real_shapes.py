"""Answers, events and payloads have the fields that Slack's own samples show."""

from typing import Any

import pytest

from bot.local.workspace import LocalConfig
from tests.local.slack.conftest import NOWHERE
from tests.local.slack.desk import QUICK, App, Clock, Desk, Json, connected, seated

OPS = "C0PLATOPS"
ANN, BOB, KIM = "U0ANN0001", "U0BOB0001", "U0KIM0001"


def _words(text: str) -> set[str]:
    return set(text.split())


# From the samples on the methods' pages and in the vendor's own libraries.
CHANNEL = _words(
    "id name is_channel is_group is_im created creator is_archived is_general unlinked name_normalized is_shared "
    "is_ext_shared is_org_shared pending_shared is_pending_ext_shared is_member is_private is_mpim topic purpose "
    "previous_names shared_team_ids pending_connected_team_ids context_team_id updated parent_conversation"
)
PROFILE = _words(
    "title phone skype real_name real_name_normalized display_name display_name_normalized status_text "
    "status_text_canonical status_emoji status_emoji_display_info status_expiration avatar_hash first_name last_name "
    "email image_24 image_32 image_48 image_72 image_192 image_512 team"
)
FILE = _words(
    "id created timestamp name title mimetype filetype pretty_type user user_team editable size mode is_external "
    "external_type is_public public_url_shared display_as_bot username url_private url_private_download permalink "
    "comments_count is_starred shares channels groups ims has_more_shares has_rich_preview file_access"
)


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


async def posted(desk: Desk, *blocks: Json, **more: Any) -> str:
    return str((await desk.bot.chat_postMessage(channel=OPS, text="card", blocks=blocks or None, **more))["ts"])


async def test_a_channel_is_shown_whole_and_among_others_without_what_was_read(desk: Desk) -> None:
    made = (await desk.bot.conversations_create(name="inc-1"))["channel"]
    assert set(made) >= CHANNEL | {"last_read", "priority"}
    listed = (await desk.bot.conversations_list())["channels"][-1]
    assert set(listed) >= CHANNEL | {"num_members"}
    assert "last_read" not in listed


async def test_a_direct_message_that_was_open_before_is_no_news(desk: Desk) -> None:
    first = await desk.bot.conversations_open(users=ANN)
    assert "no_op" not in first.data
    again = await desk.bot.conversations_open(users=ANN, return_im=True)
    assert (again["no_op"], again["already_open"]) == (True, True)
    assert set(again["channel"]) >= {"id", "created", "is_im", "user", "last_read", "latest", "unread_count", "is_open"}
    assert await desk.code("conversations.open", channel=OPS) == "method_not_supported_for_channel_type"


async def test_a_person_has_a_whole_profile_and_a_locale_when_asked_for(desk: Desk) -> None:
    ann = (await desk.bot.users_info(user=ANN, include_locale=True))["user"]
    assert set(ann["profile"]) >= PROFILE
    assert (ann["locale"], ann["is_email_confirmed"]) == ("en-US", True)
    assert "locale" not in (await desk.bot.users_info(user=ANN))["user"]


async def test_a_pinned_message_says_so_everywhere_and_has_a_permalink_where_it_is_listed(desk: Desk) -> None:
    ts = await posted(desk)
    await desk.bot.pins_add(channel=OPS, timestamp=ts)
    link = (await desk.bot.chat_getPermalink(channel=OPS, message_ts=ts))["permalink"]
    (seen,) = (await desk.bot.conversations_history(channel=OPS))["messages"]
    assert (seen["pinned_to"], seen["pinned_info"]["pinned_by"]) == ([OPS], "U0LOCALBOT")
    assert (await desk.bot.pins_list(channel=OPS))["items"][0]["message"]["permalink"] == link
    assert (await desk.bot.reactions_get(channel=OPS, timestamp=ts))["message"]["permalink"] == link
    assert await desk.code("pins.add", channel=OPS, timestamp="yesterday") == "bad_timestamp"


async def test_blocks_come_back_with_what_slack_fills_in(desk: Desk) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "*a*"}, "block_id": "s"}
    button = {"type": "button", "text": plain("Go"), "action_id": "go"}
    ts = await posted(desk, section, {"type": "actions", "block_id": "r", "elements": [button]})
    (seen,) = (await desk.bot.conversations_history(channel=OPS))["messages"]
    assert seen["ts"] == ts
    assert seen["blocks"][0]["text"] == {"type": "mrkdwn", "text": "*a*", "verbatim": False}
    assert seen["blocks"][1]["elements"][0]["text"] == {"type": "plain_text", "text": "Go", "emoji": True}


async def test_history_pages_do_not_shift_when_something_is_said_meanwhile(desk: Desk) -> None:
    for number in range(4):
        await desk.bot.chat_postMessage(channel=OPS, text=str(number))
    first = await desk.bot.conversations_history(channel=OPS, limit=2)
    await posted(desk)
    rest = await desk.bot.conversations_history(channel=OPS, limit=2, cursor=first["response_metadata"]["next_cursor"])
    assert [each["text"] for each in [*first["messages"], *rest["messages"]]] == ["3", "2", "1", "0"]
    assert await desk.code("conversations.history", channel=OPS, cursor="x") == "invalid_cursor"


async def test_history_since_a_moment_goes_forward_page_by_page(desk: Desk) -> None:
    stamps = [str((await desk.bot.chat_postMessage(channel=OPS, text=str(number)))["ts"]) for number in range(5)]
    answers = await desk.bot.conversations_history(channel=OPS, oldest=stamps[0], limit=2)
    pages = [[each["text"] for each in page["messages"]] async for page in answers]
    assert pages == [["2", "1"], ["4", "3"]]
    until = await desk.bot.conversations_history(channel=OPS, latest=stamps[1])
    assert (until["latest"], until["channel_actions_count"]) == (stamps[1], 0)
    assert await desk.code("conversations.history", channel=OPS, oldest="today") == "invalid_ts_oldest"


async def test_a_thread_begins_with_its_first_message_whatever_span_is_asked_for(desk: Desk) -> None:
    parent = await posted(desk)
    stamps = [await posted(desk, thread_ts=parent) for _ in range(3)]
    since = await desk.bot.conversations_replies(channel=OPS, ts=parent, oldest=stamps[1], limit=2)
    assert [each["ts"] for each in since["messages"]] == [parent, stamps[2]]
    answers = await desk.bot.conversations_replies(channel=OPS, ts=parent, limit=2)
    pages = [[each["ts"] for each in page["messages"]] async for page in answers]
    assert pages == [[parent, stamps[0]], stamps[1:]]


async def test_a_reply_told_to_the_channel_carries_what_it_answers(desk: Desk) -> None:
    parent = await posted(desk)
    sent = await desk.bot.chat_postMessage(channel=OPS, text="x", thread_ts=parent, reply_broadcast=True)
    assert (sent["message"]["subtype"], sent["message"]["root"]["ts"]) == ("thread_broadcast", parent)


async def test_a_long_text_is_cut_with_a_warning(desk: Desk) -> None:
    sent = await desk.bot.chat_postMessage(channel=OPS, text="x" * 40_001)
    assert (sent["warning"], len(sent["message"]["text"])) == ("message_truncated", 40_000)


async def test_a_file_knows_where_it_was_shared_and_is_given_to_who_has_a_token(desk: Desk) -> None:
    place = await desk.bot.files_getUploadURLExternal(filename="a b.txt", length=3)
    assert (await desk.people.post(str(place["upload_url"]), content=b"abc")).text == "OK - 3"
    wanted = [{"id": place["file_id"], "title": "A"}]
    await desk.bot.files_completeUploadExternal(files=wanted, channels=[OPS, "C0ALERTS"], initial_comment="here")
    answer = await desk.bot.files_info(file=str(place["file_id"]))
    file = answer["file"]
    assert set(file) >= FILE
    assert (file["filetype"], answer["comments"]) == ("text", [])
    said = {name: (await desk.channel(name))["messages"][-1]["ts"] for name in (OPS, "C0ALERTS")}
    assert {name: shares[0]["ts"] for name, shares in file["shares"]["public"].items()} == said
    owner = {"Authorization": f"Bearer {desk.config.bot_token}"}
    assert (await desk.people.get(file["url_private"], headers=owner)).content == b"abc"
    assert (await desk.people.get(file["url_private_download"])).status_code == 403


async def test_events_of_channels_carry_what_the_vendors_types_ask_for(desk: Desk, app: App) -> None:
    channel = str((await desk.bot.conversations_create(name="inc-1"))["channel"]["id"])
    (made,) = await app.until(lambda: app.events("channel_created"))
    told = "id is_channel name name_normalized created creator is_shared is_org_shared context_team_id is_archived"
    rest = "is_frozen is_general is_group is_private is_ext_shared is_im is_mpim is_pending_ext_shared"
    assert set(made["channel"]) >= _words(f"{told} {rest}")
    await desk.bot.conversations_rename(channel=channel, name="inc-2")
    (renamed,) = await app.until(lambda: app.events("channel_rename"))
    known = {"id", "name", "name_normalized", "created", "is_channel", "is_mpim"}
    assert (set(renamed["channel"]), renamed["channel"]["name"]) == (known, "inc-2")
    envelope = next(each.payload for each in app.heard if each.type == "events_api")
    assert (envelope["context_team_id"], envelope["context_enterprise_id"]) == ("T0LOCAL01", None)


async def test_of_a_private_channel_its_members_hear_as_of_a_group(desk: Desk, app: App) -> None:
    channel = str((await desk.bot.conversations_create(name="inc-1", is_private=True))["channel"]["id"])
    await desk.bot.conversations_rename(channel=channel, name="inc-2")
    (renamed,) = await app.until(lambda: app.events("group_rename"))
    assert renamed["channel"]["name"] == "inc-2"
    await desk.bot.conversations_archive(channel=channel)
    await app.until(lambda: app.events("group_archive"))
    assert not app.events("channel_created") + app.events("channel_rename") + app.events("channel_archive")


async def test_a_pin_is_told_with_who_pinned_what_when(desk: Desk, app: App) -> None:
    ts = await posted(desk)
    await desk.act("pin", user="ann", channel=OPS, ts=ts)
    (pinned,) = await app.until(lambda: app.events("pin_added"))
    assert pinned["item"]["message"]["permalink"].endswith(ts.replace(".", ""))
    assert pinned["pinned_info"] == {"channel": OPS, "pinned_by": ANN, "pinned_ts": pinned["item"]["created"]}
    await desk.bot.pins_remove(channel=OPS, timestamp=ts)
    (taken,) = await app.until(lambda: app.events("pin_removed"))
    assert (taken["has_pins"], taken["pinned_info"]["pinned_by"], taken["user"]) == (False, ANN, "U0LOCALBOT")


async def test_a_deleted_message_with_answers_changes_into_a_tombstone(desk: Desk, app: App) -> None:
    ts = await posted(desk)
    await posted(desk, thread_ts=ts)
    await desk.bot.chat_delete(channel=OPS, ts=ts)

    def changed() -> list[Json]:
        return [each for each in app.events("message") if each.get("subtype") == "message_changed"]

    (event,) = await app.until(changed)
    stone = event["message"]
    assert (stone["subtype"], stone["user"], stone["hidden"]) == ("tombstone", "USLACKBOT", True)
    assert event["previous_message"]["text"] == "card"


async def test_a_mention_has_no_kind_of_channel_and_people_have_real_message_ids(desk: Desk, app: App) -> None:
    await desk.act("say", user="ann", channel=OPS, text="@daywatch hi")
    (mention,) = await app.until(lambda: app.events("app_mention"))
    assert "channel_type" not in mention
    assert len(mention["client_msg_id"].split("-")) == 5


async def test_who_came_into_a_group_and_who_went_is_told(desk: Desk, app: App) -> None:
    await desk.act("set_group", user="ann", group="oncall", people=["kim", "ann"])
    (event,) = await app.until(lambda: app.events("subteam_members_changed"))
    assert (event["added_users"], event["removed_users"]) == ([KIM], [BOB])
    assert event["added_users_count"] == event["removed_users_count"] == 1


async def test_what_happened_to_a_channel_is_said_in_it(desk: Desk) -> None:
    await desk.act("archive", user="ann", channel=OPS)
    await desk.act("unarchive", user="ann", channel=OPS)
    await desk.act("private", user="ann", channel=OPS)
    said = [each["subtype"] for each in (await desk.channel(OPS))["messages"]]
    assert said == ["channel_archive", "channel_unarchive", "channel_convert_to_private"]


async def test_an_action_repeats_what_its_element_was_made_of(desk: Desk, app: App) -> None:
    options = [{"text": plain("One"), "value": "1"}]
    confirm = {"title": plain("t"), "text": plain("t"), "confirm": plain("y"), "deny": plain("n")}
    menu = {"type": "static_select", "action_id": "menu", "placeholder": plain("Pick"), "options": options}
    button = {"type": "button", "action_id": "go", "text": plain("Go"), "confirm": confirm}
    thumbs = {
        "type": "feedback_buttons",
        "action_id": "thumbs",
        "positive_button": {"text": plain("Good"), "value": "good"},
        "negative_button": {"text": plain("Bad"), "value": "bad"},
    }
    ts = await posted(
        desk, {"type": "actions", "elements": [menu, button]}, {"type": "context_actions", "elements": [thumbs]}
    )

    async def action(name: str, **given: Any) -> Json:
        await desk.act("press", user="ann", channel=OPS, ts=ts, action_id=name, **given)
        found: Json = app.asked.payload["actions"][0]
        return found

    assert (await action("menu", selected="1"))["placeholder"]["text"] == "Pick"
    assert (await action("go"))["confirm"]["deny"] == {**plain("n"), "emoji": True}
    assert (await action("thumbs", selected="bad"))["text"]["text"] == "Bad"


async def test_names_of_private_channels_are_kept_from_payloads(desk: Desk, app: App) -> None:
    ts = await posted(
        desk, {"type": "actions", "elements": [{"type": "button", "action_id": "go", "text": plain("Go")}]}
    )
    await desk.act("private", user="ann", channel=OPS)
    await desk.act("press", user="ann", channel=OPS, ts=ts, action_id="go")
    assert app.asked.payload["channel"] == {"id": OPS, "name": "privategroup"}
    await desk.act("shortcut", user="ann", callback_id="keep", channel=OPS, ts=ts)
    assert app.asked.payload["channel"]["name"] == "privategroup"


async def test_a_global_shortcut_says_little(desk: Desk, app: App) -> None:
    await desk.act("shortcut", user="ann", callback_id="declare")
    told = "type team user token trigger_id enterprise is_enterprise_install callback_id action_ts"
    assert set(app.asked.payload) == _words(told)
    assert app.asked.payload["user"] == {"id": ANN, "username": "ann", "team_id": "T0LOCAL01"}


@pytest.mark.parametrize(
    ("typed", "arrives"),
    [
        ("ask @bob in #general", "ask <@U0BOB0001|bob> in <#C0GENERAL|general>"),
        ("a & b > c", "a &amp; b &gt; c"),
        ("lead <@U0BOB0001>", "lead <@U0BOB0001>"),
    ],
)
async def test_a_command_that_wants_it_gets_its_text_escaped(clock: Clock, typed: str, arrives: str) -> None:
    commands = [{"command": "/incident", "should_escape": True}, {"command": "/plain"}]
    manifest = {
        "features": {"slash_commands": commands},
        "oauth_config": {"scopes": {"bot": ["commands"]}},
        "settings": {"event_subscriptions": {"bot_events": []}},
    }
    config = LocalConfig.fresh(None, 0, NOWHERE, patience=QUICK).installed(manifest)
    async with seated(config, clock) as desk, connected(desk) as app:
        await desk.act("command", user="ann", channel=OPS, command="/incident", text=typed)
        assert app.asked.payload["text"] == arrives
        await desk.act("command", user="ann", channel=OPS, command="/plain", text=typed)
        assert app.asked.payload["text"] == typed


async def test_text_is_kept_escaped_and_drawn_as_it_was_given(desk: Desk) -> None:
    button = {"type": "button", "text": plain("R&D <b>"), "action_id": "go"}
    ts = await posted(desk, {"type": "actions", "elements": [button]})
    (seen,) = (await desk.bot.conversations_history(channel=OPS))["messages"]
    assert (seen["ts"], seen["blocks"][0]["elements"][0]["text"]["text"]) == (ts, "R&amp;D &lt;b&gt;")
    page = (await desk.people.get("/", params={"place": OPS, "as": "ann"})).text
    assert "R&amp;D &lt;b&gt;" in page
    assert "&amp;amp;" not in page


async def test_what_stands_in_a_container_or_a_card_can_be_pressed(desk: Desk, app: App) -> None:
    def button(name: str) -> Json:
        return {"type": "button", "text": plain("Go"), "action_id": name}

    row = {"type": "actions", "elements": [button("inner")]}
    card = {"type": "card", "title": plain("x"), "actions": [button("card")]}
    ts = await posted(
        desk,
        {"type": "container", "title": plain("x"), "child_blocks": [row]},
        {"type": "carousel", "elements": [card]},
    )
    for name in ("inner", "card"):
        await desk.act("press", user="ann", channel=OPS, ts=ts, action_id=name)
        assert app.asked.payload["actions"][0]["action_id"] == name


async def test_a_trigger_that_looks_like_none_is_an_invalid_argument(desk: Desk) -> None:
    view = {"type": "modal", "title": plain("x"), "blocks": [{"type": "divider"}]}
    refused = await desk.error("views.open", trigger_id="nonsense", view=view)
    assert refused["error"] == "invalid_arguments"
    assert refused["response_metadata"]["messages"] == ["[ERROR] invalid `trigger_id` [json-pointer:/trigger_id]"]
    assert await desk.code("views.open", trigger_id="1.2.abc", view=view) == "invalid_trigger_id"


async def test_what_people_say_comes_as_rich_text_too(desk: Desk, app: App) -> None:
    await desk.act("say", user="ann", channel=OPS, text="@bob & @oncall: see #general https://example.com :eyes:")
    event = await app.until(lambda: next((each for each in app.events("message") if each["user"] == ANN), None))
    (block,) = event["blocks"]
    assert block["elements"][0]["elements"] == [
        {"type": "user", "user_id": BOB},
        {"type": "text", "text": " & "},
        {"type": "usergroup", "usergroup_id": "S0ONCALL1"},
        {"type": "text", "text": ": see "},
        {"type": "channel", "channel_id": "C0GENERAL"},
        {"type": "text", "text": " "},
        {"type": "link", "url": "https://example.com"},
        {"type": "text", "text": " "},
        {"type": "emoji", "name": "eyes"},
    ]
