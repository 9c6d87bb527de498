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
from bot.local.slack.blockkit.pieces import any_text, plain
from bot.local.slack.blockkit.richtext import RICH_TEXT
from bot.local.slack.things import Json

Surface = Literal["message", "modal", "home"]
MOST_BLOCKS: Final[dict[Surface, int]] = {"message": 50, "modal": 100, "home": 100}
_MARKDOWN_MOST: Final = 12_000
_ID: Final[dict[str, Check]] = {"block_id": text(255)}


def _block(shape: Shape) -> Shape:
    return Shape(needed=shape.needed, may={**_ID, **shape.may}, extra=shape.extra)


def _actions_differ(found: Findings, pointer: str, value: Any) -> None:
    elements = [each for each in value.get("elements") or [] if isinstance(each, dict)]
    ids = [each.get("action_id") for each in elements]
    distinct(ids, found, f"{pointer}/elements/{{}}/action_id", "`action_id`")


_TABLE_CELL: Final = by_type(
    {"raw_text": Shape(needed={"text": text(3000)}), "rich_text": _block(RICH_TEXT)}, what="table cell"
)
_TASK: Final = Shape(
    needed={"task_id": text(255), "title": text(256)},
    may={
        "status": one_of("pending", "in_progress", "complete", "error"),
        "details": by_type({"rich_text": _block(RICH_TEXT)}, what="details"),
        "output": by_type({"rich_text": _block(RICH_TEXT)}, what="output"),
        "sources": many(by_type({"url": Shape(needed={"url": text(3000), "text": text(256)})}, what="source"), 50),
    },
)
_LONE_TASK: Final = Shape(needed=_TASK.needed, may={**_TASK.may, "status": one_of("in_progress", "complete", "error")})
_CARD: Final = Shape(
    may={
        "title": any_text(150),
        "subtitle": any_text(150),
        "body": any_text(200),
        "icon": by_type({"image": IMAGE}, what="icon"),
        "hero_image": by_type({"image": IMAGE}, what="hero image"),
        "actions": many(by_type({"button": BUTTON}, what="card action"), 5),
    },
    extra=(at_least_one("title", "body", "actions", "hero_image"),),
)

_EVERYWHERE: Final[dict[str, Shape]] = {
    "section": Shape(
        may={
            "text": any_text(3000),
            "fields": many(any_text(2000), 10),
            "accessory": by_type(IN_SECTION, what="accessory"),
            "expand": flag,
        },
        extra=(at_least_one("text", "fields"),),
    ),
    "header": Shape(needed={"text": plain(150)}),
    "divider": Shape(),
    "context": Shape(needed={"elements": many(by_type(IN_CONTEXT, what="context element"), 10)}),
    "actions": Shape(
        needed={"elements": many(by_type(IN_ACTIONS, what="action element"), 25)}, extra=(_actions_differ,)
    ),
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
    needed={"label": plain(2000), "element": by_type(IN_INPUT, what="input element")},
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
    "plan": Shape(
        needed={"title": text(256)}, may={"tasks": many(by_type({"task_card": _block(_TASK)}, what="task"), 50)}
    ),
    "task_card": _LONE_TASK,
    "context_actions": Shape(
        needed={"elements": many(by_type(IN_CONTEXT_ACTIONS, what="context action"), 5)}, extra=(_actions_differ,)
    ),
    "card": _CARD,
    "carousel": Shape(needed={"elements": many(by_type({"card": _block(_CARD)}, what="card"), 10)}),
    "file": Shape(needed={"external_id": text(255), "source": one_of("remote")}),
}
_ALERT: Final = Shape(
    needed={"text": any_text(200)}, may={"level": one_of("default", "info", "warning", "error", "success")}
)

_OF: Final[dict[Surface, dict[str, Shape]]] = {
    "message": {**_EVERYWHERE, **_ONLY_MESSAGES, "input": _INPUT},
    "modal": {**_EVERYWHERE, "input": _INPUT, "alert": _ALERT},
    "home": {**_EVERYWHERE, "input": _INPUT},
}
_CHECKS: Final[dict[Surface, Check]] = {
    surface: many(
        by_type(
            {name: _block(shape) for name, shape in shapes.items()},
            what="block",
            wrong_place=f" (not a block for a {surface})",
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
        if surface == "message":
            _sums(found, whole, pointer)
    return found.messages


def _sums(found: Findings, blocks: list[Json], pointer: str) -> None:
    if Counter(str(block.get("type")) for block in blocks)["table"] > 1:
        found.note(pointer, "only one table allowed")
    markdown = sum(len(str(block.get("text", ""))) for block in blocks if block.get("type") == "markdown")
    if markdown > _MARKDOWN_MOST:
        found.note(pointer, f"markdown text must be less than {_MARKDOWN_MOST + 1} characters in total")


def as_kept(value: Any) -> Any:
    """The same with what Slack fills in: how each text object is to be read."""
    if isinstance(value, list):
        return [as_kept(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {name: as_kept(each) for name, each in value.items()}
    match kept.get("type"):
        case "plain_text":
            kept.setdefault("emoji", True)
        case "mrkdwn":
            kept.setdefault("verbatim", False)
    return kept


def with_ids(blocks: list[Json], prefix: str) -> list[Json]:
    """Blocks as Slack keeps them: each with a `block_id`, each element with an `action_id`."""
    kept = []
    for index, block in enumerate(blocks):
        named = {"block_id": f"{prefix}{index}", **as_kept(block)}
        if named["type"] == "input":
            named = {"optional": False, "dispatch_action": False, **named}
        if isinstance(named.get("elements"), list) and named["type"] in {"actions", "context_actions"}:
            named["elements"] = [
                {"action_id": f"{prefix}{index}.{place}", **each} for place, each in enumerate(named["elements"])
            ]
        for name in ("accessory", "element"):
            if isinstance(named.get(name), dict) and named[name].get("type") != "image":
                named[name] = {"action_id": f"{prefix}{index}.{name}", **named[name]}
        kept.append(named)
    return kept
