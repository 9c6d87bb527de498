"""Each of Slack's limits, one step inside and one step outside."""

from typing import Any, Final

import pytest

from bot.slack.habits import habits
from bot.slack.limits import problems, visible


def plain(text: str = "x", **more: object) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False, **more}


def mrkdwn(text: str = "x") -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def button(**more: object) -> dict[str, Any]:
    return {"type": "button", "text": plain(), "action_id": "a.b.v1", "value": "1", **more}


def option(value: str = "v", **more: object) -> dict[str, Any]:
    return {"text": plain(), "value": value, **more}


def select(**more: object) -> dict[str, Any]:
    return {"type": "static_select", "action_id": "v", "options": [option()], **more}


def field(element: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"type": "input", "block_id": "f", "label": plain(), "element": element, **more}


def section(text: str = "x", **more: object) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn(text), **more}


def rich(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(parts)}]}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def message(*blocks: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"text": "x", "blocks": list(blocks), **more}


def modal(*blocks: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"type": "modal", "title": plain(), "submit": plain(), "blocks": list(blocks), **more}


def table(rows: int, cells: int) -> dict[str, Any]:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * cells for _ in range(rows)]}


def plan(*ids: str, **more: object) -> dict[str, Any]:
    tasks = [{"type": "task_card", "task_id": one, "title": "x", "status": "pending", **more} for one in ids]
    return {"type": "plan", "title": "x", "tasks": tasks}


SOUND: Final = {
    "50 blocks": message(*[section()] * 50),
    "section of 3000": message(section("x" * 3000)),
    "header of 150": message({"type": "header", "text": plain("x" * 150)}),
    "10 context elements": message({"type": "context", "elements": [mrkdwn()] * 10}),
    "25 controls": message(actions(*(button(action_id=f"a.b{n}.v1") for n in range(25)))),
    "100 options": modal(field(select(options=[option(str(n)) for n in range(100)]))),
    "initial option": modal(field(select(initial_option=option()))),
    "table of 100 rows": message(table(100, 1)),
    "typed 3000": modal(field({"type": "plain_text_input", "action_id": "v", "max_length": 3000})),
    "100 blocks in a modal": modal(*[section()] * 100),
    "metadata": message(section(), metadata={"event_type": "daywatch_incident", "event_payload": {"key": "x"}}),
    "text alone": {"text": "x" * 4000},
    "image file": message({"type": "image", "alt_text": "x", "slack_file": {"id": "F1"}}),
    "alert in a modal": modal({"type": "alert", "text": plain("x" * 200), "level": "info"}),
}

