"""Cuts blocks to a room without knowing what they say: ends of lists and tables, long texts, then whole blocks."""

import copy
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol

from bot.slack.blocks.text import and_more, cut, cut_mrkdwn
from bot.slack.limits_parts import items
from bot.slack.message import Json

_SHORTEST: Final = 40
_KEPT_ITEMS: Final = 3
_AT_ONCE: Final = 20
# Least telling first, controls last. Fields are not in it: a form without its fields is no form.
_LEAVING: Final = (
    *("divider", "image", "context", "markdown", "rich_text", "plan", "table", "section", "alert", "header"),
    "actions",
)
_MORE: Final = re.compile(r"and (\d{1,6}) more")


class Room(Protocol):
    def over_blocks(self, blocks: Sequence[Json]) -> bool: ...

    def over_length(self, blocks: Sequence[Json]) -> bool: ...


def trimmed(blocks: Sequence[Json], room: Room) -> list[Json]:
    """At most what the room holds, or the first block and the fields alone."""
    left = copy.deepcopy(list(blocks))
    while room.over_length(left) and _shorten_something(left):
        pass
    gone = 0
    while (room.over_blocks(left) or room.over_length(left)) and (index := _next_to_leave(left)) is not None:
        gone += left[index]["type"] != "divider"
        del left[index]
    return _with_count(left, gone, room)


def _with_count(blocks: list[Json], gone: int, room: Room) -> list[Json]:
    """A total still counts what was cut, as far as there is room to say so."""
    if not gone:
        return blocks
    words = {"type": "context", "elements": [{"type": "mrkdwn", "text": f"{and_more(gone)} that did not fit"}]}
    longer = [*blocks, words]
    return blocks if room.over_blocks(longer) or room.over_length(longer) else longer


def _next_to_leave(blocks: Sequence[Json]) -> int | None:
    """From the bottom; a section with a control goes among the controls. The first block and fields stay."""
    leaving = [(_rank(block), -index) for index, block in enumerate(blocks) if index and _rank(block) >= 0]
    return -min(leaving)[1] if leaving else None


def _rank(block: Json) -> int:
    kind = "actions" if "accessory" in block else block["type"]
    return _LEAVING.index(kind) if kind in _LEAVING else -1


def _shorten_something(blocks: list[Json]) -> bool:
    """One step shorter: hints, then the longest list or table, then the longest text. The first block comes last."""
    return _drop_hint(blocks) or _shorten_list(blocks) or _shorten_text(blocks[1:]) or _shorten_text(blocks[:1])


def _drop_hint(blocks: list[Json]) -> bool:
    hinted = [block for block in blocks if block["type"] == "input" and "hint" in block]
    if hinted:
        del hinted[-1]["hint"]
    return bool(hinted)


def _shorten_list(blocks: list[Json]) -> bool:
    rows, kept = max(_lists(blocks), key=lambda one: len(one[0]) - one[1], default=([], 0))
    counted = _counted(rows[-1]) if rows else 0
    real = len(rows) - (1 if counted else 0)
    # The count takes a row of its own, so the first time two leave. Of a very long list several leave at once.
    leaving = (1 if counted else 2) + (real - kept) // _AT_ONCE
    if real - leaving < kept:
        return False
    del rows[real - leaving :]
    rows.append(_count_row(rows[0], counted + leaving))
    return True


def _lists(blocks: Sequence[Json]) -> Iterator[tuple[list[Any], int]]:
    """Rows that may go, and how many of them stay in any case."""
    for block in blocks:
        if block["type"] == "table":
            yield block["rows"], 1 + _KEPT_ITEMS
        elif block["type"] == "rich_text":
            for element in items(block, "elements"):
                if element["type"] == "rich_text_list":
                    yield element["elements"], _KEPT_ITEMS


def _counted(row: Any) -> int:
    """What a last row "and 7 more" counts already, ours or the view's own."""
    cells = row if isinstance(row, list) else row["elements"]
    found = _MORE.fullmatch(str(cells[0].get("text", ""))) if cells else None
    return int(found[1]) if found else 0


def _count_row(like: Any, number: int) -> Any:
    if isinstance(like, list):
        return [{"type": "raw_text", "text": text} for text in (and_more(number), *("–" for _ in like[1:]))]
    return {"type": "rich_text_section", "elements": [{"type": "text", "text": and_more(number)}]}


def _shorten_text(blocks: Sequence[Json]) -> bool:
    leaf = max((leaf for block in blocks for leaf in _leaves(block)), key=lambda one: len(one["text"]), default=None)
    if leaf is None or len(leaf["text"]) <= _SHORTEST:
        return False
    limit = max(len(leaf["text"]) * 3 // 4, _SHORTEST)
    leaf["text"] = (cut_mrkdwn if leaf["type"] == "mrkdwn" else cut)(leaf["text"], limit)
    return True


def _leaves(node: Any) -> Iterator[Json]:
    """Texts that may become shorter: not of controls, fields and headers, which have their limits already."""
    if isinstance(node, list):
        for one in node:
            yield from _leaves(one)
    elif isinstance(node, dict) and node.get("type") not in {"actions", "input", "header", "alert"}:
        if isinstance(node.get("text"), str):
            yield node
        for name, value in node.items():
            if name not in {"accessory", "confirm"}:
                yield from _leaves(value)
