"""People pressing, answering, talking, coming and going, and what the app hears of it."""

from typing import Any

import httpx
import pytest
from slack_sdk.errors import SlackApiError

from bot.local.config import ALL_EVENTS, LocalConfig
from tests.local.slack.conftest import NOWHERE
from tests.local.slack.desk import QUICK, App, Clock, Desk, Json, connected, seated

OPS = "C0PLATOPS"


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}


OPTIONS = [{"text": plain("Snooze"), "value": "snooze:7"}, {"text": plain("Why"), "value": "why:7"}]
ROW: list[Json] = [
    {
        "type": "actions",
        "block_id": "row",
        "elements": [
            {"type": "button", "text": plain("Claim"), "action_id": "claim.v1", "value": "dg-1:backups"},
            {"type": "button", "text": plain("Secret"), "action_id": "s.v1", "visible_to_user_ids": ["U0BOB0001"]},
            {"type": "overflow", "action_id": "menu.v1", "options": OPTIONS},
        ],
    }
]


async def posted(desk: Desk, **more: Any) -> str:
    return str((await desk.bot.chat_postMessage(channel=OPS, text="row", blocks=ROW, **more))["ts"])


async def test_a_press_carries_the_message_the_place_and_the_value(desk: Desk, app: App) -> None:
    ts = await posted(desk)
    came = await desk.act("press", user="ann", channel=OPS, ts=ts, action_id="claim.v1")
    payload = app.asked.payload
    assert payload["type"] == "block_actions"
    assert payload["container"] == {"type": "message", "message_ts": ts, "channel_id": OPS, "is_ephemeral": False}
    assert (payload["message"]["ts"], payload["message"]["blocks"]) == (ts, ROW)
    assert (payload["channel"]["name"], payload["user"]["id"]) == ("platform-ops", "U0ANN0001")
    action = payload["actions"][0]
    assert (action["block_id"], action["value"], action["type"]) == ("row", "dg-1:backups", "button")
    assert payload["trigger_id"] == came["trigger_id"]


async def test_a_menu_sends_the_option_that_was_picked(desk: Desk, app: App) -> None:
    ts = await posted(desk)
    await desk.act("press", user="ann", channel=OPS, ts=ts, action_id="menu.v1", selected="why:7")
    assert app.asked.payload["actions"][0]["selected_option"] == OPTIONS[1]
    asked = {"user": "ann", "channel": OPS, "ts": ts, "action_id": "menu.v1"}
    assert "no option" in await desk.refused("press", **asked, selected="not there")


async def test_of_buttons_that_share_an_id_the_value_says_which_is_pressed(desk: Desk, app: App) -> None:
    rows = [
        {"type": "actions", "elements": [{**ROW[0]["elements"][0], "value": value}]} for value in ("dg-1:a", "dg-1:b")
    ]
    ts = str((await desk.bot.chat_postMessage(channel=OPS, text="rows", blocks=rows))["ts"])
    pressed = {"user": "ann", "channel": OPS, "ts": ts, "action_id": "claim.v1"}
    await desk.act("press", **pressed, value="dg-1:b")
    assert app.asked.payload["actions"][0]["value"] == "dg-1:b"
    assert "no element" in await desk.refused("press", **pressed, value="dg-1:c")


async def test_a_button_that_was_redrawn_under_the_finger_is_still_pressed(desk: Desk, app: App) -> None:
    row = {"type": "actions", "elements": [ROW[0]["elements"][0]]}
    posted = await desk.bot.chat_postMessage(channel=OPS, text="row", blocks=[row])
    stale = posted["message"]["blocks"][0]["block_id"]
    await desk.bot.chat_update(channel=OPS, ts=str(posted["ts"]), text="row", blocks=[row])
    given = {"user": "ann", "channel": OPS, "ts": posted["ts"], "action_id": "claim.v1", "block_id": stale}
    await desk.act("press", **given, value="dg-1:backups")
    assert app.asked.payload["actions"][0]["block_id"] != stale


