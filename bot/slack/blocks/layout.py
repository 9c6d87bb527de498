"""The blocks that a message, a modal or the Home tab is made of."""

import re
from collections.abc import Sequence
from typing import Final, Literal

from slack_sdk.models.blocks import (
    AlertBlock,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    ImageBlock,
    InteractiveElement,
    MarkdownBlock,
    MarkdownTextObject,
    PlainTextObject,
    PlanBlock,
    RawTextObject,
    RichTextBlock,
    SectionBlock,
    TableBlock,
    TableBlockColumnSettings,
    TaskCardBlock,
)
from slack_sdk.models.blocks.basic_components import SlackFile
from slack_sdk.models.blocks.block_elements import ImageElement

from bot.slack.blocks.rich import line, rich, words
from bot.slack.blocks.text import ABSENT, EVIDENCE, HEADER, clean, cut, cut_mrkdwn, defused, plain, quiet, safe_url

Cell = str | RichTextBlock
Align = Literal["left", "center", "right"]
Level = Literal["default", "info", "warning", "error", "success"]
TaskStatus = Literal["pending", "in_progress", "complete", "error"]

_SECTION: Final = 3000
_ALERT: Final = 200
_MARKDOWN: Final = 12_000
_HEADING: Final = re.compile(r"^#{1,6} ", re.MULTILINE)


def header(text: str, *, block_id: str | None = None) -> HeaderBlock:
    """34 characters, so that a phone shows it on one line."""
    return HeaderBlock(text=plain(clean(text), HEADER), block_id=block_id)


def section(
    text: str | PlainTextObject,
    accessory: InteractiveElement | ImageElement | None = None,
    *,
    block_id: str | None = None,
) -> SectionBlock:
    """`text` is mrkdwn of ours: foreign words in it only as `short_name` or `code`, or the whole of it as `plain`."""
    drawn = MarkdownTextObject(text=cut_mrkdwn(quiet(text), _SECTION) or ABSENT) if isinstance(text, str) else text
    return SectionBlock(text=drawn, accessory=accessory, block_id=block_id)


def context(*parts: str | PlainTextObject | ImageElement, block_id: str | None = None) -> ContextBlock:
    """Small grey words below: mrkdwn of ours, or `plain`."""
    if not parts:
        raise ValueError("a context needs at least one part")
    drawn = [
        MarkdownTextObject(text=cut_mrkdwn(quiet(part), _SECTION) or ABSENT) if isinstance(part, str) else part
        for part in parts
    ]
    return ContextBlock(elements=drawn, block_id=block_id)


def divider() -> DividerBlock:
    return DividerBlock()


def alert(text: str, level: Level = "default", *, block_id: str | None = None) -> AlertBlock:
    """A coloured strip of at most 200 characters; modals only."""
    return AlertBlock(text=plain(text, _ALERT), level=level, block_id=block_id)


def image(
    alt: str, *, url: str | None = None, file: str | None = None, title: str | None = None, block_id: str | None = None
) -> ImageBlock:
    """A picture at a public `url`, or the id of an uploaded `file`. `alt` says in words what it shows."""
    address = safe_url(url)
    if (address is None) == (file is None):
        raise ValueError("an image needs either an http(s) address or the id of an uploaded file")
    return ImageBlock(
        alt_text=cut(clean(alt), 2000) or ABSENT,
        image_url=address,
        slack_file=SlackFile(id=file) if file else None,
        title=plain(title) if title else None,
        block_id=block_id,
    )


def _cell(cell: Cell) -> RawTextObject | RichTextBlock:
    return RawTextObject(text=cut(clean(cell), EVIDENCE) or ABSENT) if isinstance(cell, str) else cell


def table(
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    align: Sequence[Align] = (),
    block_id: str | None = None,
) -> TableBlock:
    """Messages only, one in each. Text cells may be foreign. The first two columns carry the answer."""
    top = [rich(line(words(head, bold=True))) for head in heads]
    settings = [TableBlockColumnSettings(align=side, is_wrapped=True) for side in align]
    return TableBlock(
        rows=[top, *([_cell(cell) for cell in row] for row in rows)],
        column_settings=settings or None,
        block_id=block_id,
    )


def markdown(text: str, *, block_id: str | None = None) -> MarkdownBlock:
    """A page in Markdown; messages only. It is foreign: mentions in it are defused."""
    return MarkdownBlock(text=cut(defused(clean(text, lines=True)), _MARKDOWN).strip() or ABSENT, block_id=block_id)


def pages(text: str, most: int = 8000) -> list[str]:
    """A long Markdown text cut into parts, at a heading where there is one in the second half of the part."""
    parts: list[str] = []
    rest = text.strip()
    while len(rest) > most:
        headings = [found.start() for found in _HEADING.finditer(rest, most // 2, most) if found.start()]
        end = headings[-1] if headings else max(rest.rfind("\n", most // 2, most), 0) or most
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip("\n")
    return [*parts, rest]


def task(task_id: str, title: str, status: TaskStatus, output: RichTextBlock | None = None) -> TaskCardBlock:
    """A step of a plan; `output` is what came of it."""
    return TaskCardBlock(task_id=task_id, title=cut(clean(title), EVIDENCE) or ABSENT, status=status, output=output)


def plan(title: str, tasks: Sequence[TaskCardBlock], *, block_id: str) -> PlanBlock:
    """Steps with their states; messages only. The fixed `block_id` keeps it open over updates.

    An old client may not draw it: the line above must be enough to decide.
    """
    return PlanBlock(title=cut(clean(title), EVIDENCE) or ABSENT, tasks=list(tasks), block_id=block_id)
