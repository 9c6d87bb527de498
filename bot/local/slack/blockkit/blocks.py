"""Which blocks there are, where each may stand, and what is wrong with a given list of them."""

from collections import Counter
from typing import Any, Final, Literal

from bot.local.slack.blockkit.elements import (
    BUTTON,
    IMAGE,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
)
from bot.local.slack.blockkit.grammar import (
    Check,
    Findings,
    Shape,
    at_least_one,
    by_type,
    distinct,
    flag,
    many,
    one_of,
    text,
    thing,
)
from bot.local.slack.blockkit.newer import CELLS, DATA_TABLE, DATA_VISUALIZATION, container
from bot.local.slack.blockkit.pieces import any_text, escaped_once, plain
from bot.local.slack.blockkit.richtext import RICH_TEXT
from bot.local.slack.things import Json

Surface = Literal["message", "modal", "home"]
MOST_BLOCKS: Final[dict[Surface, int]] = {"message": 50, "modal": 100, "home": 100}
_MARKDOWN_MOST: Final = 12_000
_MOST_CHARTS: Final = 2
_ID: Final[dict[str, Check]] = {"block_id": text(255)}


def _block(shape: Shape) -> Shape:
    return Shape(needed=shape.needed, may={**_ID, **shape.may}, extra=shape.extra)


def _actions_differ(found: Findings, pointer: str, value: Any) -> None:
    elements = [each for each in value.get("elements") or [] if isinstance(each, dict)]
    ids = [each.get("action_id") for each in elements]
    distinct(ids, found, f"{pointer}/elements/{{}}/action_id", "`action_id`")


_TABLE_CELL: Final = by_type(CELLS)
_TASK: Final = Shape(
    needed={"task_id": text(255), "title": text(256)},
    may={
        "status": one_of("pending", "in_progress", "complete", "error"),
        "details": by_type({"rich_text": _block(RICH_TEXT)}),
        "output": by_type({"rich_text": _block(RICH_TEXT)}),
        "sources": many(by_type({"url": Shape(needed={"url": text(3000), "text": text(256)})}), 50),
    },
)
_LONE_TASK: Final = Shape(needed=_TASK.needed, may={**_TASK.may, "status": one_of("in_progress", "complete", "error")})
_CARD: Final = Shape(
    may={
        "title": any_text(150),
        "subtitle": any_text(150),
        "body": any_text(200),
        "icon": by_type({"image": IMAGE}),
        "hero_image": by_type({"image": IMAGE}),
        "actions": many(by_type({"button": BUTTON}), 5),
    },
    extra=(at_least_one("title", "body", "actions", "hero_image"),),
)

_EVERYWHERE: Final[dict[str, Shape]] = {
    "section": Shape(
        may={
            "text": any_text(3000),
            "fields": many(any_text(2000), 10),
            "accessory": by_type(IN_SECTION),
            "expand": flag,
        },
        extra=(at_least_one("text", "fields"),),
    ),
    "header": Shape(needed={"text": plain(150)}),
    "divider": Shape(),
    "context": Shape(needed={"elements": many(by_type(IN_CONTEXT), 10)}),
    "actions": Shape(needed={"elements": many(by_type(IN_ACTIONS), 25)}, extra=(_actions_differ,)),
    "image": Shape(needed=IMAGE.needed, may={**IMAGE.may, "title": plain(2000)}, extra=IMAGE.extra),
    "rich_text": RICH_TEXT,
    "video": Shape(
        needed={"alt_text": text(2000), "video_url": text(3000), "thumbnail_url": text(3000), "title": plain(199)},
        may={
            "title_url": text(3000),
            "description": plain(200),
            "provider_name": text(50),
            "provider_icon_url": text(3000),
            "author_name": text(49),
        },
    ),
}
_INPUT: Final = Shape(
    needed={"label": plain(2000), "element": by_type(IN_INPUT)},
    may={"hint": plain(2000), "optional": flag, "dispatch_action": flag},
)
_ONLY_MESSAGES: Final[dict[str, Shape]] = {
    "markdown": Shape(needed={"text": text(_MARKDOWN_MOST)}),
    "table": Shape(
        needed={"rows": many(many(_TABLE_CELL, 20), 100)},
        may={
            "column_settings": many(
                thing(Shape(may={"align": one_of("left", "center", "right"), "is_wrapped": flag})), 20
            )
        },
    ),
    "plan": Shape(needed={"title": text(256)}, may={"tasks": many(by_type({"task_card": _block(_TASK)}), 50)}),
    "task_card": _LONE_TASK,
    "data_table": DATA_TABLE,
    "data_visualization": DATA_VISUALIZATION,
    "context_actions": Shape(needed={"elements": many(by_type(IN_CONTEXT_ACTIONS), 5)}, extra=(_actions_differ,)),
    "file": Shape(needed={"external_id": text(255), "source": one_of("remote")}),
}
_CAROUSEL: Final = Shape(needed={"elements": many(by_type({"card": _block(_CARD)}), 10)})
_ALERT: Final = Shape(
    needed={"text": any_text(200)}, may={"level": one_of("default", "info", "warning", "error", "success")}
)

