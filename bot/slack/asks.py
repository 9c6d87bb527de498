"""Slack's payloads read into `Ask`s: flat commands, presses, submissions, shortcuts."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from bot.acts import Ask
from bot.domain.person import Person
from bot.slack.blocks.text import blank

Payload = Mapping[str, Any]  # Slack's JSON as it came; only this module and the router read it

# What phones and word processors make of straight quotes and dashes.
_STRAIGHT = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "--"})
_MAX_TEXT = 4000
_KEPT = "\n\t\u200c\u200d"  # line ends, and what joins the letters of some scripts and the parts of an emoji
_CHANNEL = re.compile(r"<#[CG][A-Z0-9]+\|(?P<name>[^<>|]+)>")
_LINK = re.compile(r"<(?P<address>(?:https?|mailto):[^<>|\s]+)(?:\|[^<>]*)?>")
_UNSOUND = re.compile(r"[\x00\ud800-\udfff]")  # no database stores these


def straightened(text: str) -> str:
    """Typed words with typographic quotes and dashes made plain, control characters taken out.

    Slack escapes a command's text: channels and links are spelled again as people wrote them, people stay mentions.
    """
    plain = "".join(char for char in text.translate(_STRAIGHT) if char.isprintable() or char in _KEPT)
    spelled = _LINK.sub(lambda found: found["address"], _CHANNEL.sub(lambda found: f"#{found['name']}", plain))
    words = unescaped(spelled).strip()[:_MAX_TEXT]
    return "" if blank(words) else words


def user_of(body: Payload) -> str:
    """The id of the person behind a payload, of whatever kind."""
    return str(body.get("user_id") or _part(body, "user").get("id") or "")


def team_of(body: Payload) -> str:
    return str(body.get("team_id") or _part(body, "team").get("id") or _part(body, "user").get("team_id") or "")


def from_command(body: Payload, person: Person, at: datetime, text: str, path: str) -> Ask:
    return Ask(
        person=person,
        at=at,
        once=_once(body),
        text=text,
        channel=str(body.get("channel_id", "")),
        trigger_id=str(body.get("trigger_id", "")),
        response_url=str(body.get("response_url", "")),
        origin=path,
    )


def from_action(body: Payload, action: Payload, person: Person, at: datetime, key: str) -> Ask:
    """A press. In a modal the fields typed so far come along, in a message where it stands."""
    container, view = _part(body, "container"), _part(body, "view")
    message = _part(body, "message")
    return Ask(
        person=person,
        at=at,
        once=_once(body, str(action.get("action_id", ""))),
        key=key,
        channel=str(_part(body, "channel").get("id") or container.get("channel_id") or ""),
        message_ts=str(message.get("ts") or container.get("message_ts") or ""),
        thread_ts=str(message.get("thread_ts") or container.get("thread_ts") or ""),
        values=_values(_part(view, "state") or _part(body, "state")),
        private=_private(view),
        # The Home tab is a view too, but nothing can be pushed on it.
        view_id="" if view.get("type") == "home" else str(view.get("id", "")),
        trigger_id=str(body.get("trigger_id", "")),
        response_url=str(body.get("response_url", "")),
        on_message=bool(message) and not container.get("is_ephemeral", False),
        block=str(action.get("block_id", "")),
        pressed=action_key(action),
        picked=tuple(str(one.get("value", "")) for one in action.get("selected_options") or ()),
        origin=str(action.get("action_id", "")),
    )


def from_form(body: Payload, person: Person, at: datetime) -> Ask:
    view = _part(body, "view")
    return Ask(
        person=person,
        at=at,
        once=_once(body, str(view.get("callback_id", ""))),
        values=_values(_part(view, "state")),
        private=_private(view),
        channel=str(_private(view).get("channel", "")),
        view_id=str(view.get("id", "")),
        trigger_id=str(body.get("trigger_id", "")),
        origin=str(view.get("callback_id", "")),
    )


def from_shortcut(body: Payload, person: Person, at: datetime) -> Ask:
    message = _part(body, "message")
    return Ask(
        person=person,
        at=at,
        once=_once(body),
        channel=str(_part(body, "channel").get("id", "")),
        message_ts=str(message.get("ts", "")),
        thread_ts=str(message.get("thread_ts", "")),
        trigger_id=str(body.get("trigger_id", "")),
        response_url=str(body.get("response_url", "")),
        origin=str(body.get("callback_id", "")),
        # Message events and payloads bring text escaped already; ours is kept raw and escaped once, when drawn.
        words=sound(unescaped(str(message.get("text", "")))),
    )


def label_of(action: Payload) -> str:
    """What it says on the pressed button, or on the entry of a menu."""
    return str((_part(action, "text") or _part(_part(action, "selected_option"), "text")).get("text") or "")


def title_of(body: Payload) -> str:
    """The title of a submitted form."""
    return str(_part(_part(body, "view"), "title").get("text") or "")


def leads_outside(body: Payload, action: Payload) -> bool:
    """Whether what was pressed is a link. Slack tells of the press all the same, with or without the address."""
    place = (action.get("block_id"), action.get("action_id"))
    shown = [block for part in ("message", "view") for block in _part(body, part).get("blocks") or ()]
    return bool(action.get("url")) or any(
        element.get("url") and (block.get("block_id"), element.get("action_id")) == place
        for block in shown
        for element in (*(block.get("elements") or ()), block.get("accessory"))
        if isinstance(element, Mapping)
    )


def _once(body: Payload, *what: str) -> str:
    """What makes this ask one. Without a trigger nothing tells a repeat from a second click: then each is its own."""
    return ":".join(("slack", str(body.get("trigger_id") or uuid4()), *what))


def sound(text: str) -> str:
    """Words that any database stores: without null and half characters."""
    return _UNSOUND.sub("\ufffd", text)


def unescaped(text: str) -> str:
    """Slack's three entities back to characters (ampersand last)."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


_USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


def mentioned(text: str) -> str | None:
    """The first person mentioned in typed text, by id."""
    found = _USER.search(text)
    return found[1] if found else None


def unmentioned(text: str) -> str:
    """The words of typed text without its mentions of people."""
    return " ".join(_USER.sub(" ", text).split())


def action_key(action: Payload) -> str:
    """The business key of a pressed element: its value, or that of what was picked."""
    if action.get("selected_option"):
        return str(action["selected_option"].get("value", ""))
    for picked in ("selected_user", "selected_date", "selected_channel", "selected_time"):
        if action.get(picked):
            return str(action[picked])
    return str(action.get("value", ""))


def _values(state: Payload) -> dict[str, str | tuple[str, ...] | None]:
    """A form's fields by block id; each of our inputs holds one element."""
    flat: dict[str, str | tuple[str, ...] | None] = {}
    for block, elements in _part(state, "values").items():
        for element in elements.values():
            flat[str(block)] = _value(element)
    return flat


def _value(element: Payload) -> str | tuple[str, ...] | None:
    for many in ("selected_users", "selected_channels", "selected_conversations"):
        if many in element:
            return tuple(str(one) for one in element[many] or ())
    if "selected_options" in element:
        return tuple(str(option["value"]) for option in element["selected_options"] or ())
    if element.get("selected_option"):
        return str(element["selected_option"]["value"])
    for one in (
        "selected_user",
        "selected_date",
        "selected_time",
        "selected_channel",
        "selected_conversation",
        "value",
    ):
        if element.get(one) is not None:
            given = sound(str(element[one]))
            return None if blank(given) else given
    if element.get("selected_date_time") is not None:
        return str(element["selected_date_time"])
    return None


def _private(view: Payload) -> dict[str, Any]:
    try:
        found = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _part(body: Payload, name: str) -> Payload:
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}
