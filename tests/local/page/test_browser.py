"""The page in a browser: what people press, type and see, by mouse, by keys, on a desk and on a phone."""

import asyncio
import json
import time
from base64 import b64decode
from typing import Any

import pytest
from playwright.async_api import Browser, FilePayload, expect

from tests.local.page.visiting import PHONE, Visitor, visiting
from tests.local.slack.desk import App, Desk, Json

pytestmark = pytest.mark.program("chromium")

OPS = "C0PLATOPS"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(text: str, action: str, **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action, "value": "dep-7", **more}


def field(block_id: str, element: Json, **more: Any) -> Json:
    return {"type": "input", "block_id": block_id, "label": plain(block_id.title()), "element": element, **more}


def modal(*blocks: Json, title: str = "Declare") -> Json:
    return {
        "type": "modal",
        "title": plain(title),
        "submit": plain("Open it"),
        "close": plain("Cancel"),
        "blocks": [*blocks],
    }


TITLE = field("title", {"type": "plain_text_input", "action_id": "v", "max_length": 40}, hint=plain("A guess is fine."))
OPTIONS = [{"text": plain(name), "value": name.lower()} for name in ("Checkout", "Search")]
CONFIRM = {
    "title": plain("Abort 2.15.0?"),
    "text": plain("Traffic goes back."),
    "confirm": plain("Abort"),
    "deny": plain("Keep going"),
}


async def opened(desk: Desk, app: App, view: Json, user: str = "ann") -> str:
    """Open a modal before somebody, as the app does after a command."""
    before = len(app.heard)
    await desk.act("command", user=user, channel=OPS, command="/x")
    await app.until(lambda: any(each.type != "events_api" for each in app.heard[before:]))
    answer = await desk.bot.views_open(trigger_id=app.asked.payload["trigger_id"], view=view)
    return str(answer["view"]["id"])


async def test_a_message_from_the_bot_is_there_at_once_and_its_edit_too(desk: Desk, ann: Visitor) -> None:
    await ann.go()
    begun = time.monotonic()
    said = await desk.bot.chat_postMessage(channel=OPS, text="Deploy is *running*")
    await ann.message("Deploy is running").wait_for()
    assert time.monotonic() - begun < 2  # a tenth of that on a quiet machine; never a heartbeat late
    await desk.bot.chat_update(channel=OPS, ts=said["ts"], text="Deploy is *done*")
    await expect(ann.message("Deploy is done")).to_contain_text("(edited)")
    assert await ann.page.locator("#messages li.message").count() == 1


async def test_an_error_of_the_app_stands_at_its_field_and_what_was_typed_stays(
    desk: Desk, app: App, ann: Visitor
) -> None:
    await ann.go()
    await opened(desk, app, modal(TITLE))
    words = ann.modal.get_by_label("Title")
    await expect(words).to_be_focused()
    await ann.press("Open it").click()
    await expect(ann.modal.locator(".field.wrong .error")).to_have_text("Please complete this required field.")
    app.answer = lambda _: {"response_action": "errors", "errors": {"title": "Use a date after today"}}
    await words.fill("Yesterday")
    await ann.press("Open it").click()
    await expect(ann.modal.locator(".field.wrong .error")).to_have_text("Use a date after today")
    await expect(words).to_have_value("Yesterday")
    assert await words.get_attribute("aria-invalid") == "true"
    described = str(await words.get_attribute("aria-describedby")).split()
    assert await ann.page.locator(f"[id='{described[0]}']").text_content() == "Use a date after today"
    app.answer = lambda _: None
    await ann.press("Open it").click()
    await expect(ann.modal).to_have_count(0)


async def test_modals_stack_three_deep_and_escape_goes_back_one(desk: Desk, app: App, ann: Visitor) -> None:
    await ann.go()
    await opened(desk, app, modal(TITLE, title="First"))
    for title in ("Second", "Third"):
        app.answer = lambda _, title=title: {"response_action": "push", "view": modal(TITLE, title=title)}
        await ann.modal.get_by_label("Title").fill("x")
        await ann.press("Open it").click()
        await expect(ann.modal.locator("h2")).to_have_text(title)
    await expect(ann.modal).to_contain_text("3 of 3")
    app.answer = lambda _: None
    for title in ("Second", "First"):
        await ann.page.keyboard.press("Escape")
        await expect(ann.modal.locator("h2")).to_have_text(title)
    await ann.press("Close").click()
    await expect(ann.modal).to_have_count(0)


