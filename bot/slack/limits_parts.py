"""Slack's rules for the parts of a block: text objects, controls, options, rich text."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from bot.slack.blocks.text import escape

Node = Mapping[str, Any]  # Any: JSON as it is about to be sent, which is what is being checked
Problems = Iterator[str]

_RICH_PARTS: Final = frozenset(
    {"text", "link", "emoji", "user", "usergroup", "channel", "date", "broadcast", "color", "team"}
)
_STYLES: Final = frozenset({"primary", "danger"})
_PICKERS: Final = frozenset(
    {
        "users_select",
        "conversations_select",
        "channels_select",
        "external_select",
        "datepicker",
        "timepicker",
        "datetimepicker",
    }
)
_MULTI: Final = frozenset(
    {
        "multi_static_select",
        "multi_users_select",
        "multi_conversations_select",
        "multi_channels_select",
        "multi_external_select",
    }
)
_CHOICES: Final = frozenset({"checkboxes", "radio_buttons", "static_select"}) | _PICKERS
IN_ACTIONS: Final = frozenset({"button", "overflow"}) | _CHOICES
IN_SECTION: Final = frozenset({"button", "overflow", "image"}) | _CHOICES | _MULTI
IN_INPUT: Final = (
    frozenset({"plain_text_input", "number_input", "email_text_input", "url_text_input", "file_input"})
    | _CHOICES
    | _MULTI
)


def length(text: str, kind: str) -> int:
    """As Slack counts: mrkdwn stands escaped already, plain_text is escaped by Slack."""
    return len(text) if kind == "mrkdwn" else len(escape(text))


def string(node: Node, name: str, at: str, most: int, *, needed: bool = True, least: int = 1) -> Problems:
    value = node.get(name)
    if value is None:
        if needed:
            yield f"{at}/{name}: is missing"
    elif not isinstance(value, str) or not least <= len(value) <= most:
        size = len(value) if isinstance(value, str) else type(value).__name__
        yield f"{at}/{name}: has {size}, {least} to {most} characters are allowed"


def items(node: Node, name: str) -> Sequence[Node]:
    """The members of a list; a wrong number of them is reported by `counted`."""
    value = node.get(name)
    return value if isinstance(value, list) else []


def counted(node: Node, name: str, at: str, most: int, *, least: int = 1) -> Problems:
    value = node.get(name)
    if not isinstance(value, list) or not least <= len(value) <= most:
        size = len(value) if isinstance(value, list) else "nothing"
        yield f"{at}/{name}: has {size}, {least} to {most} are allowed"


def text_object(node: object, at: str, most: int, *, kinds: Sequence[str] = ("plain_text",)) -> Problems:
    if not isinstance(node, Mapping):
        yield f"{at}: is missing"
        return
    kind, text = node.get("type"), node.get("text")
    if kind not in kinds:
        yield f"{at}/type: is {kind}, not {' or '.join(kinds)}"
        return
    allowed = {"type", "text", "emoji"} if kind == "plain_text" else {"type", "text", "verbatim"}
    for extra in sorted(set(node) - allowed):
        yield f"{at}/{extra}: is not a property of {kind}"
    if not isinstance(text, str) or not text.strip():
        yield f"{at}/text: is empty"
    elif length(text, str(kind)) > most:
        yield f"{at}/text: has {length(text, str(kind))} characters, {most} are allowed"


def maybe_text(node: Node, name: str, at: str, most: int) -> Problems:
    if name in node:
        yield from text_object(node[name], f"{at}/{name}", most)


def option(node: Node, at: str, *, overflow: bool = False) -> Problems:
    yield from text_object(node.get("text"), f"{at}/text", 75)
    yield from maybe_text(node, "description", at, 75)
    yield from string(node, "value", at, 75)
    if "url" in node:
        if not overflow:
            yield f"{at}/url: only the options of an overflow menu have one"
        yield from string(node, "url", at, 3000)


def options(node: Node, at: str, most: int) -> Problems:
    if "option_groups" in node:
        yield from counted(node, "option_groups", at, 100)
        for index, group in enumerate(items(node, "option_groups")):
            yield from text_object(group.get("label"), f"{at}/option_groups/{index}/label", 75)
            yield from options(group, f"{at}/option_groups/{index}", 100)
        return
    yield from counted(node, "options", at, most)
    every = items(node, "options")
    for index, one in enumerate(every):
        yield from option(one, f"{at}/options/{index}", overflow=node.get("type") == "overflow")
    chosen = [node["initial_option"]] if "initial_option" in node else items(node, "initial_options")
    if "initial_options" in node:
        yield from counted(node, "initial_options", at, most)
    for one in chosen:
        if one not in every:
            yield f"{at}/initial_option: does not equal any of the options"


def confirm(node: Node, at: str) -> Problems:
    yield from text_object(node.get("title"), f"{at}/title", 100)
    yield from text_object(node.get("text"), f"{at}/text", 300, kinds=("plain_text", "mrkdwn"))
    yield from text_object(node.get("confirm"), f"{at}/confirm", 30)
    yield from text_object(node.get("deny"), f"{at}/deny", 30)
    if node.get("style") not in {None, *_STYLES}:
        yield f"{at}/style: is {node.get('style')}"


def _button(node: Node, at: str) -> Problems:
    yield from text_object(node.get("text"), f"{at}/text", 75)
    yield from string(node, "value", at, 2000, needed=False)
    yield from string(node, "url", at, 3000, needed=False)
    yield from string(node, "accessibility_label", at, 75, needed=False)
    if node.get("style") not in {None, *_STYLES}:
        yield f"{at}/style: is {node.get('style')}"


def _typed(node: Node, at: str) -> Problems:
    most, least = node.get("max_length", 3000), node.get("min_length", 0)
    if not 1 <= most <= 3000:
        yield f"{at}/max_length: is {most}, 1 to 3000 are allowed"
    if not 0 <= least <= most:
        yield f"{at}/min_length: is {least}, 0 to {most} are allowed"
    if len(node.get("initial_value", "")) > most:
        yield f"{at}/initial_value: is longer than max_length"
    yield from string(node, "initial_value", at, 3000, needed=False)


def _image(node: Node, at: str) -> Problems:
    yield from string(node, "alt_text", at, 2000)
    if ("image_url" in node) == ("slack_file" in node):
        yield f"{at}: needs either image_url or slack_file"
    yield from string(node, "image_url", at, 3000, needed=False)


def _select(node: Node, at: str) -> Problems:
    yield from options(node, at, 100)


def _boxes(node: Node, at: str) -> Problems:
    yield from options(node, at, 10)


def _menu(node: Node, at: str) -> Problems:
    yield from options(node, at, 5)


_ELEMENTS: Final[Mapping[str, Callable[[Node, str], Problems]]] = {
    "button": _button,
    "overflow": _menu,
    "image": _image,
    "static_select": _select,
    "multi_static_select": _select,
    "checkboxes": _boxes,
    "radio_buttons": _boxes,
    "plain_text_input": _typed,
}


def element(node: object, at: str, allowed: frozenset[str]) -> Problems:
    if not isinstance(node, Mapping):
        yield f"{at}: is missing"
        return
    kind = str(node.get("type"))
    if kind not in allowed:
        yield f"{at}/type: {kind} is not allowed here"
        return
    if kind != "image":
        yield from string(node, "action_id", at, 255)
    yield from maybe_text(node, "placeholder", at, 150)
    if "confirm" in node:
        yield from confirm(node["confirm"], f"{at}/confirm")
    if kind in _ELEMENTS:
        yield from _ELEMENTS[kind](node, at)


def rich_element(node: Node, at: str) -> Problems:
    kind = node.get("type")
    if kind == "rich_text_list":
        if node.get("style") not in {"bullet", "ordered"}:
            yield f"{at}/style: is {node.get('style')}"
        yield from counted(node, "elements", at, 1000)
        for index, line in enumerate(items(node, "elements")):
            if line.get("type") != "rich_text_section":
                yield f"{at}/elements/{index}/type: a list holds rich_text_section"
            yield from _rich_parts(line, f"{at}/elements/{index}")
    elif kind in {"rich_text_section", "rich_text_quote", "rich_text_preformatted"}:
        yield from _rich_parts(node, at)
    else:
        yield f"{at}/type: {kind} is not allowed here"


def _rich_parts(node: Node, at: str) -> Problems:
    for index, part in enumerate(items(node, "elements")):
        here, kind = f"{at}/elements/{index}", part.get("type")
        if kind not in _RICH_PARTS:
            yield f"{here}/type: {kind} is not allowed here"
        elif kind == "text":
            yield from string(part, "text", here, 12_000)
        elif kind == "link":
            yield from string(part, "url", here, 3000)
            yield from string(part, "text", here, 3000, needed=False)
        elif kind == "emoji":
            yield from string(part, "name", here, 100)
        elif kind == "date":
            yield from string(part, "format", here, 100)
            if not isinstance(part.get("timestamp"), int):
                yield f"{here}/timestamp: is not a whole number"
        elif kind == "broadcast":
            yield f"{here}: Daywatch calls no whole channel"
