"""Channels as the Web API makes, shows and changes them."""

import pytest

from tests.local.slack.desk import Desk

ANN, BOB, KIM = "U0ANN0001", "U0BOB0001", "U0KIM0001"


async def made(desk: Desk, name: str = "inc-142-checkout") -> str:
    return str((await desk.bot.conversations_create(name=name))["channel"]["id"])


async def test_a_new_channel_belongs_to_the_bot_and_has_it_as_its_only_member(desk: Desk) -> None:
    channel = (await desk.bot.conversations_create(name="inc-142-checkout"))["channel"]
    assert (channel["name"], channel["creator"], channel["is_private"]) == ("inc-142-checkout", "U0LOCALBOT", False)
    assert (await desk.channel("inc-142-checkout"))["members"] == ["U0LOCALBOT"]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "invalid_name_required"),
        ("a" * 81, "invalid_name_maxlength"),
        ("Upper", "invalid_name_specials"),
        ("two words", "invalid_name_specials"),
        ("v1.2", "invalid_name_specials"),
        ("---", "invalid_name_punctuation"),
        ("general", "name_taken"),
        ("here", "name_taken"),
    ],
)
async def test_channel_names_follow_slacks_rules(desk: Desk, name: str, error: str) -> None:
    assert await desk.code("conversations.create", name=name) == error


async def test_a_name_stays_taken_by_an_archived_channel_and_by_a_private_one(desk: Desk) -> None:
    await desk.bot.conversations_archive(channel=await made(desk, "gone"))
    assert await desk.code("conversations.create", name="gone") == "name_taken"
    await desk.bot.conversations_create(name="secret", is_private=True)
    assert await desk.code("conversations.create", name="secret") == "name_taken"


async def test_inviting_adds_people_and_says_so_in_the_channel(desk: Desk) -> None:
    channel = await made(desk)
    await desk.bot.conversations_invite(channel=channel, users=[ANN, BOB])
    shown = await desk.channel(channel)
    assert shown["members"] == ["U0LOCALBOT", ANN, BOB]
    assert [each.get("subtype") for each in shown["messages"]] == ["channel_join"] * 3
    assert shown["messages"][1]["inviter"] == "U0LOCALBOT"


async def test_one_bad_id_stops_an_invitation_unless_it_is_forced(desk: Desk) -> None:
    channel = await made(desk)
    refused = await desk.error("conversations.invite", channel=channel, users=f"{ANN},U0NOBODY")
    assert refused["error"] == "user_not_found"
    assert refused["errors"] == [{"user": "U0NOBODY", "ok": False, "error": "user_not_found"}]
    assert (await desk.channel(channel))["members"] == ["U0LOCALBOT"]
    forced = await desk.bot.conversations_invite(channel=channel, users=[ANN, "U0NOBODY"], force=True)
    assert forced["errors"][0]["error"] == "user_not_found"
    assert ANN in (await desk.channel(channel))["members"]


async def test_inviting_somebody_twice_or_the_bot_itself_is_refused(desk: Desk) -> None:
    channel = await made(desk)
    await desk.bot.conversations_invite(channel=channel, users=ANN)
    assert await desk.code("conversations.invite", channel=channel, users=ANN) == "already_in_channel"
    assert await desk.code("conversations.invite", channel=channel, users="U0LOCALBOT") == "cant_invite_self"
    assert await desk.code("conversations.invite", channel=channel, users="") == "no_user"


async def test_a_topic_is_escaped_told_in_the_channel_and_at_most_250_long(desk: Desk) -> None:
    channel = await made(desk)
    answer = await desk.bot.conversations_setTopic(channel=channel, topic="SEV1 · lead <nobody> & co")
    assert answer["channel"]["topic"]["value"] == "SEV1 · lead &lt;nobody&gt; &amp; co"
    assert (await desk.channel(channel))["messages"][-1]["subtype"] == "channel_topic"
    assert await desk.code("conversations.setTopic", channel=channel, topic="x" * 251) == "too_long"
    await desk.bot.conversations_setPurpose(channel=channel, purpose="what for")
    assert (await desk.channel(channel))["purpose"]["value"] == "what for"


async def test_only_the_maker_of_a_channel_renames_it(desk: Desk) -> None:
    channel = await made(desk)
    await desk.bot.conversations_rename(channel=channel, name="inc-142-renamed")
    assert (await desk.channel(channel))["previous_names"] == ["inc-142-checkout"]
    assert await desk.code("conversations.rename", channel=channel, name="general") == "name_taken"
    assert await desk.code("conversations.rename", channel="C0ALERTS", name="warnings") == "not_authorized"