async def test_a_view_redrawn_under_the_hands_keeps_what_is_half_typed(desk: Desk, app: App, ann: Visitor) -> None:
    await ann.go()
    service = {"type": "static_select", "action_id": "s", "options": OPTIONS}
    view_id = await opened(desk, app, modal(TITLE, field("service", service, dispatch_action=True)))
    await ann.modal.get_by_label("Title").fill("Half a tit")
    await ann.modal.get_by_label("Service").select_option("search")
    await app.until(lambda: app.asked.payload.get("actions"))
    assert app.asked.payload["view"]["state"]["values"]["title"]["v"]["value"] == "Half a tit"
    note = {"type": "context", "elements": [plain("Will page Ann")]}
    await desk.bot.views_update(
        view_id=view_id, view=modal(TITLE, field("service", service, dispatch_action=True), note)
    )
    await expect(ann.modal).to_contain_text("Will page Ann")
    await expect(ann.modal.get_by_label("Title")).to_have_value("Half a tit")
    await expect(ann.modal.get_by_label("Service")).to_have_value("search")


async def test_every_input_gives_the_app_what_was_picked(desk: Desk, app: App, ann: Visitor) -> None:
    inputs: dict[str, Json] = {
        "note": {"type": "plain_text_input", "action_id": "v", "multiline": True},
        "count": {"type": "number_input", "action_id": "v", "is_decimal_allowed": False},
        "person": {"type": "users_select", "action_id": "v"},
        "places": {"type": "multi_channels_select", "action_id": "v"},
        "day": {"type": "datepicker", "action_id": "v"},
        "moment": {"type": "datetimepicker", "action_id": "v"},
        "also": {"type": "checkboxes", "action_id": "v", "options": OPTIONS, "initial_options": OPTIONS[:1]},
        "level": {"type": "radio_buttons", "action_id": "v", "options": OPTIONS},
        "words": {"type": "rich_text_input", "action_id": "v"},
        "proof": {"type": "file_input", "action_id": "v"},
    }
    await ann.go()
    await opened(desk, app, modal(*(field(name, element) for name, element in inputs.items())))
    box = ann.modal
    await box.get_by_label("Note").fill("one\ntwo")
    await box.get_by_label("Count").fill("7")
    await box.get_by_label("Person").select_option("U0BOB0001")
    await box.get_by_label("Places").select_option(["C0ALERTS", OPS])
    await box.get_by_label("Day").fill("2026-11-30")
    await box.get_by_label("Moment").fill("2026-11-23T08:30")
    await box.get_by_role("group", name="Also").get_by_label("Checkout").uncheck()
    await box.get_by_role("group", name="Also").get_by_label("Search").check()
    await box.get_by_role("group", name="Level").get_by_label("Checkout").check()
    await box.get_by_label("Words").fill("rich")
    await box.get_by_label("Proof").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"proof"})
    await ann.press("Open it").click()
    await app.until(lambda: app.asked.payload.get("type") == "view_submission")
    held = {name: each["v"] for name, each in app.asked.payload["view"]["state"]["values"].items()}
    assert held["note"]["value"] == "one\ntwo"
    assert held["count"]["value"] == "7"
    assert held["person"]["selected_user"] == "U0BOB0001"
    assert sorted(held["places"]["selected_channels"]) == ["C0ALERTS", OPS]
    assert held["day"]["selected_date"] == "2026-11-30"
    assert held["moment"]["selected_date_time"] == 1_795_419_000  # 08:30 in Berlin, where this browser is
    assert [each["value"] for each in held["also"]["selected_options"]] == ["search"]
    assert held["level"]["selected_option"]["value"] == "checkout"
    assert held["words"]["rich_text_value"]["elements"][0]["elements"][0]["text"] == "rich"
    assert held["proof"]["files"][0]["name"] == "a.txt"


async def test_an_external_select_asks_the_app_while_somebody_types(desk: Desk, app: App, ann: Visitor) -> None:
    found = {"text": plain("INC-142 checkout"), "value": "142"}
    await ann.go()
    search = {"type": "external_select", "action_id": "v", "min_query_length": 2}
    await opened(desk, app, modal(field("incident", search)))
    app.answer = lambda request: {"options": [found]} if request.payload.get("type") == "block_suggestion" else None
    await ann.modal.get_by_role("searchbox").press_sequentially("chec")
    await expect(ann.modal.get_by_label("Incident")).to_have_value(json.dumps(found, separators=(",", ":")))
    await ann.press("Open it").click()
    await app.until(lambda: app.asked.payload.get("type") == "view_submission")
    assert app.asked.payload["view"]["state"]["values"]["incident"]["v"]["selected_option"] == found


