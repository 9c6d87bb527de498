"""Holds every message and view to the room of its surface, so that it is never refused and never lost.

What gives way, in this order: the view's own `Cut`s; long lists, tables and texts from their ends; whole blocks, the
least telling first. The first line, the controls and the counts go last. When Slack refuses all the same, `attempts`
goes on with half the room and plain lists, and ends with text alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import structlog
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from bot.slack import flatten, trim
from bot.slack.blocks import context
from bot.slack.blocks.text import cut_mrkdwn
from bot.slack.limits import MESSAGE_JSON, MESSAGE_TEXT, ON_HOME, ON_MESSAGES, ON_MODALS, problems_of_block, size_of
from bot.slack.limits import visible as visible_characters
from bot.slack.message import Body, Cut, Json, Message, Surface, View

log = structlog.get_logger()

_TEXT_ALONE: Final = 3_000
_VIEW_JSON: Final = 80_000  # Slack takes 250 kB; what a phone should load is less


@dataclass(frozen=True, slots=True)
class Size:
    """The room of a surface: most blocks, most characters that a reader sees, most characters of JSON."""

    blocks: int
    chars: int
    json: int = MESSAGE_JSON

    def half(self) -> "Size":
        return Size(max(self.blocks // 2, 1), max(self.chars // 2, 100), max(self.json // 2, 500))

    def holds(self, blocks: Sequence[Json]) -> bool:
        return not (self.over_blocks(blocks) or self.over_length(blocks))

    def over_blocks(self, blocks: Sequence[Json]) -> bool:
        return len(blocks) > self.blocks

    def over_length(self, blocks: Sequence[Json]) -> bool:
        return visible_characters(list(blocks)) > min(self.chars, MESSAGE_TEXT) or size_of(blocks) > self.json


SIZES: Final[Mapping[Surface, Size]] = MappingProxyType(
    {
        Surface.DIGEST: Size(22, 4_500),
        Surface.DIGEST_GREEN: Size(2, 300),
        Surface.TABLE: Size(2, 5_000),
        Surface.DETAILS: Size(12, 4_000),
        Surface.CARD: Size(14, 4_500),
        Surface.ANNOUNCEMENT: Size(5, 1_400),
        Surface.TRIAGE: Size(4, 900),
        Surface.NUDGE: Size(3, 500),
        Surface.TASKS: Size(6, 3_000),
        Surface.NOTE: Size(6, 2_500),
        Surface.MODAL: Size(12, 3_000),
        Surface.COMPOSER: Size(10, 5_000),
        Surface.TIMELINE: Size(30, 8_000),
        Surface.POSTMORTEM: Size(45, 9_000),
        Surface.FILED: Size(12, 3_000),
        Surface.RUNBOOKS: Size(12, 2_500),
        Surface.PAGE: Size(4, 8_500),
        Surface.CALENDAR: Size(13, 4_000),
        Surface.DEPLOY_REVIEW: Size(14, 3_500),
        Surface.DEPLOY: Size(7, 2_500),
        Surface.OBJECTIVES: Size(10, 4_000),
        Surface.HOME: Size(24, 6_000),
    }
)


def fit(message: Message, size: Size | None = None, *, key: str | None = None) -> Json:
    """What is sent: the message's JSON, held to its room."""
    shape = message.frame(key)
    if message.blocks:
        blocks = _held(message.blocks, size or SIZES[message.surface], ON_MESSAGES)
        if blocks:
            shape["blocks"] = blocks
    return shape


def fit_view(view: View, size: Size | None = None) -> Json:
    """The same for a modal or the Home tab. Its fields and their controls are never left out."""
    room = replace(size or SIZES[view.surface], json=_VIEW_JSON)
    return view.frame() | {"blocks": _held(view.blocks, room, ON_HOME if view.kind == "home" else ON_MODALS)}


