"""The page as the server draws it: places, panels and forms, also without a script."""

import json
import re
from typing import Any

import httpx
import pytest

from bot.local.keep import Keep
from bot.local.page.gallery import surfaces
from bot.local.page.hints import Hints
from bot.local.page.live import difference
from bot.local.page.pieces import Drawn, Piece
from bot.local.slack.seed import Ids
from bot.local.slack.world import World
from tests.local.slack.desk import App, Desk, Json, eventually

OPS = "C0PLATOPS"
EVIL = '<script>alert(1)</script> "><img src=x onerror=alert(1)>'


async def page(desk: Desk, **asked: str) -> str:
    shown = await desk.people.get("/", params=asked)
    assert shown.status_code == 200
    return shown.text


async def told(desk: Desk, path: str, **form: Any) -> Json:
    """Send a form as the page's script does; gives what the person is told."""
    answer = await desk.people.post(path, data={"as": "ann", **form}, headers={"accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def pagerduty(desk: Desk) -> list[Json]:
    return list((await desk.people.get("/_/pagerduty/state")).json()["incidents"])


async def test_the_page_allows_no_script_or_style_but_its_own(desk: Desk) -> None:
    for path in ("/", "/gallery"):
        shown = await desk.people.get(path)
        policy = shown.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<script>|\sstyle=|\son\w+=|https?://(?!127)[^\"]*\.(?:js|css|woff)", shown.text)


async def test_every_write_needs_the_session_that_the_page_gave(desk: Desk) -> None:
    writes = ("/act/say", "/panel/storm", "/panel/deploy", "/guide/leave", "/act/suggest")
    async with httpx.AsyncClient(base_url=desk.config.url, trust_env=False) as stranger:
        assert {(await stranger.post(path, data={"as": "ann"})).status_code for path in writes} == {403}
        await stranger.get("/")
        assert (await stranger.post("/guide/leave", data={"as": "ann"})).status_code == 303
        elsewhere = {"origin": "http://evil.example"}
        assert (await stranger.post("/guide/leave", data={"as": "ann"}, headers=elsewhere)).status_code == 403


async def test_what_is_illegal_is_refused_with_slacks_error_and_never_drawn(desk: Desk) -> None:
    answer = await desk.error("chat.postMessage", channel=OPS, text="x", blocks=[{"type": "header", "text": "no"}])
    assert answer["error"] == "invalid_blocks"
    assert "No messages yet." in await page(desk)


async def test_foreign_text_stays_text_in_every_panel(desk: Desk) -> None:
    await desk.people.post("/_/pagerduty/raise", json={"service": "PSVC001", "title": EVIL})
    await desk.people.put("/_/faults", json={"kind": "slow", "method": EVIL})
    await desk.act("say", user="ann", channel=OPS, text=EVIL)
    ts = (await desk.channel(OPS))["messages"][-1]["ts"]
    for side in ("pagerduty", "jira", "faults", f"message:{ts}", "jira:OPS-<b>"):
        shown = await page(desk, side=side)
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown


async def test_a_page_is_raised_acknowledged_resolved_and_sent_again_from_the_panel(desk: Desk) -> None:
    await told(desk, "/panel/pagerduty/raise", service="PSVC001", urgency="high", title="Checkout down")
    (incident,) = await pagerduty(desk)
    for act, status in (("acknowledge", "acknowledged"), ("resolve", "resolved"), ("reopen", "triggered")):
        assert (await told(desk, f"/panel/pagerduty/{act}", incident=incident["id"]))["told"] == ""
        assert (await pagerduty(desk))[0]["status"] == status
    again = await told(desk, "/panel/pagerduty/resolve", incident=incident["id"], **{"as": "gil"})
    assert "User not found" in again["told"]
    assert "Checkout down" in await page(desk, side="pagerduty")


async def test_faults_are_added_shown_and_taken_away_and_all_is_well(desk: Desk) -> None:
    await told(desk, "/panel/fault", system="slack", method="chat.postMessage", kind="limit", seconds="7", times="1")
    assert "limited (429)" in await page(desk, side="faults")
    answer = await desk.error("chat.postMessage", channel=OPS, text="x")
    assert answer["error"] == "ratelimited"
    await told(desk, "/panel/fault", system="jira", kind="lost")
    assert (await told(desk, "/panel/fault", system="jira", kind="nonsense"))["told"].startswith("kind must be")
    assert len((await desk.people.get("/_/faults")).json()["faults"]) == 2
    assert (await told(desk, "/panel/well"))["told"] == "All is well."
    assert (await desk.people.get("/_/faults")).json()["faults"] == []


async def test_a_storm_is_fifty_alerts(desk: Desk) -> None:
    assert "50 alerts" in (await told(desk, "/panel/storm"))["told"]
    assert len(await pagerduty(desk)) == 50


async def test_a_deployment_that_the_bot_did_not_hear_of_is_told_and_stands_on_its_page(desk: Desk) -> None:
    said = (await told(desk, "/panel/deploy"))["told"]
    assert said.startswith("example-checkout 2.14.2 is deployed, but the bot cannot be reached")
    link = f"{desk.config.examples()['argocd']['ARGOCD_URL']}/applications/argocd/example-checkout"
    shown = await desk.people.get(link)
    assert "2.14.2 by Ann" in shown.text
    assert "2.14.1 by Kim" in shown.text


@pytest.mark.parametrize("system", ["prometheus", "alertmanager", "argocd"])
async def test_a_link_to_an_example_system_leads_to_a_page_that_says_so(desk: Desk, system: str) -> None:
    (address, *_) = desk.config.examples()[system].values()
    pages = {"prometheus": "/targets", "alertmanager": "/", "argocd": "/settings/clusters"}
    shown = await desk.people.get(address + pages[system])
    assert (shown.status_code, "<h1>Example " in shown.text) == (200, True)
    assert (await desk.people.get(f"{address}/nowhere")).status_code == 404


async def test_losing_the_bot_shows_in_the_strip(desk: Desk, app: App) -> None:
    assert "the bot is not connected" not in await page(desk)
    await told(desk, "/panel/lose")

    async def gone() -> bool:
        return "the bot is not connected" in await page(desk)

    await eventually(gone)


async def test_each_delivery_tells_what_was_answered_and_an_event_goes_out_again(desk: Desk, app: App) -> None:
    await desk.act("say", user="ann", channel=OPS, text="Hello")
    await app.until(lambda: app.events("message"))
    (sent,) = [each for each in (await desk.people.get("/_/slack/deliveries")).json() if each["name"] == "message"]
    shown = await page(desk, side="faults")
    assert f'value="{sent["key"]}"' in shown
    await told(desk, "/panel/slack/redeliver", event_id=sent["key"])
    await app.until(lambda: len(app.events("message")) == 2)


async def test_unread_marks_count_what_came_since_and_go_once_seen(desk: Desk) -> None:
    await page(desk, **{"as": "bob"})
    await desk.bot.chat_postMessage(channel="C0ALERTS", text="disk 81 % full, <@U0BOB0001>")
    bob = await page(desk, **{"as": "bob"})
    assert re.search(r'unread" href="[^"]*C0ALERTS', bob)
    assert '1<span class="away"> mentions</span>' in bob
    assert "1 waiting" in bob
    await page(desk, **{"as": "bob", "place": "C0ALERTS"})
    assert " unread" not in re.sub(r"<title>.*", "", await page(desk, **{"as": "bob"}))
    assert re.search(r'unread" href="[^"]*C0ALERTS', await page(desk, **{"as": "kim"}))


async def test_a_link_to_a_message_leads_to_it(desk: Desk) -> None:
    said = await desk.bot.chat_postMessage(channel="C0ALERTS", text="here")
    link = await desk.bot.chat_getPermalink(channel="C0ALERTS", message_ts=said["ts"])
    answer = await desk.people.get(link["permalink"])
    anchor = f"m{said['ts'].replace('.', '')}"
    assert answer.headers["location"] == f"/?place=C0ALERTS#{anchor}"
    assert f'id="{anchor}"' in await page(desk, place="C0ALERTS")


async def test_earlier_messages_are_a_step_away(desk: Desk) -> None:
    for number in range(105):
        await desk.bot.chat_postMessage(channel="C0GENERAL", text=f"number {number} of many")
    shown = await page(desk, place="C0GENERAL")
    assert "5 earlier messages" in shown
    assert "number 4 of" not in shown
    assert "number 0 of many" in await page(desk, place="C0GENERAL", shown="200")


async def test_the_guide_can_be_stepped_over_sent_away_and_called_back(desk: Desk) -> None:
    assert "0 of 7 done" in await page(desk)
    await told(desk, "/guide/skip")
    assert "Raise" in re.sub(r"\s+", " ", (await page(desk)).split('id="guide"')[1][:600])
    await told(desk, "/guide/leave")
    assert "of 7 done" not in await page(desk)
    await told(desk, "/guide/again")
    assert "0 of 7 done" in await page(desk)


async def test_a_page_hears_only_what_changed(desk: Desk) -> None:
    shown = await page(desk)
    opened = re.search(r'data-page="(\w+)"', shown)
    assert opened
    news: Json = {}
    async with desk.people.stream("GET", "/live", params={"page": opened[1], "side": ""}) as stream:
        lines = stream.aiter_lines()
        await desk.bot.chat_postMessage(channel=OPS, text="hot off the press")
        async for line in lines:
            if line.startswith("data: {") and "hot off the press" in line:
                news = json.loads(line.removeprefix("data: "))
                break
    assert [name for name, _, _ in news["lists"]] == ["messages"]
    assert [part[0] for part in news.get("parts", [])] == []


def _drawn(*pieces: Piece, strip: str = "calm") -> Drawn:
    parts = {"strip": Piece.of("strip", strip)}
    return Drawn(title="x", column="chat", place=OPS, parts=parts, lists={"messages": list(pieces)})


def test_only_pieces_that_differ_travel() -> None:
    sent: dict[str, str] = {}
    first, second = Piece.of("m1", "<li>1</li>"), Piece.of("m2", "<li>2</li>")
    assert len(difference(sent, _drawn(first))["parts"]) == 1
    assert difference(sent, _drawn(first)) == {}
    assert difference(sent, _drawn(first, second))["lists"] == [["messages", ["m1", "m2"], [["m2", "<li>2</li>"]]]]
    assert difference(sent, _drawn(second, first))["lists"] == [["messages", ["m2", "m1"], []]]
    assert difference(sent, _drawn(second))["lists"] == [["messages", ["m2"], []]]
    assert "lists" not in difference(sent, _drawn(second, strip="cut"))


@pytest.mark.parametrize("sample", surfaces(), ids=lambda each: each.name)
def test_every_sample_of_the_gallery_is_legal(sample: Any) -> None:
    assert sample.problems == []


async def test_the_gallery_shows_every_block_there_is(desk: Desk) -> None:
    shown = (await desk.people.get("/gallery")).text
    assert "This block cannot be shown here" not in shown
    drawn = {block["type"] for sample in surfaces() for block in sample.blocks}
    wanted = {"section", "header", "divider", "context", "actions", "image", "rich_text", "video", "input", "markdown"}
    assert drawn >= wanted | {"table", "plan", "task_card", "context_actions", "card", "carousel", "alert"}
    assert 'class="box on-message phone"' in (await desk.people.get("/gallery?width=phone")).text


def test_the_apps_manifest_makes_the_composers_hints() -> None:
    world = World(shelf=Keep(None), ids=Ids.of("LOCAL"))
    command = {"command": "/incident", "description": "Declare one", "usage_hint": "[what] | list | help"}
    shortcut = {"name": "Declare an incident", "type": "message", "callback_id": "declare.v1", "description": "…"}
    hints = Hints(world=world, manifest={"features": {"slash_commands": [command], "shortcuts": [shortcut]}})
    hints.learn("/incident", "list all")
    hints.learn("/oncall", "Checkout 12")
    shown = [each.insert for each in hints.all(list(world.channels.values()))]
    assert [each for each in shown if each.startswith("/")] == [
        "/incident ",
        "/incident list ",
        "/incident help ",
        "/oncall ",
    ]
    assert {"@ann ", "@oncall ", "#alerts "} <= set(shown)
    assert [each.name for each in hints.shortcuts()] == ["Declare an incident"]
