"""What people type as rich text: their client sends it beside the text, and so Slack tells it."""

import re
from typing import Final

from bot.local.slack.things import Json, Message

_PIECE: Final = re.compile(r"<([^<>\n]+)>|:([a-z0-9_+'-]{1,60}):")
_NAMED: Final = {"@": ("user", "user_id"), "#": ("channel", "channel_id")}


def rich_text(message: Message) -> list[Json]:
    """The one block that stands for the words of a message."""
    pieces: list[Json] = []
    at = 0
    for match in _PIECE.finditer(message.text):
        pieces += _text(message.text[at : match.start()])
        pieces.append(_link(match[1]) if match[1] else {"type": "emoji", "name": match[2]})
        at = match.end()
    pieces += _text(message.text[at:])
    section = {"type": "rich_text_section", "elements": pieces}
    return [{"type": "rich_text", "block_id": f"r{message.ts[-5:]}", "elements": [section]}]


def _text(words: str) -> list[Json]:
    plain = words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return [{"type": "text", "text": plain}] if plain else []


def _link(inside: str) -> Json:
    target, _, words = inside.partition("|")
    if target.startswith("!subteam^"):
        return {"type": "usergroup", "usergroup_id": target.removeprefix("!subteam^")}
    if target.startswith("!"):
        return {"type": "broadcast", "range": target[1:]}
    if target[0] in _NAMED:
        kind, name = _NAMED[target[0]]
        return {"type": kind, name: target[1:]}
    return {"type": "link", "url": target, **({"text": words} if words else {})}