def halve(message: Message, *, key: str | None = None, times: int = 1) -> Json:
    """For when Slack refuses all the same: half the room, and no plan or table."""
    size = SIZES[message.surface]
    for _ in range(times):
        size = size.half()
    shape = message.frame(key)
    plain = [flatten.without_new_blocks(block) for block in _cut(message.blocks, size)]
    blocks = _sound(trim.trimmed(plain, size), ON_MESSAGES)
    if blocks:
        shape["blocks"] = blocks
    return shape


def text_alone(message: Message, *, key: str | None = None) -> Json:
    """The last resort: no blocks; their words stand under the notification."""
    words = "\n".join(filter(None, (flatten.words_of(block) for block in _shapes(message.blocks))))
    shape = message.frame(key)
    # Without an (empty) list of blocks an update would leave the old ones standing.
    return shape | {"text": cut_mrkdwn(f"{shape['text']}\n{words}".strip(), _TEXT_ALONE), "blocks": []}


def attempts(message: Message, *, key: str | None = None) -> Iterator[Json]:
    """What to send, and what to send instead as long as Slack refuses the blocks; the last has none."""
    whole = fit(message, key=key)
    yield whole
    if any(block["type"] == "image" for block in whole.get("blocks", ())):
        # A picture that Slack cannot show (yet) costs the message nothing but itself.
        yield whole | {"blocks": [block for block in whole["blocks"] if block["type"] != "image"]}
    if message.blocks:
        yield halve(message, key=key)
        yield halve(message, key=key, times=2)
        yield text_alone(message, key=key)


def _held(body: Body, size: Size, allowed: frozenset[str]) -> list[Json]:
    blocks = _one_table(_cut(body, size))
    return _sound(blocks if size.holds(blocks) else trim.trimmed(blocks, size), allowed)


def _cut(body: Body, size: Size) -> list[Json]:
    """The body with as many of its own cuts as it takes, `order` 1 first and from the bottom up."""
    parts = [_versions(part) for part in body]
    due = sorted(
        (index for index, part in enumerate(body) if isinstance(part, Cut)),
        key=lambda index: (_order(body[index]), -index),
    )
    taken = [0] * len(parts)

    def now() -> list[Json]:
        return [block for part, version in zip(parts, taken, strict=True) for block in part[version]]

    for index in due:
        for version in range(len(parts[index])):
            taken[index] = version
            if size.holds(now()):
                return now()
    return now()


def _order(part: Block | Cut) -> int:
    return part.order if isinstance(part, Cut) else 0


def _versions(part: Block | Cut) -> list[list[Json]]:
    return [_shapes(version) for version in part.versions] if isinstance(part, Cut) else [_shapes([part])]


def _shapes(body: Body) -> list[Json]:
    """Blocks as JSON. One that the SDK itself cannot write down is left out, with a line in the log."""
    shapes: list[Json] = []
    for part in body:
        for block in part.blocks if isinstance(part, Cut) else (part,):
            try:
                shapes.append(block.get_non_null_attributes())
            except SlackObjectFormationError as error:
                log.warning("a block was left out", kind=block.type, reason=str(error))
    return shapes


def _one_table(blocks: Sequence[Json]) -> list[Json]:
    """Slack takes one table in a message; the others become lists."""
    tables = [index for index, block in enumerate(blocks) if block["type"] == "table"]
    return [flatten.without_new_blocks(one) if index in tables[1:] else one for index, one in enumerate(blocks)]


def _sound(blocks: Sequence[Json], allowed: frozenset[str]) -> list[Json]:
    """Without blocks that Slack would refuse: one bad block would take the whole message with it."""
    sound: list[Json] = []
    ids: set[str] = set()
    left_out = 0
    for block in blocks:
        wrong = list(problems_of_block(block, allowed))
        if wrong:
            log.warning("a block was left out", kind=block.get("type"), reason=wrong[0])
            left_out += 1
            continue
        if block.get("block_id") in ids:
            block = {name: value for name, value in block.items() if name != "block_id"}  # noqa: PLW2901 # a repaired copy
        ids.add(block.get("block_id", ""))
        sound.append(block)
    if left_out and not sound:
        sound.append(context("A part of this could not be shown.").get_non_null_attributes())
    return sound
