"""A runbook cut to what one Slack message can hold: at headings where it can, never inside an open code block."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from bot.domain.runbook import Runbook
from bot.features.runbooks.markdown import Line, lines, marks_of

LIMIT: Final = 8_000
_MENTION: Final = re.compile(r"<(?=[!@])")
_LONGEST_OPENER: Final = 40


def parts(runbook: Runbook, limit: int = LIMIT) -> Sequence[str]:
    """The body in order, each part at most `limit` characters and Markdown of its own. Nothing is left out."""
    return tuple(_packed(runbook.body, limit)) if runbook.body.strip() else ()


def defuse(markdown: str) -> str:
    """Slack would read `<!here>` and `<@U…>` as mentions, in code too; an unseen space takes their power."""
    return _MENTION.sub("<\u200b", markdown)


def _packed(body: str, limit: int) -> Iterator[str]:
    part = ""
    for under_heading in _sections(list(lines(defuse(body)))):
        text = "".join(line.text for line in under_heading)
        if len(part) + len(text) <= limit:
            part += text
            continue
        if part:
            yield part
        *full, part = _cut(under_heading, limit)
        yield from full
    if part:
        yield part


def _sections(body: list[Line]) -> Iterator[list[Line]]:
    section: list[Line] = []
    for line in body:
        if line.level and section:
            yield section
            section = []
        section.append(line)
    if section:
        yield section


def _cut(section: Iterable[Line], limit: int) -> list[str]:
    """At blank lines, then around code blocks, then at lines, then where it must be."""
    cut = [""]
    for paragraph in _paragraphs(section):
        text = "".join(line.text for line in paragraph)
        fence = paragraph[0].fence
        pieces = [text] if len(text) <= limit else list(_code(paragraph, limit) if fence else _prose(text, limit))
        for piece in pieces:
            if len(cut[-1]) + len(piece) <= limit and not (fence and len(pieces) > 1):
                cut[-1] += piece
            else:
                cut.append(piece)
    return [part for part in cut if part]


def _paragraphs(section: Iterable[Line]) -> Iterator[list[Line]]:
    """Runs of lines that belong together: a paragraph with the blank lines after it, or a code block."""
    for _, run in groupby(section, key=lambda line: line.fence is not None):
        paragraph: list[Line] = []
        for line in run:
            if paragraph and (line.opens or _follows_a_gap(line, paragraph[-1])):
                yield paragraph
                paragraph = []
            paragraph.append(line)
        yield paragraph


def _follows_a_gap(line: Line, before: Line) -> bool:
    return line.fence is None and bool(line.text.strip()) and not before.text.strip()


def _prose(text: str, limit: int) -> Iterator[str]:
    piece = ""
    for line in text.splitlines(keepends=True):
        for bit in _bits(line, limit):
            if len(piece) + len(bit) > limit:
                yield piece
                piece = ""
            piece += bit
    yield piece


def _bits(line: str, limit: int) -> Iterator[str]:
    while len(line) > limit:
        at = line.rfind(" ", limit // 2, limit) + 1 or limit
        yield line[:at]
        line = line[at:]
    yield line


def _code(block: Sequence[Line], limit: int) -> Iterator[str]:
    """A code block in pieces, each closed at its end and opened again at the next."""
    opener = block[0].text.rstrip("\n")
    indent = opener[: len(opener) - len(opener.lstrip())]
    close = f"{indent}{marks_of(opener)}\n"
    reopen = f"{opener if len(opener) <= _LONGEST_OPENER else indent + marks_of(opener)}\n"
    room = limit - len(close) - 1
    piece = ""
    for line in block:
        for bit in _bits(line.text, room - len(reopen)):
            if len(piece) + len(bit) > room:
                yield f"{piece}{'' if piece.endswith(chr(10)) else chr(10)}{close}"
                piece = reopen
            piece += bit
    yield piece
