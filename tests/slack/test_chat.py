"""Slack as features know it, against the stand-in: everything may run twice, and answers may get lost."""

import pytest

from bot.domain.capabilities import Chat
from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, Unavailable
from bot.slack.chat import SlackChat
from bot.slack.message import Message, loading
from bot.slack.refusals import SlackRefused
from tests.slack.conftest import Workspace
from tests.slack.drawings import incident_card, triage

GONE = "U0NOBODY00"


async def user(workspace: Workspace, name: str) -> str:
    everybody = (await workspace.state())["users"]
    return next(str(one["id"]) for one in everybody if one["name"] == name)


def test_it_does_all_that_features_may_ask_of_a_chat() -> None:
    assert not [name for name in vars(Chat) if not name.startswith("_") and name not in vars(SlackChat)]


# Channels


async def test_a_channel_gets_the_name_that_was_asked_for(workspace: Workspace) -> None:
    made = await workspace.chat.create_channel("inc-142-checkout", marker="INC-142", private=False)
    assert (made["name"], (await workspace.channel(made["id"]))["is_private"]) == ("inc-142-checkout", False)


async def test_a_channel_whose_answer_was_lost_is_adopted_not_made_twice(workspace: Workspace) -> None:
    await workspace.fault("conversations.create", "lost")
    with pytest.raises(Unavailable):
        await workspace.chat.create_channel("inc-142", marker="INC-142", private=True)
    made = await workspace.chat.create_channel("inc-142", marker="INC-142", private=True)
    names = [one["name"] for one in (await workspace.state())["channels"] if one["name"].startswith("inc-142")]
    assert (made["name"], names) == ("inc-142", ["inc-142"])


async def test_a_channel_of_ours_is_adopted_by_its_marker(workspace: Workspace) -> None:
    first = await workspace.made("inc-142")
    await workspace.chat.topic(first, "SEV1 INC-142")
    assert (await workspace.chat.create_channel("inc-142", marker="INC-142", private=False))["id"] == first


async def test_a_channel_of_ours_for_another_matter_is_left_alone(workspace: Workspace) -> None:
    first = await workspace.made("inc-142")
    await workspace.chat.topic(first, "something else")
    made = await workspace.chat.create_channel("inc-142", marker="INC-142", private=False)
    assert (made["name"], made["id"] != first) == ("inc-142-2", True)


async def test_somebody_elses_channel_is_left_alone(workspace: Workspace) -> None:
    made = await workspace.chat.create_channel("general", marker="INC-142", private=False)
    assert made["name"] == "general-2"


async def test_an_archived_name_is_not_used_again(workspace: Workspace) -> None:
    await workspace.chat.archive(await workspace.made("inc-142"))
    made = await workspace.chat.create_channel("inc-142", marker="INC-142", private=False)
    assert made["name"] == "inc-142-2"


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("INC 142: Überlastung!", "inc-142-uberlastung"),
        ("🔥🔥🔥", "daywatch-inc-142"),
        ("検索が遅い", "jian-suo-kachi-i"),
        ("a" * 200, "a" * 80),
        ("--<!channel>--", "channel-2"),  # Slack keeps some words for itself
        ("--<!search>--", "search"),
    ],
)
async def test_any_title_becomes_a_name_that_slack_takes(workspace: Workspace, asked: str, got: str) -> None:
    made = await workspace.chat.create_channel(asked, marker="daywatch INC-142", private=False)
    assert made["name"] == got


async def test_a_missing_scope_is_a_persons_matter(workspace: Workspace) -> None:
    await workspace.panel("POST", "/_/slack/scopes", {"scopes": ["chat:write"]})
    with pytest.raises(NotAuthorised, match="channels:manage"):
        await workspace.made()


# People


