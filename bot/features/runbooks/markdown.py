"""Markdown as a runbook uses it: lines that know whether they stand in a code block, headings, words without marks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")  # str.splitlines would also cut at form feeds and the like
_FENCE: Final = re.compile(r"[ \t]{0,12}(`{3,20}|~{3,20})([^\n]{0,100})\n?")
_HEADING: Final = re.compile(r" {0,3}(#{1,6})[ \t]+([^\n]*)")
_LINK: Final = re.compile(r"!?\[([^\[\]\n]{0,300})\]\(([^()\s]{0,500})(?: \"[^\"\n]{0,200}\")?\)")
_MARKS: Final = re.compile(r"\*\*|__|~~|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_ESCAPED: Final = re.compile(r"\\([\\`*_{}\[\]()#+.!<>~|-])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line with its ending. `fence` is the opening line of the code block it belongs to, the first and last too."""

    text: str
    fence: str | None = None
    opens: bool = False

    @property
    def level(self) -> int:
        """1 to 6 for a heading, 0 for anything else."""
        found = None if self.fence else _HEADING.match(self.text)
        return len(found[1]) if found else 0

    @property
    def heading(self) -> str:
        found = _HEADING.match(self.text)
        return plain(found[2].strip().rstrip("#")) if found else ""


def lines(markdown: str) -> Iterator[Line]:
    """A code block nobody closed goes on to the end, as everywhere."""
    opener: str | None = None
    for text in _LINE.findall(markdown):
        found = _FENCE.fullmatch(text)
        if opener is None:
            opens = found is not None and not (found[1].startswith("`") and "`" in found[2])
            opener = text if opens else None
            yield Line(text=text, fence=opener, opens=opens)
        else:
            yield Line(text=text, fence=opener)
            if found is not None and not found[2].strip() and found[1].startswith(marks_of(opener)):
                opener = None


def marks_of(opener: str) -> str:
    """The back-ticks or tildes alone: what closes the block again."""
    found = _FENCE.match(opener)
    return found[1] if found else "```"


def section(markdown: str, heading: str) -> list[Line]:
    """The lines under a heading of that name (case aside), up to the next one of its level or above."""
    level = 0
    found: list[Line] = []
    for line in lines(markdown):
        if level and 0 < line.level <= level:
            break
        if level:
            found.append(line)
        elif line.level and line.heading.casefold() == heading.casefold():
            level = line.level
    return found


def links(markdown: str) -> Iterator[str]:
    """The targets of links outside code, in order."""
    for line in lines(markdown):
        if line.fence is None:
            yield from (found[2] for found in _LINK.finditer(line.text))


def plain(text: str) -> str:
    """A line as people say it: no stars, no back-ticks, a link by its name. What stands between back-ticks stays."""
    spans = text.split("`")
    unclosed = len(spans) % 2 == 0
    return "".join(
        span if i % 2 and not (unclosed and i == len(spans) - 1) else _unmarked(span) for i, span in enumerate(spans)
    ).strip()


def _unmarked(text: str) -> str:
    return _ESCAPED.sub(r"\1", _MARKS.sub("", _LINK.sub(r"\1", text)))


def cut(text: str, most: int) -> str:
    """At a word, with "…"; a single endless word is cut where it must be."""
    if len(text) <= most:
        return text
    head, space, _ = text[:most].rpartition(" ")
    return (head if space and len(head) > most // 2 else text[: most - 1]).rstrip(" ,;:.") + "…"