WRONG: Final = {
    "no text": ({"text": " ", "blocks": [section()]}, "/text: is empty"),
    "text too long": ({"text": "x" * 4001}, "/text: has 4001"),
    "no blocks": (message(), "/blocks: has 0"),
    "51 blocks": (message(*[section()] * 51), "/blocks: has 51"),
    "101 blocks in a modal": (modal(*[section()] * 101), "/blocks: has 101"),
    "unknown block": (message({"type": "carousel"}), "carousel is not allowed"),
    "table in a modal": (modal(table(1, 1)), "table is not allowed"),
    "markdown at home": ({"type": "home", "blocks": [{"type": "markdown", "text": "x"}]}, "markdown is not allowed"),
    "plan in a modal": (modal(plan("a")), "plan is not allowed"),
    "alert in a message": (message({"type": "alert", "text": plain()}), "alert is not allowed"),
    "field in a message": (message(field(select())), "input is not allowed"),
    "block_id twice": (message(section(block_id="a"), section(block_id="a")), "a is there twice"),
    "block_id too long": (message(section(block_id="b" * 256)), "/blocks/0/block_id: has 256"),
    "empty section": (message({"type": "section"}), "needs text or fields"),
    "empty text": (message(section("")), "/blocks/0/text/text: is empty"),
    "section too long": (message(section("x" * 3001)), "has 3001 characters"),
    "field too long": (message({"type": "section", "fields": [mrkdwn("x" * 2001)]}), "has 2001 characters"),
    "11 fields": (message({"type": "section", "fields": [mrkdwn()] * 11}), "/fields: has 11"),
    "header too long": (message({"type": "header", "text": plain("x" * 151)}), "has 151 characters"),
    "header escaped too long": (message({"type": "header", "text": plain("&" * 31)}), "has 155 characters"),
    "header in mrkdwn": (message({"type": "header", "text": mrkdwn()}), "is mrkdwn, not plain_text"),
    "emoji in mrkdwn": (message({"type": "section", "text": {**mrkdwn(), "emoji": False}}), "emoji: is not a property"),
    "verbatim in plain": (message({"type": "section", "text": plain(verbatim=True)}), "verbatim: is not a property"),
    "11 context elements": (message({"type": "context", "elements": [mrkdwn()] * 11}), "/elements: has 11"),
    "no context elements": (message({"type": "context", "elements": []}), "/elements: has 0"),
    "26 controls": (message(actions(*(button(action_id=f"a{n}") for n in range(26)))), "/elements: has 26"),
    "no controls": (message(actions()), "/elements: has 0"),
    "action_id twice": (message(actions(button(), button())), "action_id a.b.v1 is there twice"),
    "action_id too long": (message(actions(button(action_id="a" * 256))), "action_id: has 256"),
    "no action_id": (message(actions({"type": "button", "text": plain()})), "action_id: is missing"),
    "typing in a row": (message(actions({"type": "plain_text_input", "action_id": "v"})), "is not allowed here"),
    "button in a field": (modal(field(button())), "button is not allowed here"),
    "verb too long": (message(actions(button(text=plain("x" * 76)))), "has 76 characters"),
    "value too long": (message(actions(button(value="x" * 2001))), "value: has 2001"),
    "label too long": (message(actions(button(accessibility_label="x" * 76))), "accessibility_label: has 76"),
    "url too long": (message(actions(button(url="https://" + "x" * 3000))), "url: has 3008"),
    "style": (message(actions(button(style="default"))), "style: is default"),
    "confirm too long": (
        message(
            actions(button(confirm={"title": plain(), "text": mrkdwn("x" * 301), "confirm": plain(), "deny": plain()}))
        ),
        "confirm/text/text: has 301",
    ),
    "confirm without no": (
        message(actions(button(confirm={"title": plain(), "text": mrkdwn(), "confirm": plain()}))),
        "confirm/deny: is missing",
    ),
    "6 in a menu": (
        message(actions({"type": "overflow", "action_id": "a", "options": [option(str(n)) for n in range(6)]})),
        "/options: has 6",
    ),
    "101 options": (modal(field(select(options=[option(str(n)) for n in range(101)]))), "/options: has 101"),
    "no options": (modal(field(select(options=[]))), "/options: has 0"),
    "11 boxes": (
        modal(field({"type": "checkboxes", "action_id": "v", "options": [option(str(n)) for n in range(11)]})),
        "/options: has 11",
    ),
    "option value too long": (modal(field(select(options=[option("v" * 76)]))), "value: has 76"),
    "option url in a select": (modal(field(select(options=[option(url="https://x")]))), "only the options of an"),
    "description too long": (
        modal(field(select(options=[option(description=plain("x" * 76))]))),
        "description/text: has 76",
    ),
    "initial differs": (
        modal(field(select(initial_option=option(description=plain("other"))))),
        "does not equal any of the options",
    ),
    "no initial boxes": (
        modal(field({"type": "checkboxes", "action_id": "v", "options": [option()], "initial_options": []})),
        "/initial_options: has 0",
    ),
    "placeholder too long": (modal(field(select(placeholder=plain("x" * 151)))), "placeholder/text: has 151"),
    "typed too long": (
        modal(field({"type": "plain_text_input", "action_id": "v", "max_length": 3001})),
        "max_length: is 3001",
    ),
    "initial longer than may be typed": (
        modal(field({"type": "plain_text_input", "action_id": "v", "max_length": 3, "initial_value": "long"})),
        "longer than max_length",
    ),
    "label of a field too long": (modal(field(select(), label=plain("x" * 2001))), "label/text: has 2001"),
    "alert too long": (modal({"type": "alert", "text": plain("x" * 201)}), "has 201 characters"),
    "alert level": (modal({"type": "alert", "text": plain(), "level": "loud"}), "level: is loud"),
    "image without alt": (message({"type": "image", "image_url": "https://x"}), "alt_text: is missing"),
    "image without source": (message({"type": "image", "alt_text": "x"}), "either image_url or slack_file"),
    "markdown too long": (message({"type": "markdown", "text": "x" * 12_001}), "text: has 12001"),
    "101 rows": (message(table(101, 1)), "/rows: has 101"),
    "21 cells": (message(table(1, 21)), "/row: has 21"),
    "empty cell": (message({"type": "table", "rows": [[{"type": "raw_text", "text": ""}]]}), "text: has 0"),
    "two tables": (message(table(1, 1), table(1, 1)), "more than one table"),
    "task twice": (message(plan("a", "a")), "task_id: is there twice"),
    "task status": (message(plan("a", status="done")), "status: is done"),
    "empty rich text": (message(rich({"type": "text", "text": ""})), "text: has 0"),
    "unknown part": (message(rich({"type": "blink"})), "blink is not allowed here"),
    "a whole channel called": (message(rich({"type": "broadcast", "range": "here"})), "calls no whole channel"),
    "date as words": (
        message(rich({"type": "date", "timestamp": "now", "format": "{time}"})),
        "timestamp: is not a whole number",
    ),
    "odd list": (
        message({"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "square", "elements": [{}]}]}),
        "style: is square",
    ),
    "sum of text": (message(*[section("x" * 2500)] * 4), "10000 characters of text"),
    "sum of JSON": (message(*[actions(button(value="x" * 2000))] * 7), "characters of JSON"),
    "title too long": (modal(section(), title=plain("x" * 25)), "/title/text: has 25"),
    "no title": ({"type": "modal", "blocks": [section()]}, "/title: is missing"),
    "no submit": ({"type": "modal", "title": plain(), "blocks": [field(select())]}, "/submit: is missing"),
    "home with submit": ({"type": "home", "blocks": [section()], "submit": plain()}, "the Home tab has none"),
    "memory too long": (modal(section(), private_metadata="x" * 3001), "/private_metadata: has 3001"),
    "view too large": (
        modal(*[field(select(options=[option(f"{n}-{m}") for n in range(100)]), block_id=str(m)) for m in range(60)]),
        "larger than 250000 bytes",
    ),
    "metadata too large": (
        message(section(), metadata={"event_type": "x", "event_payload": {"a": "x" * 8000}}),
        "/metadata: is larger",
    ),
    "metadata without a type": (message(section(), metadata={"event_payload": {}}), "/metadata/event_type: is missing"),
}


@pytest.mark.parametrize("shape", SOUND.values(), ids=SOUND.keys())
def test_what_slack_takes_has_no_problems(shape: dict[str, Any]) -> None:
    assert problems(shape) == []


@pytest.mark.parametrize(("shape", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_slack_refuses_is_found_before_it_is_sent(shape: dict[str, Any], said: str) -> None:
    assert any(said in one for one in problems(shape)), problems(shape)


def test_what_is_folded_away_takes_no_room() -> None:
    menu = {"type": "overflow", "action_id": "a", "options": [option(text=plain("x" * 50))]}
    assert visible([section("12345", accessory=menu)]) == 5
    boxes = {"type": "checkboxes", "action_id": "v", "options": [option(text=plain("x" * 50))]}
    assert visible([field(boxes)]) == 51


HABITS: Final = {
    "long notification": (message(section(), text="x" * 151), "the notification has 151"),
    "long header": (message({"type": "header", "text": plain("x" * 35)}), "longer than a phone's line"),
    "wide row": (message(actions(*[button()] * 6)), "a row of 6 controls wraps"),
    "long verb in a row": (message(actions(*[button(text=plain("x" * 16))] * 3)), "too long for a row of 3"),
    "two primaries": (message(actions(*[button(style="primary")] * 2)), "2 primary buttons"),
    "no verb": (message(actions(button(text=plain("OK")))), "is not a verb"),
    "trailing dots": (message(actions(button(text=plain("More…")))), "is not a verb"),
    "unasked danger": (message(section(accessory=button(style="danger"))), "asks nobody"),
    "odd action id": (message(actions(button(action_id="claim"))), "is not `feature.verb.v1`"),
}


@pytest.mark.parametrize(("shape", "said"), HABITS.values(), ids=HABITS.keys())
def test_a_departure_from_our_habits_is_named(shape: dict[str, Any], said: str) -> None:
    assert any(said in one for one in habits(shape)), habits(shape)