async def test_people_are_invited_in_one_call_and_one_bad_id_loses_nobody(workspace: Workspace) -> None:
    channel = await workspace.made()
    ann, bob = await user(workspace, "ann"), await user(workspace, "bob")
    failed = await workspace.chat.invite(channel, [ann, GONE, bob, ann, workspace.bot])
    members = (await workspace.channel(channel))["members"]
    assert (failed, {ann, bob} <= set(members)) == ({GONE: "unknown or deactivated"}, True)
    assert workspace.calls("conversations.invite") == 1


async def test_who_is_there_already_is_no_failure(workspace: Workspace) -> None:
    channel = await workspace.made()
    ann, bob = await user(workspace, "ann"), await user(workspace, "bob")
    await workspace.chat.invite(channel, [ann])
    assert await workspace.chat.invite(channel, [ann, bob]) == {}
    assert await workspace.chat.invite(channel, [ann]) == {}
    assert bob in (await workspace.channel(channel))["members"]


async def test_only_bad_ids_are_all_named(workspace: Workspace) -> None:
    assert await workspace.chat.invite(await workspace.made(), [GONE]) == {GONE: "unknown or deactivated"}


async def test_nobody_to_invite_asks_slack_nothing(workspace: Workspace) -> None:
    assert await workspace.chat.invite("C0ANY", [workspace.bot, ""]) == {}
    assert workspace.calls("conversations.invite") == 0


async def test_inviting_into_an_archived_channel_is_refused_with_its_code(workspace: Workspace) -> None:
    channel = await workspace.made()
    await workspace.chat.archive(channel)
    with pytest.raises(SlackRefused) as caught:
        await workspace.chat.invite(channel, [await user(workspace, "ann")])
    assert caught.value.code == "is_archived"


async def test_people_are_found_by_address_and_remembered(workspace: Workspace) -> None:
    ann = await user(workspace, "ann")
    assert await workspace.chat.user_by_email("ann@example.com") == ann
    assert await workspace.chat.user_by_email(" ANN@example.com ") == ann
    assert workspace.calls("users.lookupByEmail") == 1


async def test_an_unknown_address_is_nobody(workspace: Workspace) -> None:
    assert await workspace.chat.user_by_email("nobody@example.com") is None


async def test_a_failing_look_up_is_not_taken_for_nobody(workspace: Workspace) -> None:
    await workspace.fault("users.lookupByEmail", "fail")
    with pytest.raises(Unavailable):
        await workspace.chat.user_by_email("ann@example.com")
    assert await workspace.chat.user_by_email("ann@example.com") is not None


# Topic, pin, bookmarks, reactions, names


async def test_a_topic_that_an_earlier_try_set_is_not_said_again(workspace: Workspace) -> None:
    channel = await workspace.made()
    await workspace.fault("conversations.setTopic", "lost")
    with pytest.raises(Unavailable):
        await workspace.chat.topic(channel, "SEV1 · checkout & <search>")
    await workspace.chat.topic(channel, "SEV1 · checkout & <search>")
    assert workspace.calls("conversations.setTopic") == 1
    # Another life does not know what the one before has done.
    workspace.chat._topics.clear()
    await workspace.chat.topic(channel, "SEV1 · checkout & <search>")
    assert workspace.calls("conversations.setTopic") == 1
    await workspace.chat.topic(channel, "SEV2")
    assert workspace.calls("conversations.setTopic") == 2
    assert workspace.calls("conversations.info") == 2, "what we have set ourselves needs no look"


async def test_a_topic_is_cut_and_harmless(workspace: Workspace) -> None:
    channel = await workspace.made()
    await workspace.chat.topic(channel, "SEV1 · \u202einvestigating\n" + "x" * 400)
    value = (await workspace.channel(channel))["topic"]["value"]
    assert (value.startswith("SEV1 · investigating x"), len(value) <= 250) == (True, True)