async def test_a_button_pressed_twice_reaches_the_app_twice_and_nothing_breaks(
    desk: Desk, app: App, ann: Visitor
) -> None:
    await desk.bot.chat_postMessage(
        channel=OPS, text="x", blocks=[{"type": "actions", "elements": [button("Claim", "claim")]}]
    )
    await ann.go()
    await ann.press("Claim").dblclick()

    def presses() -> list[Json]:
        return [each.payload["actions"][0] for each in app.heard if each.type == "interactive"]

    await app.until(lambda: len(presses()) == 2)
    assert [each["value"] for each in presses()] == ["dep-7", "dep-7"]
    assert presses()[0]["action_ts"] != presses()[1]["action_ts"]
    await expect(ann.press("Claim")).to_be_enabled()


async def test_a_dangerous_button_asks_first_and_no_means_no(desk: Desk, app: App, ann: Visitor) -> None:
    actions = {"type": "actions", "elements": [button("Abort", "abort", style="danger", confirm=CONFIRM)]}
    await desk.bot.chat_postMessage(channel=OPS, text="x", blocks=[actions])
    await ann.go()
    await ann.press("Abort").click()
    asking = ann.page.get_by_role("dialog", name="Abort 2.15.0?")
    await asking.get_by_role("button", name="Keep going").click()
    await expect(asking).to_have_count(0)
    assert [each.type for each in app.heard if each.type == "interactive"] == []
    await ann.press("Abort").click()
    await asking.get_by_role("button", name="Abort").click()
    await app.until(lambda: any(each.type == "interactive" for each in app.heard))


async def test_menus_and_pickers_in_a_message_tell_the_app_at_once(desk: Desk, app: App, ann: Visitor) -> None:
    menu = {"type": "overflow", "action_id": "menu", "options": OPTIONS}
    pick = {"type": "static_select", "action_id": "pick", "options": OPTIONS, "placeholder": plain("Service")}
    day = {"type": "datepicker", "action_id": "day", "initial_date": "2026-11-23"}
    boxes = {"type": "checkboxes", "action_id": "boxes", "options": OPTIONS}
    section = {"type": "section", "text": plain("Tasks"), "accessory": boxes}
    await desk.bot.chat_postMessage(
        channel=OPS, text="x", blocks=[{"type": "actions", "elements": [menu, pick, day]}, section]
    )
    await ann.go()

    async def told(action: str) -> Json:
        def found() -> Any:
            acts = [each.payload["actions"][0] for each in app.heard if each.type == "interactive"]
            return next((each for each in reversed(acts) if each["action_id"] == action), None)

        return dict(await app.until(found))

    row = ann.message("Tasks")
    await row.locator(".said details.menu summary").click()
    await row.get_by_role("button", name="Search").click()
    assert (await told("menu"))["selected_option"]["value"] == "search"
    await row.get_by_label("Service").select_option("checkout")
    assert (await told("pick"))["selected_option"]["value"] == "checkout"
    await row.locator("input[type=date]").fill("2026-12-01")
    assert (await told("day"))["selected_date"] == "2026-12-01"
    await row.get_by_label("Checkout").check()
    assert [each["value"] for each in (await told("boxes"))["selected_options"]] == ["checkout"]


async def test_two_people_at_once_each_see_their_own_and_the_others_words(
    desk: Desk, app: App, ann: Visitor, browser: Browser
) -> None:
    async with visiting(browser, desk.config.url) as bob:
        await asyncio.gather(ann.go("?as=ann"), bob.go("?as=bob"))
        await ann.page.get_by_role("combobox", name="Message").fill("Who has it?")
        await ann.page.keyboard.press("Enter")
        await bob.message("Who has it?").wait_for()
        await desk.bot.chat_postEphemeral(channel=OPS, user="U0BOB0001", text="Only Bob")
        await expect(bob.message("Only Bob")).to_contain_text("only visible to you")
        await opened(desk, app, modal(TITLE), user="bob")
        await expect(bob.modal).to_have_count(1)
        await bob.page.keyboard.press("Escape")
        await bob.message("Who has it?").hover()
        await bob.message("Who has it?").get_by_role("button", name="React with a pin").click()
        await expect(ann.message("Who has it?").locator(".reaction")).to_have_attribute("title", "Bob Brown")
        assert await ann.message("Only Bob").count() == 0
        assert await ann.modal.count() == 0


