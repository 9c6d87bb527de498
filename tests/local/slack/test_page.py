"""The plain page: what is drawn for whom, and that nothing foreign becomes markup."""

import json
import re

import httpx
import pytest

from bot.local.keep import Keep
from bot.local.page.words import Words
from bot.local.slack.seed import Ids
from bot.local.slack.world import World
from tests.local.slack.desk import App, Desk, Json
from tests.local.slack.test_blocks import EXAMPLES

OPS = "C0PLATOPS"


@pytest.fixture
def words() -> Words:
    return Words(World(shelf=Keep(None), ids=Ids.of("LOCAL")))


async def page(desk: Desk, **asked: str) -> str:
    shown = await desk.people.get("/", params=asked)
    assert shown.status_code == 200
    return shown.text


async def test_the_page_has_a_strip_places_and_a_policy_without_inline_anything(desk: Desk) -> None:
    shown = await desk.people.get("/")
    assert "nothing leaves this machine" in shown.text
    assert "the bot is not connected" in shown.text
    assert [name for name in ("general", "platform-ops", "incidents", "alerts") if f"#{name}" not in shown.text] == []
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert shown.headers["referrer-policy"] == "same-origin"
    assert not re.search(r"<script>|style=|onclick=", shown.text)
    for part in ("/static/page.css", "/static/live.js"):
        assert (await desk.people.get(part)).status_code == 200


@pytest.mark.parametrize("name", EXAMPLES)
async def test_every_design_of_the_product_can_be_drawn(desk: Desk, app: App, name: str) -> None:
    example = EXAMPLES[name]
    if example.get("type") == "home":
        await desk.bot.views_publish(user_id="U0ANN0001", view=example)
        assert "You are on call" in await page(desk, place="home")
    elif example.get("type") == "modal":
        trigger = (await desk.act("command", user="ann", channel=OPS, command="/x"))["trigger_id"]
        await desk.bot.views_open(trigger_id=trigger, view=example)
        assert example["submit"]["text"] in await page(desk)
    else:
        await desk.bot.chat_postMessage(channel=OPS, text=example["text"], blocks=example["blocks"])
        shown = await page(desk)
        labels = re.findall(r'"type": "button", "text": \{"type": "plain_text", "text": "([^"]+)"', json.dumps(example))
        assert labels
        assert [label for label in labels if label not in shown] == []


async def test_markup_in_foreign_text_stays_text(desk: Desk) -> None:
    evil = '<script>alert(1)</script> "><img src=x onerror=alert(1)> <javascript:alert(1)|click>'
    blocks: list[Json] = [
        {"type": "section", "text": {"type": "mrkdwn", "text": evil}},
        {"type": "header", "text": {"type": "plain_text", "text": evil}},
    ]
    await desk.bot.chat_postMessage(channel=OPS, text=evil, blocks=blocks)
    await desk.bot.chat_postMessage(channel=OPS, text=evil)
    await desk.act("say", user="ann", channel=OPS, text=evil)
    await desk.bot.bookmarks_add(channel_id=OPS, title=evil[:80], type="link", link='https://x.io/"><b>')
    shown = await page(desk, told=evil)
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown
    assert 'href="javascript' not in shown
    assert 'x.io/"><b>' not in shown


