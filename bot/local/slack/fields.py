"""What an input holds: the values in `state.values` and `actions`, read from blocks or from what people give."""

from collections.abc import Iterator
from typing import Any, Final

from bot.local.slack.things import Json

# element type -> (name of its value in payloads, name of its first value in the view)
VALUE_OF: Final[dict[str, tuple[str, str]]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", ""),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", ""),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
_STATELESS: Final = frozenset({"button", "overflow", "image", "icon_button", "feedback_buttons", "workflow_button"})


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every interactive element with its block, in reading order."""
    for block in blocks:
        if block.get("type") in {"container", "carousel"}:
            yield from elements(block.get("child_blocks") or block.get("elements") or [])
            continue
        found = block.get("elements") if block.get("type") in {"actions", "context_actions"} else block.get("actions")
        for each in (*(found or ()), block.get("accessory"), block.get("element")):
            if isinstance(each, dict) and each.get("type") != "image" and "action_id" in each:
                yield block, each


def first_values(blocks: list[Json]) -> Json:
    """`state.values` of a view or message nobody has touched."""
    values: Json = {}
    for block, element in elements(blocks):
        if element["type"] not in _STATELESS:
            values.setdefault(block["block_id"], {})[element["action_id"]] = held(element, _first(element))
    return values


def _first(element: Json) -> Any:
    name = VALUE_OF[element["type"]][1]
    first = element.get(name) if name else None
    return [] if first is None and _several(element["type"]) else first


def _several(kind: str) -> bool:
    return VALUE_OF[kind][0] in {"selected_options", "selected_users", "selected_conversations", "selected_channels"}


def held(element: Json, value: Any) -> Json:
    return {"type": element["type"], VALUE_OF[element["type"]][0]: value}


def options_of(element: Json) -> list[Json]:
    groups = element.get("option_groups") or []
    return list(element.get("options") or [each for group in groups for each in group["options"]])


def chosen(element: Json, value: Any) -> Any:
    """Turn what a person gives ("sev2", ["a", "b"], "U123") into what the payload carries, or raise `ValueError`."""
    kind, name = element["type"], VALUE_OF[element["type"]][0]
    if value is None:
        return [] if _several(kind) else None
    if name == "selected_option":
        return _option(element, value)
    if name == "selected_options":
        return [_option(element, each) for each in (value if isinstance(value, list) else [value])]
    if _several(kind):
        return [str(each) for each in (value if isinstance(value, list) else [value])]
    if kind == "datetimepicker":
        return int(value)
    return value if kind in {"rich_text_input", "file_input"} else str(value)


def _option(element: Json, value: Any) -> Json:
    wanted = value.get("value") if isinstance(value, dict) else value
    if element["type"] in {"external_select", "multi_external_select"}:
        return _external_option(value)
    for each in options_of(element):
        if each.get("value") == str(wanted):
            return each
    raise ValueError(f"there is no option {wanted!r}")


def _external_option(value: Any) -> Json:
    if isinstance(value, dict):
        return value
    return {"text": {"type": "plain_text", "text": str(value), "emoji": True}, "value": str(value)}