async def test_only_what_is_drawn_can_be_pressed_and_only_by_who_sees_it(desk: Desk, app: App) -> None:
    ts = await posted(desk)
    assert "no element" in await desk.refused("press", user="ann", channel=OPS, ts=ts, action_id="gone.v1")
    assert "does not see" in await desk.refused("press", user="ann", channel=OPS, ts=ts, action_id="s.v1")
    assert "no such message" in await desk.refused("press", user="ann", channel=OPS, ts="1.1", action_id="claim.v1")
    assert "cannot see" in await desk.refused("press", user="gil", channel=OPS, ts=ts, action_id="claim.v1")
    assert "no person" in await desk.refused("press", user="eve", channel=OPS, ts=ts, action_id="claim.v1")
    assert "missing" in await desk.refused("press", user="ann", channel=OPS, ts=ts)
    assert [each for each in app.heard if each.type == "interactive"] == []


async def test_a_response_url_takes_five_answers_in_thirty_minutes(desk: Desk, app: App, clock: Clock) -> None:
    await desk.act("command", user="ann", channel=OPS, command="/oncall", text="")
    url = app.asked.payload["response_url"]
    async with httpx.AsyncClient(trust_env=False) as client:
        for number in range(5):
            assert (await client.post(url, json={"text": f"answer {number}"})).text == "ok"
        spent = await client.post(url, json={"text": "one more"})
        assert (spent.status_code, spent.text) == (404, "used_url")
        await desk.act("command", user="ann", channel=OPS, command="/oncall", text="")
        late = app.asked.payload["response_url"]
        clock.now += 31 * 60
        assert (await client.post(late, json={"text": "late"})).text == "expired_url"
        assert (await client.post(late[:-3], json={"text": "x"})).status_code == 404
    texts = [each["text"] for each in (await desk.state())["ephemerals"]]
    assert texts == [f"answer {number}" for number in range(5)]


async def test_an_answer_may_replace_or_take_away_what_was_pressed_even_when_only_one_person_sees_it(
    desk: Desk, app: App
) -> None:
    await desk.bot.chat_postEphemeral(channel=OPS, user="U0ANN0001", text="only you", blocks=ROW)
    ts = (await desk.state())["ephemerals"][-1]["ts"]
    await desk.act("press", user="ann", channel=OPS, ts=ts, action_id="claim.v1")
    payload = app.asked.payload
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.post(payload["response_url"], json={"text": "claimed", "replace_original": True})
        assert [each["text"] for each in (await desk.state())["ephemerals"]] == ["claimed"]
        await client.post(payload["response_url"], json={"delete_original": True})
        assert (await desk.state())["ephemerals"] == []
        said = {"text": "for all", "response_type": "in_channel", "replace_original": False}
        await client.post(payload["response_url"], json=said)
        bad = await client.post(payload["response_url"], json={"text": "x", "blocks": [{"type": "surprise"}]})
        assert (bad.status_code, bad.text) == (400, "invalid_blocks")
    assert [each["text"] for each in (await desk.channel(OPS))["messages"]] == ["for all"]


async def test_a_message_event_has_the_real_envelope_and_escaped_text(desk: Desk, app: App) -> None:
    await desk.act("say", user="ann", channel=OPS, text="1 < 2 & @bob see #incidents https://example.com")
    event = (await app.until(lambda: app.events("message")))[0]
    link = "<https://example.com>"
    assert event["text"] == f"1 &lt; 2 &amp; <@U0BOB0001> see <#C0INCIDENT|incidents> {link}"
    assert (event["channel"], event["channel_type"], event["user"]) == (OPS, "channel", "U0ANN0001")
    envelope = app.heard[0].payload
    assert (envelope["type"], envelope["team_id"], envelope["api_app_id"]) == (
        "event_callback",
        "T0LOCAL01",
        "A0LOCAL01",
    )
    assert envelope["event_id"].startswith("Ev")
    assert envelope["authorizations"][0]["user_id"] == "U0LOCALBOT"


async def test_a_mention_comes_twice_with_one_ts_and_two_event_ids(desk: Desk, app: App) -> None:
    await desk.act("say", user="ann", channel=OPS, text="@daywatch help")
    await app.until(lambda: len(app.heard) == 2)
    assert {each.payload["event"]["type"] for each in app.heard} == {"message", "app_mention"}
    assert len({each.payload["event"]["ts"] for each in app.heard}) == 1
    assert len({each.payload["event_id"] for each in app.heard}) == 2


