"""Blocks said with less: plans and tables as plain lists, any block as words."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.slack.blocks.text import escape, safe_url
from bot.slack.limits_parts import Node, items
from bot.slack.message import Json

_STEP: Final = {"complete": "✅", "in_progress": "⏳", "pending": "▫️", "error": "❌"}


def without_new_blocks(block: Json) -> Json:
    """A plan or table as rich_text, which every client draws; other blocks as they are."""
    if block["type"] == "plan":
        steps = [[_words(_step(task))] for task in items(block, "tasks")]
        return _rich([_section([_words(block["title"], bold=True)]), _list(steps)])
    if block["type"] == "table":
        rows = [[_words(" · ".join(_cell(cell) for cell in row))] for row in block["rows"][1:]]
        return _rich([_list(rows)] if rows else [_section([_words("–")])])
    return block


def _step(task: Node) -> str:
    output = plain_words(task["output"]) if "output" in task else ""
    return f"{_STEP.get(task['status'], '')} {task['title']}{' · ' + output if output else ''}"


def _cell(cell: Node) -> str:
    return plain_words(cell) if cell["type"] == "rich_text" else str(cell["text"])


def _words(text: str, *, bold: bool = False) -> Json:
    return {"type": "text", "text": text or "–"} | ({"style": {"bold": True}} if bold else {})


def _section(parts: list[Json]) -> Json:
    return {"type": "rich_text_section", "elements": parts}


def _list(rows: list[list[Json]]) -> Json:
    return {"type": "rich_text_list", "style": "bullet", "elements": [_section(row) for row in rows]}


def _rich(elements: list[Json]) -> Json:
    return {"type": "rich_text", "elements": elements}


def plain_words(rich: Node) -> str:
    """The words of rich text on one line."""
    return " ".join("".join(_leaves(element, plain=True)) for element in items(rich, "elements")).strip()


def words_of(block: Node) -> str:
    """A block as mrkdwn words, foreign text escaped; empty for controls and pictures."""
    kind = block["type"]
    if kind in {"plan", "table"}:
        return words_of(without_new_blocks(dict(block)))
    if kind == "rich_text":
        return "\n".join("".join(_leaves(one)) for one in items(block, "elements"))
    if kind == "context":
        return " · ".join(_text(one) for one in items(block, "elements") if "text" in one)
    if isinstance(text := block.get("text"), str):  # markdown
        return escape(text)
    return _text(text) if isinstance(text, Mapping) else ""


def _text(node: Node) -> str:
    text = str(node["text"])
    return text if node["type"] == "mrkdwn" else escape(text)


def _leaves(node: Node, *, plain: bool = False) -> Iterator[str]:
    for index, one in enumerate(items(node, "elements")):
        if node["type"] == "rich_text_list":
            mark = "•" if node.get("style") == "bullet" else f"{index + 1}."
            yield f"{'' if index == 0 else ' ' if plain else chr(10)}{mark} "
        if "elements" in one:
            yield from _leaves(one, plain=plain)
        else:
            yield _leaf(one, plain=plain)


def _leaf(part: Node, *, plain: bool) -> str:
    kind = part.get("type")
    made: Mapping[str, Any] = part  # Any: JSON of one rich_text element
    if kind == "emoji":
        return f":{made['name']}:"
    if kind == "date":
        fallback = str(made.get("fallback", ""))
        return fallback if plain else f"<!date^{made['timestamp']}^{made['format']}|{escape(fallback)}>"
    if kind in {"channel", "user"} and not plain:
        return f"<{'#' if kind == 'channel' else '@'}{made[f'{kind}_id']}>"
    text = str(made.get("text") or made.get("url") or "")
    if kind == "link" and not plain and (address := safe_url(made["url"])):
        return f"<{address.replace('&', '&amp;')}|{escape(text).replace('|', '¦')}>"
    return text if plain else escape(text)