async def test_archiving_takes_the_bot_out_so_that_it_cannot_undo_it(desk: Desk) -> None:
    channel = await made(desk)
    await desk.bot.conversations_archive(channel=channel)
    assert await desk.code("conversations.archive", channel=channel) == "already_archived"
    assert await desk.code("conversations.unarchive", channel=channel) == "not_in_channel"
    assert await desk.code("conversations.setTopic", channel=channel, topic="x") == "is_archived"
    assert await desk.code("chat.postMessage", channel=channel, text="x") == "is_archived"
    assert await desk.code("conversations.archive", channel="C0GENERAL") == "cant_archive_general"


async def test_lists_come_in_pages_that_a_cursor_links(desk: Desk) -> None:
    first = await desk.bot.conversations_list(limit=3)
    assert len(first["channels"]) == 3
    cursor = first["response_metadata"]["next_cursor"]
    second = await desk.bot.conversations_list(limit=3, cursor=cursor)
    assert len(second["channels"]) == 1
    assert second["response_metadata"]["next_cursor"] == ""
    assert await desk.code("conversations.list", cursor="nonsense") == "invalid_cursor"
    members = [page["members"] async for page in await desk.bot.conversations_members(channel="C0PLATOPS", limit=2)]
    assert [len(each) for each in members] == [2, 2, 1]


async def test_a_private_channel_does_not_exist_for_a_bot_that_is_outside(desk: Desk) -> None:
    channel = str((await desk.bot.conversations_create(name="hush", is_private=True))["channel"]["id"])
    await desk.bot.conversations_invite(channel=channel, users=ANN)
    await desk.act("kick_bot", user="ann", channel=channel)
    for method in ("conversations.info", "conversations.history", "conversations.join"):
        assert await desk.code(method, channel=channel) == "channel_not_found"
    assert await desk.code("chat.postMessage", channel=channel, text="x") == "channel_not_found"


async def test_joining_leaving_and_removing(desk: Desk) -> None:
    again = await desk.bot.conversations_join(channel="C0ALERTS")
    assert again["warning"] == "already_in_channel"
    await desk.bot.conversations_leave(channel="C0ALERTS")
    assert (await desk.bot.conversations_leave(channel="C0ALERTS"))["not_in_channel"] is True
    assert await desk.code("conversations.setTopic", channel="C0ALERTS", topic="x") == "not_in_channel"
    await desk.bot.conversations_join(channel="C0ALERTS")
    await desk.bot.conversations_kick(channel="C0ALERTS", user=KIM)
    assert await desk.code("conversations.kick", channel="C0ALERTS", user=KIM) == "not_in_channel"
    assert await desk.code("conversations.kick", channel="C0ALERTS", user="U0LOCALBOT") == "cant_kick_self"


async def test_a_direct_message_is_opened_once(desk: Desk) -> None:
    first = await desk.bot.conversations_open(users=ANN)
    assert first["channel"]["id"].startswith("D")
    assert (await desk.bot.conversations_open(users=ANN))["channel"]["id"] == first["channel"]["id"]
    assert await desk.code("conversations.open", users="U0NOBODY") == "user_not_found"
    assert await desk.code("conversations.open", users=f"{ANN},{BOB}") == "missing_scope"


async def test_people_and_groups_can_be_looked_up(desk: Desk) -> None:
    ann = (await desk.bot.users_lookupByEmail(email="ann@example.com"))["user"]
    assert (ann["id"], ann["is_admin"], ann["profile"]["email"]) == (ANN, True, "ann@example.com")
    assert (await desk.bot.users_info(user="U0GIL0001"))["user"]["is_restricted"] is True
    assert await desk.code("users.lookupByEmail", email="nobody@example.com") == "users_not_found"
    assert await desk.code("users.info", user="U0NOBODY") == "user_not_found"
    groups = (await desk.bot.usergroups_list(include_users=True))["usergroups"]
    assert {each["handle"]: each["users"] for each in groups} == {"oncall": [BOB, ANN], "sre": [KIM, ANN]}
    assert (await desk.bot.usergroups_users_list(usergroup="S0SRE0001"))["users"] == [KIM, ANN]
    assert len((await desk.bot.users_list())["members"]) == 7
    mine = await desk.bot.users_conversations(user="U0GIL0001")
    assert {each["name"] for each in mine["channels"]} == {"general", "incidents"}