async def test_edits_deletions_pins_and_reactions_are_told(desk: Desk, app: App) -> None:
    ts = (await desk.act("say", user="ann", channel=OPS, text="frist"))["message"]["ts"]
    await desk.act("edit", user="ann", channel=OPS, ts=ts, text="first")
    await desk.act("pin", user="bob", channel=OPS, ts=ts)
    await desk.act("react", user="bob", channel=OPS, ts=ts, name="eyes")
    await desk.act("unreact", user="bob", channel=OPS, ts=ts, name="eyes")
    await desk.act("unpin", user="bob", channel=OPS, ts=ts)
    await desk.act("delete", user="ann", channel=OPS, ts=ts)
    await app.until(lambda: len(app.heard) == 7)
    by_subtype = {event.get("subtype"): event for event in app.events("message")}
    changed, deleted = by_subtype["message_changed"], by_subtype["message_deleted"]
    assert (changed["message"]["text"], changed["previous_message"]["text"]) == ("first", "frist")
    assert (deleted["deleted_ts"], deleted["previous_message"]["text"]) == (ts, "first")
    assert app.events("pin_added")[0]["item"]["message"]["text"] == "first"
    assert app.events("reaction_added")[0]["item"] == {"type": "message", "channel": OPS, "ts": ts}
    assert app.events("reaction_removed")
    assert app.events("pin_removed")
    assert "somebody else" in await desk.refused("edit", user="bob", channel=OPS, ts=await posted(desk), text="x")


async def test_the_app_hears_its_own_messages_too(desk: Desk, app: App) -> None:
    await posted(desk)
    event = (await app.until(lambda: app.events("message")))[0]
    assert (event["bot_id"], event["app_id"], event["user"]) == ("B0LOCAL01", "A0LOCAL01", "U0LOCALBOT")


async def test_coming_going_renaming_and_archiving_are_told(desk: Desk, app: App) -> None:
    await desk.act("join", user="bob", channel="general")
    await desk.act("leave", user="bob", channel="alerts")
    await desk.act("join", user="bob", channel="alerts")
    await desk.act("rename", user="ann", channel="alerts", name="warnings")
    await desk.act("archive", user="ann", channel="warnings")
    await desk.act("unarchive", user="ann", channel="warnings")
    await app.until(lambda: app.events("channel_unarchive"))
    assert app.events("member_left_channel")[0]["user"] == "U0BOB0001"
    assert app.events("member_joined_channel")[0]["channel"] == "C0ALERTS"
    assert app.events("channel_rename")[0]["channel"]["name"] == "warnings"
    assert app.events("channel_archive")[0]["channel"] == "C0ALERTS"
    assert "U0LOCALBOT" not in (await desk.channel("warnings"))["members"]


async def test_outside_a_channel_the_bot_hears_nothing_but_its_own_going(desk: Desk, app: App) -> None:
    await desk.act("kick_bot", user="ann", channel=OPS)
    await app.until(lambda: app.events("member_left_channel"))
    await desk.act("say", user="ann", channel=OPS, text="alone at last")
    await desk.act("say", user="ann", channel="general", text="all of you")
    await app.until(lambda: any(event["text"] == "all of you" for event in app.events("message")))
    assert "alone at last" not in str([each.payload for each in app.heard])
    await desk.act("invite", user="ann", channel=OPS, invited="bot")
    assert "U0LOCALBOT" in (await desk.channel(OPS))["members"]


async def test_events_need_a_subscription_and_a_scope() -> None:
    config = LocalConfig.fresh(None, 0, NOWHERE, patience=QUICK)
    fewer = {"bot_events": ALL_EVENTS - {"pin_added"}, "scopes": config.scopes - {"reactions:read"}}
    config = LocalConfig(**{name: getattr(config, name) for name in config.__slots__} | fewer)
    async with seated(config) as desk, connected(desk) as app:
        ts = (await desk.act("say", user="ann", channel=OPS, text="x"))["message"]["ts"]
        await desk.act("pin", user="ann", channel=OPS, ts=ts)
        await desk.act("react", user="ann", channel=OPS, ts=ts, name="eyes")
        await desk.act("say", user="ann", channel=OPS, text="last")
        await app.until(lambda: any(event["text"] == "last" for event in app.events("message")))
        assert {each.payload["event"]["type"] for each in app.heard} == {"message"}