async def test_a_draft_is_kept_while_the_page_is_redrawn_and_while_elsewhere(desk: Desk, ann: Visitor) -> None:
    await ann.go()
    composer = ann.page.get_by_role("combobox", name="Message")
    await composer.fill("half a thou")
    await desk.bot.chat_postMessage(channel=OPS, text="meanwhile")
    await ann.message("meanwhile").wait_for()
    await expect(composer).to_have_value("half a thou")
    await ann.page.get_by_role("link", name="alerts").click()
    await expect(ann.page.locator("h1")).to_have_text("#alerts")
    await expect(composer).to_have_value("")
    await ann.page.go_back()
    await expect(ann.page.locator("h1")).to_have_text("#platform-ops")
    await expect(composer).to_have_value("half a thou")


async def test_commands_people_and_channels_are_offered_and_taken_by_keys(desk: Desk, app: App, ann: Visitor) -> None:
    await ann.go()
    composer, keys = ann.page.get_by_role("combobox", name="Message"), ann.page.keyboard
    await composer.fill("/incident list")
    await keys.press("Enter")
    await app.until(lambda: any(each.type == "slash_commands" for each in app.heard))
    assert app.asked.payload["text"] == "list"
    await composer.press_sequentially("/inc")
    await expect(ann.page.get_by_role("option", name="/incident list")).to_be_visible()
    await keys.press("Tab")
    await expect(composer).to_have_value("/incident list ")
    await composer.press_sequentially("sev")
    await composer.press("Shift+Home")
    await composer.press_sequentially("/inc")
    await expect(ann.page.get_by_role("option", name="/incident list")).to_be_visible()
    await keys.press("Enter")
    await expect(ann.page.get_by_role("listbox", name="Suggestions")).to_be_hidden()
    await composer.fill("")
    await composer.press_sequentially("ask @bo")
    await keys.press("Tab")
    await composer.press_sequentially("in #ale")
    await keys.press("Tab")
    await keys.press("Shift+Enter")
    await composer.press_sequentially("please")
    await keys.press("Enter")
    said = ann.message("please")
    await expect(said.locator(".name")).to_have_text(["@Bob Brown", "#alerts"])


async def test_a_command_nobody_answers_says_so_to_its_typist(desk: Desk, ann: Visitor) -> None:
    await ann.go()
    await ann.page.get_by_role("combobox", name="Message").fill("/incident list")
    await ann.page.keyboard.press("Enter")
    await expect(ann.message("dispatch_failed")).to_contain_text("only visible to you")


async def test_what_comes_below_is_told_and_an_answer_to_me_and_my_own_words_are_shown(
    desk: Desk, ann: Visitor
) -> None:
    for number in range(40):
        await desk.bot.chat_postMessage(channel=OPS, text=f"line {number}")
    await ann.go()
    await ann.message("line 0").first.scroll_into_view_if_needed()
    await desk.bot.chat_postMessage(channel=OPS, text="Far below")
    await ann.press("1 new below ↓").click()
    await expect(ann.message("Far below")).to_be_in_viewport()
    await expect(ann.page.locator("#below")).to_be_hidden()
    await ann.message("line 0").first.scroll_into_view_if_needed()
    await desk.bot.chat_postEphemeral(channel=OPS, user="U0ANN0001", text="You may not")
    await expect(ann.message("You may not")).to_be_in_viewport()
    await ann.message("line 0").first.scroll_into_view_if_needed()
    await ann.page.get_by_role("combobox", name="Message").fill("My own words")
    await ann.press("Send").click()
    await expect(ann.message("My own words")).to_be_in_viewport()


async def test_a_modal_is_sent_once_however_often_it_is_pressed(desk: Desk, app: App, ann: Visitor) -> None:
    await ann.go()
    await opened(desk, app, modal(TITLE))
    app.answer = lambda _: {"response_action": "update", "view": modal(TITLE, title="Second")}
    await ann.modal.get_by_label("Title").fill("x")
    await ann.press("Open it").dblclick()
    await expect(ann.modal.locator("h2")).to_have_text("Second")
    assert [each.payload["type"] for each in app.heard if each.type == "interactive"] == ["view_submission"]