async def test_the_message_with_a_key_is_pinned_and_twice_is_once(workspace: Workspace) -> None:
    channel = await workspace.made()
    ts = await workspace.chat.posts.post(channel, triage(), "card")
    workspace.board.places["card"] = (channel, ts)
    await workspace.chat.pin("card")
    await workspace.chat.pin("card")
    assert len((await workspace.channel(channel))["pins"]) == 1


async def test_what_is_not_posted_yet_cannot_be_pinned_yet(workspace: Workspace) -> None:
    with pytest.raises(Unavailable, match="not posted yet"):
        await workspace.chat.pin("card")


async def test_what_was_to_be_posted_before_is_posted_and_pinned(workspace: Workspace) -> None:
    channel = await workspace.made()
    workspace.board.coming["card"] = (channel, await workspace.chat.posts.post(channel, triage(), "card"))
    await workspace.chat.pin("card")
    assert (workspace.board.shown, len((await workspace.channel(channel))["pins"])) == (["card"], 1)
    await workspace.chat.pin("card")
    assert workspace.board.shown == ["card"]


async def test_the_first_bookmark_of_a_new_channel_needs_no_look(workspace: Workspace) -> None:
    channel = await workspace.made()
    await workspace.chat.bookmark(channel, "Alert", "https://acme.pagerduty.com/incidents/Q1ABC")
    await workspace.chat.bookmark(channel, "Runbook", "https://runbooks.example.com/a?b=1&c=2")
    assert (workspace.calls("bookmarks.list"), workspace.calls("bookmarks.add")) == (0, 2)


async def test_a_bookmark_whose_answer_was_lost_is_not_added_twice(workspace: Workspace) -> None:
    channel = await workspace.made()
    await workspace.fault("bookmarks.add", "lost")
    link = "https://runbooks.example.com/a?b=1&c=2"
    with pytest.raises(Unavailable):
        await workspace.chat.bookmark(channel, "Runbook", link)
    await workspace.chat.bookmark(channel, "Runbook", link)
    assert [one["link"] for one in (await workspace.channel(channel))["bookmarks"]] == [link]


async def test_a_bookmark_of_an_earlier_life_is_looked_for(workspace: Workspace) -> None:
    channel = await workspace.made()
    await workspace.chat.bookmark(channel, "Alert", "https://a.example.com/")
    workspace.chat._bookmarked.clear()
    await workspace.chat.bookmark(channel, "Alert", "https://a.example.com/")
    assert len((await workspace.channel(channel))["bookmarks"]) == 1


@pytest.mark.parametrize("address", ["javascript:alert(1)", "slack://x", "", "https://"])
async def test_a_bookmark_leads_to_the_web_or_is_refused(workspace: Workspace, address: str) -> None:
    with pytest.raises(Refused):
        await workspace.chat.bookmark("C1", "Alert", address)


async def test_a_reaction_twice_is_once(workspace: Workspace) -> None:
    channel = await workspace.made()
    ts = await workspace.chat.posts.post(channel, triage())
    await workspace.chat.react(channel, ts, ":white_check_mark:")
    await workspace.chat.react(channel, ts, "white_check_mark")
    (message,) = [one for one in (await workspace.channel(channel))["messages"] if one["ts"] == ts]
    assert [(one["name"], one["count"]) for one in message["reactions"]] == [("white_check_mark", 1)]


async def test_renaming_finds_a_free_name(workspace: Workspace) -> None:
    channel = await workspace.made()
    assert await workspace.chat.rename(channel, "INC 142 search") == "inc-142-search"
    assert await workspace.chat.rename(await workspace.made("inc-7"), "inc-142-search") == "inc-142-search-2"


async def test_a_rename_whose_answer_was_lost_keeps_the_name(workspace: Workspace) -> None:
    channel = await workspace.made()
    await workspace.fault("conversations.rename", "lost")
    with pytest.raises(Unavailable):
        await workspace.chat.rename(channel, "inc-142-search")
    assert await workspace.chat.rename(channel, "inc-142-search") == "inc-142-search"


