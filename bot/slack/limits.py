"""Everything Slack refuses in a message or a view, checked by us before it is sent."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from bot.slack.limits_parts import (
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    Node,
    Problems,
    counted,
    element,
    items,
    maybe_text,
    rich_element,
    string,
    text_object,
)

MESSAGE_TEXT: Final = 9_000
MESSAGE_JSON: Final = 12_000  # Slack refuses somewhere past 11,000 to 13,000 and says nowhere where
_NOTIFICATION: Final = 4_000
_VIEW_BYTES: Final = 250_000
_METADATA_BYTES: Final = 8_000
_MRKDWN: Final = ("mrkdwn", "plain_text")

ON_MESSAGES: Final = frozenset(
    {"header", "section", "context", "rich_text", "actions", "image", "divider", "table", "markdown", "plan"}
)
ON_HOME: Final = ON_MESSAGES - {"markdown", "plan"}
ON_MODALS: Final = ON_MESSAGES - {"markdown", "plan", "table"} | {"alert", "input"}

_MOST_BLOCKS: Final = 50
_MOST_VIEW_BLOCKS: Final = 100


def size_of(blocks: Sequence[Node]) -> int:
    """How long the blocks are as JSON, the way Slack receives them."""
    return len(json.dumps(blocks, ensure_ascii=False, separators=(", ", ": ")))


def problems(shape: Node) -> list[str]:
    """What Slack would refuse in a message's or view's JSON, each with its place (`/blocks/0/text: is empty`)."""
    return list(_view(shape) if shape.get("type") in {"modal", "home"} else _message(shape))


def problems_of_block(block: Node, allowed: frozenset[str], at: str = "") -> Problems:
    kind = str(block.get("type"))
    if kind not in allowed:
        yield f"{at}/type: {kind} is not allowed here"
        return
    yield from string(block, "block_id", at, 255, needed=False)
    yield from _BLOCKS[kind](block, at)
    yield from _same_ids(block, at)


def _message(shape: Node) -> Problems:
    blocks = items(shape, "blocks")
    if not isinstance(text := shape.get("text"), str) or not text.strip():
        yield "/text: is empty"
    elif len(text) > _NOTIFICATION:
        yield f"/text: has {len(text)} characters, {_NOTIFICATION} are allowed"
    if "blocks" in shape:
        yield from _all_blocks(shape, ON_MESSAGES, _MOST_BLOCKS)
        if size_of(blocks) > MESSAGE_JSON:
            yield f"/blocks: {size_of(blocks)} characters of JSON, {MESSAGE_JSON} are allowed"
        if visible(blocks) > MESSAGE_TEXT:
            yield f"/blocks: {visible(blocks)} characters of text, {MESSAGE_TEXT} are allowed"
    if sum(block.get("type") == "table" for block in blocks) > 1:
        yield "/blocks: more than one table"
    if sum(len(block.get("text", "")) for block in blocks if block.get("type") == "markdown") > MESSAGE_JSON:
        yield "/blocks: more than 12,000 characters of Markdown"
    if "metadata" in shape:
        yield from _metadata(shape["metadata"])


def _metadata(metadata: Node) -> Problems:
    yield from string(metadata, "event_type", "/metadata", 255)
    if not isinstance(metadata.get("event_payload"), Mapping):
        yield "/metadata/event_payload: is not an object"
    if len(json.dumps(metadata).encode()) > _METADATA_BYTES:
        yield f"/metadata: is larger than {_METADATA_BYTES} bytes"


def _view(shape: Node) -> Problems:
    modal = shape["type"] == "modal"
    yield from _all_blocks(shape, ON_MODALS if modal else ON_HOME, _MOST_VIEW_BLOCKS)
    yield from string(shape, "private_metadata", "", 3000, needed=False, least=0)
    yield from string(shape, "callback_id", "", 255, needed=False)
    yield from string(shape, "external_id", "", 255, needed=False)
    if modal:
        yield from text_object(shape.get("title"), "/title", 24)
        has_fields = any(block.get("type") == "input" for block in items(shape, "blocks"))
        if has_fields and "submit" not in shape:
            yield "/submit: is missing, and there are fields"
    for name in ("submit", "close"):
        if name in shape and not modal:
            yield f"/{name}: the Home tab has none"
        yield from maybe_text(shape, name, "", 24)
    if len(json.dumps(shape).encode()) > _VIEW_BYTES:
        yield f": is larger than {_VIEW_BYTES} bytes"


def _all_blocks(shape: Node, allowed: frozenset[str], most: int) -> Problems:
    yield from counted(shape, "blocks", "", most)
    seen: set[str] = set()
    for index, block in enumerate(items(shape, "blocks")):
        yield from problems_of_block(block, allowed, f"/blocks/{index}")
        if (block_id := block.get("block_id")) in seen:
            yield f"/blocks/{index}/block_id: {block_id} is there twice"
        seen |= {block_id} if block_id else set()


def _same_ids(block: Node, at: str) -> Problems:
    ids = [one["action_id"] for one in items(block, "elements") if "action_id" in one]
    for twice in sorted({one for one in ids if ids.count(one) > 1}):
        yield f"{at}: action_id {twice} is there twice"


def _header(block: Node, at: str) -> Problems:
    yield from text_object(block.get("text"), f"{at}/text", 150)


def _section(block: Node, at: str) -> Problems:
    if "text" not in block and "fields" not in block:
        yield f"{at}: needs text or fields"
    if "text" in block:
        yield from text_object(block["text"], f"{at}/text", 3000, kinds=_MRKDWN)
    if "fields" in block:
        yield from counted(block, "fields", at, 10)
        for index, one in enumerate(items(block, "fields")):
            yield from text_object(one, f"{at}/fields/{index}", 2000, kinds=_MRKDWN)
    if "accessory" in block:
        yield from element(block["accessory"], f"{at}/accessory", IN_SECTION)


def _context(block: Node, at: str) -> Problems:
    yield from counted(block, "elements", at, 10)
    for index, one in enumerate(items(block, "elements")):
        if one.get("type") == "image":
            yield from element(one, f"{at}/elements/{index}", frozenset({"image"}))
        else:
            yield from text_object(one, f"{at}/elements/{index}", 3000, kinds=_MRKDWN)


def _actions(block: Node, at: str) -> Problems:
    yield from counted(block, "elements", at, 25)
    for index, one in enumerate(items(block, "elements")):
        yield from element(one, f"{at}/elements/{index}", IN_ACTIONS)


def _image(block: Node, at: str) -> Problems:
    yield from element(block, at, frozenset({"image"}))
    yield from maybe_text(block, "title", at, 2000)


def _input(block: Node, at: str) -> Problems:
    yield from text_object(block.get("label"), f"{at}/label", 2000)
    yield from maybe_text(block, "hint", at, 2000)
    yield from element(block.get("element"), f"{at}/element", IN_INPUT)


def _alert(block: Node, at: str) -> Problems:
    yield from text_object(block.get("text"), f"{at}/text", 200, kinds=_MRKDWN)
    if block.get("level", "default") not in {"default", "info", "warning", "error", "success"}:
        yield f"{at}/level: is {block.get('level')}"


def _rich_text(block: Node, at: str) -> Problems:
    yield from counted(block, "elements", at, 1000)
    for index, one in enumerate(items(block, "elements")):
        yield from rich_element(one, f"{at}/elements/{index}")


def _markdown(block: Node, at: str) -> Problems:
    yield from string(block, "text", at, 12_000)


def _table(block: Node, at: str) -> Problems:
    yield from counted(block, "rows", at, 100)
    yield from counted({"column_settings": block.get("column_settings", [])}, "column_settings", at, 20, least=0)
    for index, row in enumerate(block.get("rows", [])):
        yield from counted({"row": row}, "row", f"{at}/rows/{index}", 20)
        for column, cell in enumerate(row):
            here = f"{at}/rows/{index}/{column}"
            if cell.get("type") == "rich_text":
                yield from _rich_text(cell, here)
            elif cell.get("type") in {"raw_text", "raw_number"}:
                yield from string(cell, "text", here, 3000)
            else:
                yield f"{here}/type: {cell.get('type')} is not allowed here"


def _plan(block: Node, at: str) -> Problems:
    yield from string(block, "title", at, 255)
    yield from counted(block, "tasks", at, 50)
    seen: set[Any] = set()  # Any: whatever JSON stands there
    for index, one in enumerate(items(block, "tasks")):
        here = f"{at}/tasks/{index}"
        yield from string(one, "task_id", here, 255)
        yield from string(one, "title", here, 255)
        if one.get("task_id") in seen:
            yield f"{here}/task_id: is there twice"
        seen.add(one.get("task_id"))
        if one.get("status") not in {"pending", "in_progress", "complete", "error"}:
            yield f"{here}/status: is {one.get('status')}"
        for name in ("details", "output"):
            if name in one:
                yield from _rich_text(one[name], f"{here}/{name}")


_BLOCKS: Final[Mapping[str, Callable[[Node, str], Problems]]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "input": _input,
    "alert": _alert,
    "rich_text": _rich_text,
    "markdown": _markdown,
    "table": _table,
    "plan": _plan,
    "divider": lambda _block, _at: iter(()),
}

# What opens only when it is pressed takes no room.
_FOLDED: Final = frozenset({"confirm", "initial_option", "initial_options", "value", "action_id", "fallback"})
_FOLDED_CHOICES: Final = frozenset({"options", "option_groups"})
_WORDS: Final = frozenset({"text", "title"})


def visible(node: object) -> int:
    """How many characters a reader sees."""
    return sum(len(text) for text in _shown(node))


def _shown(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        folded = _FOLDED if node.get("type") in {"checkboxes", "radio_buttons"} else _FOLDED | _FOLDED_CHOICES
        for name, value in node.items():
            if isinstance(value, str):
                if name in _WORDS:
                    yield value
            elif name not in folded:
                yield from _shown(value)
    elif isinstance(node, list):
        for one in node:
            yield from _shown(one)