async def test_after_a_modal_the_focus_is_back_where_it_was_even_if_that_was_redrawn(
    desk: Desk, app: App, ann: Visitor
) -> None:
    blocks = [{"type": "actions", "elements": [button("Claim", "claim")]}]
    said = await desk.bot.chat_postMessage(channel=OPS, text="x", blocks=blocks)
    await ann.go()
    await ann.press("Claim").focus()
    await opened(desk, app, modal(TITLE))
    await expect(ann.modal.get_by_label("Title")).to_be_focused()
    await desk.bot.chat_update(channel=OPS, ts=said["ts"], text="y", blocks=[*blocks, {"type": "divider"}])
    await expect(ann.page.locator("#messages hr")).to_have_count(1)
    await ann.page.keyboard.press("Escape")
    await expect(ann.modal).to_have_count(0)
    await expect(ann.press("Claim")).to_be_focused()


async def test_a_long_field_has_room_when_its_modal_opens(desk: Desk, app: App, ann: Visitor) -> None:
    await ann.go()
    await opened(desk, app, modal(field("words", {"type": "plain_text_input", "action_id": "v", "multiline": True})))
    box = await ann.modal.get_by_label("Words").bounding_box()
    assert box is not None
    assert box["height"] > 60


async def test_a_thread_opens_beside_and_its_answers_stay_there(desk: Desk, ann: Visitor) -> None:
    await desk.bot.chat_postMessage(channel=OPS, text="Evidence follows")
    await ann.go()
    await ann.message("Evidence follows").hover()
    await ann.message("Evidence follows").get_by_role("link", name="Reply in thread").click()
    reply = ann.page.get_by_role("combobox", name="Reply")
    await reply.fill("Looking at it")
    await ann.page.keyboard.press("Enter")
    await expect(ann.page.locator("#replies li")).to_have_count(2)
    await expect(ann.message("Evidence follows").locator(".replies")).to_contain_text("1 reply")
    assert await ann.message("Looking at it").count() == 0


async def test_home_is_drawn_when_the_app_hears_that_it_was_opened(desk: Desk, app: App, ann: Visitor) -> None:
    await ann.go()
    await ann.press("Home").click()
    await app.until(lambda: app.events("app_home_opened"))
    section = {"type": "section", "text": plain("You are on call"), "accessory": button("Who", "who")}
    await desk.bot.views_publish(user_id="U0ANN0001", view={"type": "home", "blocks": [section]})
    await expect(ann.page.locator("#home")).to_contain_text("You are on call")
    await ann.press("Who").click()
    await app.until(lambda: any(each.payload.get("container", {}).get("type") == "view" for each in app.heard))


async def test_on_a_phone_there_is_one_column_with_a_way_back(desk: Desk, browser: Browser) -> None:
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "word " * 60 + "x" * 200}}
    await desk.bot.chat_postMessage(
        channel=OPS, text="x", blocks=[long, {"type": "actions", "elements": [button("Claim", "c")] * 1}]
    )
    async with visiting(browser, desk.config.url, PHONE) as phone:
        await phone.go()
        assert await phone.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        await expect(phone.page.locator("aside")).to_be_hidden()
        await expect(phone.page.locator("#places")).to_be_hidden()
        await phone.page.get_by_role("link", name="Back to the places").tap()
        await expect(phone.page.locator("main")).to_be_hidden()
        await phone.page.get_by_role("link", name="alerts").tap()
        await expect(phone.page.locator("h1")).to_have_text("#alerts")
        await phone.page.get_by_role("link", name="Panels").tap()
        await expect(phone.press("Raise")).to_be_visible()
        assert await phone.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        await phone.page.get_by_role("link", name="Faults").tap()
        await phone.press("All well").tap()
        await expect(phone.page.get_by_text("All is well.", exact=True)).to_be_visible()


