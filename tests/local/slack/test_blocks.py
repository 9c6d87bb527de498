"""The Block Kit rules: what Slack takes, and the words in which it refuses the rest."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.local.slack.blockkit.blocks import problems
from bot.local.slack.blockkit.views import too_large, view_problems

GOOD = Path(__file__).parent / "fixtures" / "blocks.good.json"
EXAMPLES: dict[str, dict[str, Any]] = json.loads(GOOD.read_text())


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def option(value: str) -> dict[str, Any]:
    return {"text": plain(value.upper()), "value": value}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain("Go"), "action_id": "go.v1", **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def select(**more: Any) -> dict[str, Any]:
    return {"type": "static_select", "action_id": "s", "options": [option("a"), option("b")], **more}


def row_input(element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "label": plain("What"), "element": element, **more}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_products_own_designs_are_taken(name: str) -> None:
    example = EXAMPLES[name]
    if example.get("type") == "modal":
        assert view_problems(example, "modal") == []
    elif example.get("type") == "home":
        assert view_problems(example, "home") == []
    else:
        assert problems(example["blocks"], "message") == []


CELL = {"type": "raw_text", "text": "x"}


def chart(*, categories: list[str], points: list[str]) -> dict[str, Any]:
    series = [{"name": "s", "data": [{"label": each, "value": 1} for each in points]}]
    drawn = {"type": "bar", "series": series, "axis_config": {"categories": categories}}
    return {"type": "data_visualization", "title": "x", "chart": drawn}


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ({"type": "section", "text": {"type": "mrkdwn", "text": 7}}, "must provide a string"),
        ({"type": "section", "text": {"type": "mrkdwn", "text": ""}}, "must be more than 0 characters"),
        ({"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}, "must be less than 3001 characters"),
        ({"type": "section"}, "must define either `text` or `fields`"),
        ({"type": "section", "fields": []}, "no fewer than 1 items"),
        ({"type": "section", "fields": [plain("x")] * 11}, "no more than 10 items"),
        ({"type": "section", "text": {**plain("x"), "verbatim": True}}, "invalid additional property: verbatim"),
        ({"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": False}}, "additional property: emoji"),
        ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "must be one of: plain_text"),
        ({"type": "header", "text": plain("x" * 151)}, "must be less than 151 characters"),
        ({"type": "header", "text": plain("x"), "colour": "red"}, "invalid additional property: colour"),
        ({"type": "context", "elements": []}, "no fewer than 1 items"),
        ({"type": "context", "elements": [plain("x")] * 11}, "no more than 10 items"),
        ({"type": "actions", "elements": [button()] * 26}, "no more than 25 items"),
        (actions(button(), button()), "`action_id` already exists: go.v1"),
        (actions(button(text=plain("x" * 76))), "must be less than 76 characters"),
        (actions(button(value="x" * 2001)), "must be less than 2001 characters"),
        (actions(button(value="")), "must be more than 0 characters"),
        (actions(button(style="loud")), "must be one of: primary, danger"),
        (actions(button(confirm={"title": plain("Sure?")})), "missing required field: text"),
        (actions({"type": "lever", "action_id": "x"}), "unsupported type: lever"),
        (actions(select(options=[])), "no fewer than 1 items"),
        (actions(select(options=[option("a")] * 101)), "no more than 100 items"),
        (actions(select(options=[option("a"), option("a")])), "option values must be unique"),
        (actions(select(initial_option=option("c"))), "must match an option"),
        (actions(select(initial_option={**option("a"), "description": plain("more")})), "must match an option"),
        (actions(select(options=[option("x" * 151)])), "must be less than"),
        (actions({"type": "overflow", "options": [option(str(n)) for n in range(6)]}), "no more than 5 items"),
        (actions({"type": "checkboxes", "options": [option(str(n)) for n in range(11)]}), "no more than 10 items"),
        ({"type": "image", "image_url": "https://example.com/a.png"}, "missing required field: alt_text"),
        ({"type": "image", "alt_text": "x"}, "must define either `image_url` or `slack_file`"),
        ({"type": "alert", "text": plain("x")}, "unsupported type: alert"),
        ({"type": "markdown", "text": "x" * 12_001}, "must be less than 12001 characters"),
        ({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]}, "no more than 20 items"),
        ({"type": "rich_text", "elements": []}, "no fewer than 1 items"),
        (
            {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text"}]}]},
            "missing required field: text",
        ),
        ({"type": "task_card", "task_id": "1", "title": "x", "status": "pending"}, "must be one of: in_progress"),
        ({"type": "container", "child_blocks": [{"type": "divider"}]}, "must define either `title`"),
        ({"type": "container", "title": plain("x"), "child_blocks": [{"type": "plan", "title": "x"}]}, "unsupported"),
        ({"type": "container", "title": plain("x"), "child_blocks": [{"type": "divider"}] * 11}, "no more than 10"),
        ({"type": "data_table", "caption": "x", "rows": [[CELL], [CELL, CELL]]}, "the same number of cells"),
        ({"type": "data_table", "caption": "x", "rows": [[CELL]]}, "no fewer than 2 items"),
        ({"type": "data_table", "rows": [[CELL]] * 102, "caption": "x"}, "no more than 101 items"),
        (chart(categories=["a"], points=["b"]), "labels must match the categories"),
        (chart(categories=["a"] * 21, points=["a"] * 21), "no more than 20 items"),
        ({"type": "table", "rows": [[{"type": "raw_number", "value": "1", "text": "1"}]]}, "must provide a number"),
        (actions(button(url="nowhere")), "must be a valid URL"),
        ({"type": "section", "text": "words"}, "failed to match all allowed schemas"),
        ({"type": "divider", "block_id": "x" * 256}, "must be less than 256 characters"),
        ("no block", "must provide an object"),
        ({"text": "x"}, "missing required field: type"),
    ],
)
def test_a_bad_block_is_refused_with_a_reason(block: Any, told: str) -> None:
    found = problems([block], "message")
    assert any(told in each for each in found), found
    assert all("[json-pointer:/blocks" in each for each in found)


_BAR = {"type": "bar", "axis_config": {"categories": ["a"]}}


@pytest.mark.parametrize(
    "block",
    [
        {"type": "actions", "elements": 5},
        {"type": "actions", "elements": [button(action_id=["x"])] * 2},
        {"type": "context", "elements": 5},
        {"type": "context", "elements": [{"type": "mrkdwn"}, {"type": "plain_text", "text": None}]},
        {"type": "carousel", "elements": {"a": 1}},
        {"type": "data_table", "caption": "x", "rows": 7},
        {"type": "data_table", "caption": "x", "rows": [[5], 6]},
        {"type": "data_visualization", "title": "x", "chart": {**_BAR, "series": 5}},
        {"type": "data_visualization", "title": "x", "chart": {**_BAR, "series": [{"name": ["u"], "data": 4}]}},
        actions(select(options=7)),
        actions(select(initial_option=[7])),
        actions(select(option_groups=[7], options=None)),
        {"type": "input", "label": plain("x"), "element": 7},
        {"type": "divider", "block_id": {}},
    ],
)
def test_nothing_however_misshapen_is_too_much_for_it(block: dict[str, Any]) -> None:
    assert problems([block, block], "message") != []
    assert view_problems(view(blocks=[block]), "modal") != []


def test_lengths_of_plain_text_count_after_escaping() -> None:
    assert problems([actions(button(text=plain("&" * 15)))], "message") == []
    assert problems([actions(button(text=plain("&" * 16)))], "message") != []


def test_a_message_has_at_most_50_blocks_with_ids_of_their_own_and_one_table() -> None:
    divider = {"type": "divider"}
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
    assert problems([divider] * 50, "message") == []
    assert "no more than 50 items allowed [json-pointer:/blocks]" in problems([divider] * 51, "message")
    assert problems([{**divider, "block_id": "a"}] * 2, "message") == [
        "`block_id` already exists: a [json-pointer:/blocks/1/block_id]"
    ]
    assert problems([table, table], "message") == ["only_one_table_allowed [json-pointer:/blocks]"]
    halves = [{"type": "markdown", "text": "x" * 6001}] * 2
    assert "markdown text must be less than 12001" in problems(halves, "message")[0]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]},
        {"type": "markdown", "text": "x"},
        {"type": "plan", "title": "x"},
        {"type": "container", "title": plain("x"), "child_blocks": [{"type": "divider"}]},
        {"type": "data_table", "caption": "x", "rows": [[{"type": "raw_text", "text": "x"}]] * 2},
        {
            "type": "data_visualization",
            "title": "x",
            "chart": {"type": "pie", "segments": [{"label": "a", "value": 1}]},
        },
    ],
)
def test_some_blocks_stand_in_messages_only(block: dict[str, Any]) -> None:
    assert problems([block], "message") == []
    refused = [f"unsupported type: {block['type']} [json-pointer:/blocks/0/type]"]
    assert problems([block], "modal") == problems([block], "home") == refused


def view(**more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("Title"), "blocks": [{"type": "divider"}], **more}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (view(title=plain("x" * 25)), "must be less than 25 characters"),
        (view(submit=plain("x" * 25)), "must be less than 25 characters"),
        (view(private_metadata="x" * 3001), "must be less than 3001 characters"),
        (view(callback_id="x" * 256), "must be less than 256 characters"),
        (view(size="wide"), "invalid additional property: size"),
        (view(submit_disabled=True), "invalid additional property: submit_disabled"),
        (view(title=None), "failed to match all allowed schemas [json-pointer:/view]"),
        (view(blocks=[row_input(select())]), "missing required field: submit"),
        (view(blocks=[{"type": "divider"}] * 101), "no more than 100 items"),
        ({"type": "modal", "blocks": []}, "missing required field: title"),
        (view(blocks=[row_input({"type": "plain_text_input", "max_length": 3001})]), "must be between 1 and 3000"),
        (
            view(blocks=[row_input({"type": "plain_text_input", "max_length": 2, "initial_value": "abc"})]),
            "must be less than 3 characters",
        ),
        (view(blocks=[row_input(button())], submit=plain("Go")), "unsupported type: button"),
        (view(type="home"), "must be one of: modal"),
        ("no view", "must provide an object"),
    ],
)
def test_a_bad_modal_is_refused_with_a_reason(given: Any, told: str) -> None:
    found = view_problems(given, "modal")
    assert any(told in each for each in found), found


def test_a_view_of_more_than_250_kilobytes_is_too_large() -> None:
    assert not too_large(view())
    assert too_large(view(blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 90))


def test_cards_stand_everywhere_and_carousels_not_in_modals() -> None:
    card = {"type": "card", "title": plain("x")}
    carousel = {"type": "carousel", "elements": [card]}
    assert [problems([card], surface) for surface in ("message", "modal", "home")] == [[], [], []]
    assert [bool(problems([carousel], surface)) for surface in ("message", "modal", "home")] == [False, True, False]


def test_an_empty_view_is_told_what_it_lacks_in_slacks_order() -> None:
    told = [f"missing required field: {name} [json-pointer:/view]" for name in ("title", "blocks", "type")]
    assert view_problems({}, "modal")[1:] == told


def test_an_initial_option_may_say_what_its_option_leaves_to_slack() -> None:
    chosen = {**option("a"), "text": {**option("a")["text"], "emoji": True}}
    assert problems([actions(select(initial_option=chosen))], "message") == []


def test_only_one_thing_is_looked_at_first() -> None:
    focused = {**row_input({"type": "plain_text_input", "focus_on_load": True}), "type": "input"}
    assert any(
        "focus_on_load" in each for each in view_problems(view(blocks=[focused] * 2, submit=plain("Go")), "modal")
    )