async def test_archiving_twice_is_once(workspace: Workspace) -> None:
    channel = await workspace.made()
    await workspace.fault("conversations.archive", "lost")
    with pytest.raises(Unavailable):
        await workspace.chat.archive(channel)
    try:
        await workspace.chat.archive(channel)
    except SlackRefused as error:
        # Archiving takes the bot out, and then Slack may say so instead of "already archived".
        assert error.code == "not_in_channel"  # noqa: PT017 # either answer is Slack's


async def test_a_channel_that_is_not_there_is_told(workspace: Workspace) -> None:
    with pytest.raises(NotFound):
        await workspace.chat.topic("C0NOWHERE", "x")


async def test_a_whisper_reaches_one_person(workspace: Workspace) -> None:
    channel, ann = await workspace.made(), await user(workspace, "ann")
    await workspace.chat.invite(channel, [ann])
    workspace.board.drawings["catch-up"] = Message("Only *you* <!channel>", metadata={"incident": "INC-142"})
    await workspace.chat.whisper("catch-up", channel, ann)
    (note,) = (await workspace.state())["ephemerals"]
    assert (note["ephemeral_for"], note["text"]) == (ann, "Only *you* &lt;!channel&gt;")


async def test_nothing_to_whisper_is_nothing_said(workspace: Workspace) -> None:
    await workspace.chat.whisper("gone", "C1", "U1")
    assert workspace.outcomes == []


async def test_somebodys_words_are_read_raw_in_a_channel_and_in_a_thread(workspace: Workspace) -> None:
    channel, ann = await workspace.made(), await user(workspace, "ann")
    await workspace.chat.invite(channel, [ann])
    said = {"user": ann, "channel": channel, "text": "5 < 6 & rolling back"}
    top = (await workspace.panel("POST", "/_/slack/say", said))["message"]["ts"]
    reply = (await workspace.panel("POST", "/_/slack/say", {**said, "thread_ts": top}))["message"]["ts"]
    wanted = {"words": "5 < 6 & rolling back", "author": ann}
    assert await workspace.chat.message(channel, top) == wanted
    assert await workspace.chat.message(channel, reply) == wanted


async def test_words_that_are_gone_are_none_but_a_channel_that_is_gone_is_told(workspace: Workspace) -> None:
    channel = await workspace.made()
    assert await workspace.chat.message(channel, "1763844123.000100") is None
    with pytest.raises(NotFound):
        await workspace.chat.message("C0NOWHERE", "1763844123.000100")


async def test_a_person_is_written_to_directly(workspace: Workspace) -> None:
    ann = await user(workspace, "ann")
    direct, ts = await workspace.chat.post(ann, triage(), "nudge")
    again, _ = await workspace.chat.post(ann, triage(), "nudge-2")
    assert (direct[0], direct == again, workspace.calls("conversations.open")) == ("D", True, 1)
    assert await workspace.chat.posts.find(direct, "nudge") == ts


async def test_a_channel_is_found_by_the_name_in_the_settings(workspace: Workspace) -> None:
    channels = (await workspace.state())["channels"]
    ops = next(one["id"] for one in channels if one["name"] == "platform-ops")
    posted, _ = await workspace.chat.post("#platform-ops", triage())
    again, _ = await workspace.chat.post("#platform-ops", triage())
    assert (posted, again) == (ops, ops)
    assert workspace.calls("users.conversations") == 1


async def test_names_of_the_settings_are_known_before_somebody_waits_for_them(workspace: Workspace) -> None:
    channel = await workspace.made("war-room")
    await workspace.chat.api.call("conversations.leave", channel=channel)
    await workspace.chat.channels.look_around(["#platform-ops", "incidents", "#war-room", "#nowhere-at-all"])
    posted, _ = await workspace.chat.post("#platform-ops", triage())
    again, _ = await workspace.chat.post("#incidents", triage())
    assert posted != again
    assert workspace.calls("users.conversations") == 1
    assert await workspace.chat.channels.where("#war-room") == channel