async def test_on_a_tablet_the_panels_are_one_press_away(desk: Desk, browser: Browser) -> None:
    async with visiting(browser, desk.config.url, (820, 900)) as tablet:
        await tablet.go()
        await expect(tablet.press("Raise")).to_be_hidden()
        await tablet.page.get_by_role("link", name="Panels").click()
        await expect(tablet.press("Raise")).to_be_visible()
        await tablet.page.get_by_role("link", name="Chat").click()
        await expect(tablet.press("Raise")).to_be_hidden()
        await expect(tablet.page.locator("#places")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everything_has_a_name_and_can_be_read_in_both_lights(
    desk: Desk, app: App, browser: Browser, scheme: Any
) -> None:
    blocks: list[Json] = [
        {"type": "header", "text": plain("5 of 9 need you")},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "*Fail* `x` <@U0ANN0001>"},
            "accessory": button("Open", "o"),
        },
        {"type": "actions", "elements": [button("Claim", "c", style="primary"), button("Abort", "a", style="danger")]},
        {"type": "context", "elements": [plain("as of 08:00")]},
    ]
    await desk.bot.chat_postMessage(channel=OPS, text="x", blocks=blocks)
    await desk.bot.chat_postEphemeral(channel=OPS, user="U0ANN0001", text="Only you")
    async with visiting(browser, desk.config.url, scheme=scheme) as visitor:
        await visitor.page.goto(f"{visitor.url}/gallery")
        assert await visitor.barriers() == []
        for query in ("", "?side=jira", "?side=faults", "?place=home"):
            await visitor.go(query)
            assert await visitor.names_missing() == []
            assert await visitor.barriers() == []
        view = modal(TITLE, {"type": "alert", "level": "warning", "text": plain("It cannot be unsent.")})
        await opened(desk, app, view)
        await visitor.press("Open it").click()
        await visitor.modal.locator(".error").wait_for()
        assert await visitor.names_missing() == []
        assert await visitor.barriers() == []
        ground = await visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(15, 25, 24)") is (scheme == "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_on_a_phone_every_column_is_the_main_one_with_a_heading(
    desk: Desk, app: App, browser: Browser, scheme: Any
) -> None:
    actions = {"type": "actions", "elements": [button("Claim", "c", style="primary")]}
    await desk.bot.chat_postMessage(channel=OPS, text="x", blocks=[actions])
    async with visiting(browser, desk.config.url, PHONE, scheme=scheme) as phone:
        for query in ("", "?on=places", "?on=side", "?side=jira&on=side", "?side=faults&on=side", "?place=home"):
            await phone.go(query)
            assert await phone.barriers() == []
            assert await phone.page.get_by_role("main").count() == 1
            assert await phone.page.get_by_role("heading", level=1).count() == 1
        await phone.page.goto(f"{phone.url}/gallery")
        assert await phone.barriers() == []


async def test_people_write_to_each_other_where_the_bot_does_not_hear(
    desk: Desk, app: App, ann: Visitor, browser: Browser
) -> None:
    await ann.go("?as=ann")
    await ann.page.locator("#places").get_by_role("button", name="Bob Brown").click()
    await expect(ann.page.locator("h1")).to_have_text("Bob Brown")
    await ann.page.get_by_role("combobox", name="Message").fill("Lunch at noon?")
    await ann.page.keyboard.press("Enter")
    await ann.message("Lunch at noon?").wait_for()
    async with visiting(browser, desk.config.url) as bob:
        await bob.go("?as=bob")
        await bob.page.locator("#places").get_by_role("link", name="Ann Adams").click()
        await bob.message("Lunch at noon?").wait_for()
    await ann.page.locator("#places").get_by_role("button", name="Daywatch").click()
    await expect(ann.page.locator("h1")).to_have_text("Daywatch")
    assert [each for each in app.heard if "Lunch" in str(each.payload)] == []


async def test_files_are_attached_in_the_composer_and_shown_in_the_channel(desk: Desk, app: App, ann: Visitor) -> None:
    await ann.go()
    files: list[FilePayload] = [
        {"name": "graph.png", "mimeType": "image/png", "buffer": b64decode(PIXEL)},
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"what we saw"},
    ]
    await ann.page.get_by_label("Attach files").set_input_files(files)
    await desk.bot.chat_postMessage(channel=OPS, text="meanwhile")
    await ann.message("meanwhile").wait_for()
    await expect(ann.page.locator(".compose .chosen").first).to_have_text("graph.png, notes.txt")
    await ann.page.get_by_role("combobox", name="Message").fill("The evidence")
    await ann.page.keyboard.press("Enter")
    said = ann.message("The evidence")
    await expect(said.get_by_role("img", name="graph.png")).to_be_visible()
    await expect(said.get_by_role("link", name="notes.txt")).to_be_visible()
    await expect(ann.page.locator(".compose .chosen").first).to_be_empty()
    await app.until(lambda: any(each.payload.get("event", {}).get("files") for each in app.heard))
    event = next(each.payload["event"] for each in app.heard if each.payload.get("event", {}).get("files"))
    assert [each["name"] for each in event["files"]] == ["graph.png", "notes.txt"]
