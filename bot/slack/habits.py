"""Our own rules of look and voice that a program can check; tests of views hold every message and modal to them."""

from collections.abc import Iterator
from typing import Final

from bot.slack.limits_parts import Node, items

_HEADER: Final = 34
_ROW: Final = 5
_SHORT_ROW: Final = 3
_SHORT_VERB: Final = 15
_VERB: Final = 24
_NOTIFICATION: Final = 150


def habits(shape: Node) -> list[str]:
    """Where a message's or view's JSON departs from how Daywatch looks, in words."""
    return list(_departures(shape))


def _departures(shape: Node) -> Iterator[str]:
    if "type" not in shape and shape.get("blocks") and len(shape["text"]) > _NOTIFICATION:
        yield f"the notification has {len(shape['text'])} characters"
    primaries = 0
    for index, block in enumerate(items(shape, "blocks")):
        at = f"block {index + 1}"
        if block["type"] == "header" and len(block["text"]["text"]) > _HEADER:
            yield f"{at}: the header is longer than a phone's line"
        controls = [one for one in items(block, "elements") if block["type"] == "actions"]
        yield from _row(controls, at)
        pressed = [*controls, block["accessory"]] if "accessory" in block else controls
        for one in pressed:
            yield from _control(one, at)
        primaries += sum(one.get("style") == "primary" for one in pressed)
    if primaries > 1:
        yield f"{primaries} primary buttons"


def _row(controls: list[Node], at: str) -> Iterator[str]:
    if len(controls) > _ROW:
        yield f"{at}: a row of {len(controls)} controls wraps"
    for one in controls:
        if one.get("type") == "button" and len(controls) >= _SHORT_ROW and len(one["text"]["text"]) > _SHORT_VERB:
            yield f"{at}: {one['text']['text']!r} is too long for a row of {len(controls)}"


def _control(one: Node, at: str) -> Iterator[str]:
    if one.get("type") == "button":
        verb = one["text"]["text"]
        if len(verb) > _VERB:
            yield f"{at}: {verb!r} is longer than {_VERB} characters"
        if verb.endswith(("…", ".")) or verb.upper() == "OK":
            yield f"{at}: {verb!r} is not a verb"
        if one.get("style") == "danger" and "confirm" not in one:
            yield f"{at}: {verb!r} is dangerous and asks nobody"
    action = str(one.get("action_id", ""))
    if action and action.count(".") != 2:
        yield f"{at}: the action id {action!r} is not `feature.verb.v1`"