async def test_a_direct_message_and_a_message_shortcut_reach_the_app(desk: Desk, app: App) -> None:
    direct = (await desk.act("direct", user="sam"))["channel"]
    ts = (await desk.act("say", user="sam", channel=direct, text="help me"))["message"]["ts"]
    event = (await app.until(lambda: app.events("message")))[0]
    assert event["channel_type"] == "im"
    await desk.act("shortcut", user="sam", callback_id="declare.v1", channel=direct, ts=ts)
    payload = app.asked.payload
    assert (payload["type"], payload["callback_id"], payload["message"]["text"]) == (
        "message_action",
        "declare.v1",
        "help me",
    )


@pytest.mark.parametrize(
    ("act", "given", "why"),
    [
        ("say", {"user": "gil", "channel": OPS, "text": "x"}, "not in this channel"),
        ("say", {"user": "ann", "channel": OPS, "text": "  "}, "nothing to say"),
        ("say", {"user": "ann", "channel": "nowhere", "text": "x"}, "no channel"),
        ("join", {"user": "gil", "channel": OPS}, "guests are invited"),
        ("leave", {"user": "ann", "channel": "general"}, "nobody leaves"),
        ("command", {"user": "gil", "channel": OPS, "command": "/x"}, "not in this channel"),
        ("command", {"user": "ann", "channel": OPS, "command": "x"}, "starts with /"),
        ("redeliver", {"event_id": "Ev0"}, "no such event"),
    ],
)
async def test_what_a_person_cannot_do_is_refused_in_words(desk: Desk, act: str, given: Json, why: str) -> None:
    assert why in await desk.refused(act, **given)


async def test_leavers_and_groups_are_changed_by_an_admin_and_told(desk: Desk, app: App) -> None:
    await desk.act("deactivate", user="ann", person="bob")
    await desk.act("set_group", user="ann", group="@oncall", people=["kim"])
    changed = (await app.until(lambda: app.events("user_change")))[0]
    assert (changed["user"]["id"], changed["user"]["deleted"]) == ("U0BOB0001", True)
    group = (await app.until(lambda: app.events("subteam_updated")))[0]
    assert group["subteam"]["users"] == ["U0KIM0001"]
    assert await desk.code("users.lookupByEmail", email="bob@example.com") == "users_not_found"
    assert await desk.code("conversations.invite", channel="C0GENERAL", users="U0BOB0001") == "user_not_found"
    await desk.act("reactivate", user="ann", person="bob")
    await desk.bot.users_lookupByEmail(email="bob@example.com")
    assert "only an admin" in await desk.refused("deactivate", user="bob", person="ann")
    assert "emptied" in await desk.refused("set_group", user="ann", group="oncall", people=[])


async def test_a_channel_may_be_turned_private_at_any_time(desk: Desk) -> None:
    await desk.act("private", user="ann", channel=OPS)
    assert (await desk.bot.conversations_info(channel=OPS))["channel"]["is_private"] is True


async def test_people_write_to_each_other_where_the_app_neither_sees_nor_hears(desk: Desk, app: App) -> None:
    place = (await desk.act("direct", user="ann", person="bob"))["channel"]
    assert (await desk.act("direct", user="bob", person="ann"))["channel"] == place
    await desk.act("say", user="ann", channel=place, text="Lunch?")
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await desk.bot.chat_postMessage(channel=place, text="me too")
    own = (await desk.act("direct", user="bob"))["channel"]
    assert own != place
    await desk.act("say", user="bob", channel=own, text="To the bot")
    await app.until(lambda: any("To the bot" in str(each.payload) for each in app.heard))
    assert not any("Lunch?" in str(each.payload) for each in app.heard)
    listed = await desk.bot.conversations_list(types="im,public_channel,private_channel")
    assert place not in [each["id"] for each in listed["channels"]]