_PLAIN: Final = {**_EVERYWHERE, **_ONLY_MESSAGES, "input": _INPUT}
_CONTAINER: Final = container({name: _block(shape) for name, shape in _PLAIN.items()})
# https://docs.slack.dev/blocks.json says where each may stand.
_OF: Final[dict[Surface, dict[str, Shape]]] = {
    "message": {**_PLAIN, "card": _CARD, "carousel": _CAROUSEL, "container": _CONTAINER},
    "modal": {**_EVERYWHERE, "input": _INPUT, "alert": _ALERT, "card": _CARD},
    "home": {**_EVERYWHERE, "input": _INPUT, "card": _CARD, "carousel": _CAROUSEL},
}
_CHECKS: Final[dict[Surface, Check]] = {
    surface: many(
        by_type(
            {name: _block(shape) for name, shape in shapes.items()},
        ),
        MOST_BLOCKS[surface],
        least=0,
    )
    for surface, shapes in _OF.items()
}


def problems(blocks: Any, surface: Surface, pointer: str = "/blocks") -> list[str]:
    """Everything Slack would object to, in its words; empty when it would take them."""
    found = Findings()
    _CHECKS[surface](found, pointer, blocks)
    if isinstance(blocks, list):
        whole = [block for block in blocks if isinstance(block, dict)]
        ids = [block.get("block_id") for block in whole if isinstance(block.get("block_id"), str)]
        distinct(ids, found, f"{pointer}/{{}}/block_id", "`block_id`")
        focused = [each for each in _elements(whole) if each.get("focus_on_load") is True]
        if len(focused) > 1:
            found.note(pointer, "only one element may have `focus_on_load`")
        if surface == "message":
            _sums(found, whole, pointer)
    return found.messages


def _elements(blocks: list[Json]) -> list[Json]:
    lists = [block["elements"] for block in blocks if isinstance(block.get("elements"), list)]
    inside = [*(each for one in lists for each in one), *(block.get("element") for block in blocks)]
    return [each for each in inside if isinstance(each, dict)]


def _sums(found: Findings, blocks: list[Json], pointer: str) -> None:
    count = Counter(str(block.get("type")) for block in blocks)
    if count["table"] > 1:
        found.note(pointer, "only_one_table_allowed")
    if count["data_visualization"] > _MOST_CHARTS:
        found.note(pointer, f"no more than {_MOST_CHARTS} data_visualization blocks allowed")
    markdown = sum(len(str(block.get("text", ""))) for block in blocks if block.get("type") == "markdown")
    if markdown > _MARKDOWN_MOST:
        found.note(pointer, f"markdown text must be less than {_MARKDOWN_MOST + 1} characters in total")


def as_kept(value: Any) -> Any:
    """The same with what Slack fills in: how each text object is to be read, and its text escaped."""
    if isinstance(value, list):
        return [as_kept(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {name: as_kept(each) for name, each in value.items()}
    match kept.get("type"):
        case "plain_text":
            kept["text"] = escaped_once(kept["text"]).replace("<", "&lt;").replace(">", "&gt;")
            kept.setdefault("emoji", True)
        case "mrkdwn":
            kept["text"] = escaped_once(kept["text"])
            kept.setdefault("verbatim", False)
    return kept


def with_ids(blocks: list[Json], prefix: str) -> list[Json]:
    """Blocks as Slack keeps them: each with a `block_id`, each element with an `action_id`."""
    return [_with_ids(as_kept(block), f"{prefix}{index}") for index, block in enumerate(blocks)]


def _with_ids(block: Json, name: str) -> Json:
    named = {"block_id": name, **block}
    if named["type"] == "input":
        named = {"optional": False, "dispatch_action": False, **named}
    inside = {"container": "child_blocks", "carousel": "elements"}.get(named["type"])
    if inside is not None:
        named[inside] = [_with_ids(each, f"{name}.{place}") for place, each in enumerate(named[inside])]
    pressed = {"actions": "elements", "context_actions": "elements", "card": "actions"}.get(named["type"], "")
    if isinstance(named.get(pressed), list):
        named[pressed] = [{"action_id": f"{name}.{place}", **each} for place, each in enumerate(named[pressed])]
    for one in ("accessory", "element"):
        if isinstance(named.get(one), dict) and named[one].get("type") != "image":
            named[one] = {"action_id": f"{name}.{one}", **named[one]}
    return named