async def test_looking_around_in_vain_stops_nothing(workspace: Workspace) -> None:
    await workspace.fault("users.conversations", "fail")
    await workspace.chat.channels.look_around(["#platform-ops"])
    assert (await workspace.chat.channels.where("#platform-ops")).startswith("C")


async def test_whoever_waits_in_a_modal_is_pointed_to_the_channel_there_or_else_directly(workspace: Workspace) -> None:
    ann, channel, chat = await user(workspace, "ann"), await workspace.made(), workspace.chat
    ops = await chat.channels.where("#platform-ops")
    async with workspace.listening() as do:
        clicked = await do("command", user=ann, channel=ops, command="/incident", text="")
        view = await chat.windows.open(clicked["payload"]["trigger_id"], loading("Opening"))
    told = {"user": ann, "title": "Ready", "words": "INC-1 is ready:", "key": "ready:1"}
    await chat.point_to(channel, view=view, **told)
    (shown,) = (await workspace.state())["views"][ann]
    assert (shown["title"]["text"], f"<#{channel}>" in str(shown["blocks"])) == ("Ready", True)
    assert workspace.calls("chat.postMessage") == 0
    for _ in range(2):
        await chat.point_to(channel, view="V0CLOSED", **told)
    (said,) = (await workspace.channel(await chat.channels.where(ann)))["messages"]
    assert f"INC-1 is ready: <#{channel}>" in str(said["blocks"])


async def test_a_public_channel_without_the_bot_is_found_too(workspace: Workspace) -> None:
    channel = await workspace.made("war-room")
    await workspace.chat.api.call("conversations.leave", channel=channel)
    assert await workspace.chat.channels.where("#war-room") == channel


async def test_a_name_that_is_no_channel_tells_what_to_do(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="invite the bot"):
        await workspace.chat.post("#nowhere-at-all", triage())


async def test_a_renamed_channel_is_looked_up_again(workspace: Workspace) -> None:
    channel = await workspace.made("ops-old")
    assert await workspace.chat.channels.where("#ops-old") == channel
    await workspace.chat.rename(channel, "ops-new")
    workspace.chat.channels.forget(channel)
    with pytest.raises(NotFound):
        await workspace.chat.channels.where("#ops-old")


async def test_a_limited_call_waits_and_goes_through(workspace: Workspace) -> None:
    channel = await workspace.made()
    await workspace.fault("conversations.setTopic", "limit", retry_after=1)
    workspace.chat.api.budget.jitter = lambda: 0.0
    await workspace.chat.topic(channel, "SEV1")
    assert (await workspace.channel(channel))["topic"]["value"] == "SEV1"


async def test_a_long_limit_is_handed_on(workspace: Workspace) -> None:
    channel = await workspace.made()
    await workspace.fault("conversations.setTopic", "limit", retry_after=600)
    with pytest.raises(RateLimited) as caught:
        await workspace.chat.topic(channel, "SEV1")
    assert caught.value.retry_after == 600


async def test_opening_a_default_incident_takes_eight_calls(workspace: Workspace) -> None:
    ann = await user(workspace, "ann")
    elsewhere = await workspace.made("incidents-room")
    workspace.outcomes.clear()
    channel = await workspace.made()
    ts = await workspace.chat.posts.post(channel, incident_card(), "card")
    workspace.board.places["card"] = (channel, ts)
    await workspace.chat.invite(channel, [ann])
    await workspace.chat.topic(channel, "SEV1 · investigating · lead nobody · checkout")
    await workspace.chat.posts.post(elsewhere, triage(), "announcement")
    await workspace.chat.bookmark(channel, "Alert", "https://acme.pagerduty.com/incidents/Q1ABC")
    await workspace.chat.bookmark(channel, "Runbook", "https://runbooks.example.com/a")
    await workspace.chat.pin("card")
    assert len(workspace.outcomes) == 8