async def test_forms_press_fill_in_and_close_what_is_drawn(desk: Desk, app: App) -> None:
    field = {"type": "plain_text_input", "action_id": "v"}
    label = {"type": "plain_text", "text": "Title"}
    boxes = {"type": "checkboxes", "action_id": "v", "options": [{"text": label, "value": "page"}]}
    view: Json = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Declare"},
        "submit": {"type": "plain_text", "text": "Declare"},
        "blocks": [
            {"type": "input", "block_id": "title", "label": label, "element": field},
            {"type": "input", "block_id": "how", "label": label, "element": boxes, "optional": True},
        ],
    }
    here = {"as": "ann", "place": OPS, "channel": OPS}
    async with httpx.AsyncClient(base_url=desk.config.url, trust_env=False, follow_redirects=True) as visitor:
        await visitor.get("/")
        await visitor.post("/act/say", data={**here, "text": "/incident checkout is slow"})
        assert app.asked.payload["text"] == "checkout is slow"
        opened = await desk.bot.views_open(trigger_id=app.asked.payload["trigger_id"], view=view)
        told = {**here, "view_id": str(opened["view"]["id"]), "one:title": "", "many:how": "page"}
        assert "Please complete this required field" in (await visitor.post("/act/submit", data=told)).text
        await visitor.post("/act/submit", data={**told, "one:title": "Slow"})
        values = app.asked.payload["view"]["state"]["values"]
        assert values["title"]["v"]["value"] == "Slow"
        assert [each["value"] for each in values["how"]["v"]["selected_options"]] == ["page"]
        assert 'value="home"' in (await visitor.post("/act/home", data={"as": "ann", "place": "home"})).text
        await app.until(lambda: app.events("app_home_opened"))
        refused = await visitor.post("/act/press", data={**here, "ts": "1.1", "action_id": "x"})
        assert "no such message" in refused.text


async def test_a_field_that_tells_at_once_has_a_button_that_keeps_what_else_was_typed(desk: Desk, app: App) -> None:
    trigger = (await desk.act("command", user="ann", channel=OPS, command="/x"))["trigger_id"]
    view = EXAMPLES["declare modal"]
    opened = await desk.bot.views_open(trigger_id=trigger, view=view)
    title = next(block["block_id"] for block in view["blocks"] if block["type"] == "input")
    here = {"as": "ann", "place": OPS, "channel": OPS, "view_id": str(opened["view"]["id"])}
    shown = await page(desk)
    assert 'value="severity/incidents.severity.v1"' in shown
    told = {
        **here,
        "dispatch": "severity/incidents.severity.v1",
        "one:severity": "sev1",
        f"one:{title}": "Half a title",
    }
    assert (await desk.people.post("/act/press", data=told)).status_code == 303
    payload = app.asked.payload
    assert payload["actions"][0]["selected_option"]["value"] == "sev1"
    assert "Half a title" in str(payload["view"]["state"]["values"][title])


async def test_each_person_sees_only_their_own_places_and_whispers(desk: Desk) -> None:
    await desk.bot.chat_postEphemeral(channel=OPS, user="U0ANN0001", text="for Ann alone")
    assert "for Ann alone" in await page(desk, **{"as": "ann"})
    assert "for Ann alone" not in await page(desk, **{"as": "bob"})
    gil = await page(desk, **{"as": "gil", "place": OPS})
    assert "platform-ops" not in gil
    assert "no such place" in gil


def test_plain_text_keeps_its_letters(words: Words) -> None:
    assert words.text({"type": "plain_text", "text": "<b>:x:</b>", "emoji": False}) == "&lt;b&gt;:x:&lt;/b&gt;"


async def test_a_link_to_a_pagerduty_incident_leads_to_a_page_about_it(desk: Desk) -> None:
    raised = {"service": "PSVC001", "urgency": "high", "title": "Checkout <b>down</b>"}
    incident = (await desk.people.post("/_/pagerduty/raise", json=raised)).json()["incident"]
    assert incident["html_url"].startswith(f"{desk.config.url}/on-call/incidents/")
    shown = await desk.people.get(incident["html_url"])
    assert "Checkout &lt;b&gt;down&lt;/b&gt;" in shown.text
    assert (await desk.people.get(f"{desk.config.url}/on-call/incidents/QNONE")).status_code == 404


async def test_only_images_are_shown_and_any_other_file_is_offered_for_saving(desk: Desk) -> None:
    for name, kind in (("chart.png", "image/png"), ("evil.html", "application/octet-stream")):
        made = await desk.bot.files_upload_v2(channel=OPS, content=b"<script>alert(1)</script>", filename=name)
        shown = await desk.people.get(f"/files/{made['files'][0]['id']}")
        assert shown.headers["content-type"] == kind
        assert ("content-disposition" in shown.headers) is (kind != "image/png")
        assert shown.headers["x-content-type-options"] == "nosniff"
    assert (await desk.people.get("/files/F0NOTHING")).status_code == 404
