"""What Slack asks of a whole view: its own fields, and the blocks in it."""

import json
from typing import Any, Final

from bot.local.slack.blockkit.blocks import Surface, problems
from bot.local.slack.blockkit.grammar import Check, Findings, Shape, flag, one_of, text, thing
from bot.local.slack.blockkit.pieces import plain

BIGGEST: Final = 250_000


def _anything(_found: Findings, _pointer: str, _value: Any) -> None:
    """Blocks are judged on their own."""


_SHARED: Final[dict[str, Check]] = {
    "private_metadata": text(3000, least=0),
    "callback_id": text(255, least=0),
    "external_id": text(255, least=0),
}
_MODAL: Final = Shape(
    needed={"title": plain(24), "blocks": _anything, "type": one_of("modal")},
    may={
        **_SHARED,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": flag,
        "notify_on_close": flag,
    },
)
_HOME: Final = Shape(needed={"blocks": _anything, "type": one_of("home")}, may=_SHARED)


def view_problems(view: Any, surface: Surface) -> list[str]:
    """Everything Slack would object to in a view meant for this surface."""
    found = Findings()
    thing(_MODAL if surface == "modal" else _HOME)(found, "/view", view)
    if not isinstance(view, dict):
        return found.messages
    blocks = view.get("blocks")
    messages = found.messages + (problems(blocks, surface, "/view/blocks") if blocks is not None else [])
    if surface == "modal" and isinstance(blocks, list) and not view.get("submit") and _has_input(blocks):
        messages.append("missing required field: submit (there are input blocks) [json-pointer:/view]")
    # Slack tells of the view as a whole first.
    return ["failed to match all allowed schemas [json-pointer:/view]", *messages] if messages else []


def _has_input(blocks: list[Any]) -> bool:
    return any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)


def too_large(view: Any) -> bool:
    return len(json.dumps(view)) > BIGGEST
