"""One file of the runbook folder, read: its front matter checked, its first steps picked out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bot.domain.runbook import Runbook
from bot.features.runbooks.front_matter import BadPage, Problem, split
from bot.features.runbooks.markdown import Line, cut, plain, section

FIRST_STEPS: Final = "First five minutes"
SYMPTOMS: Final = "Symptoms"
LARGEST: Final = 200_000  # bytes; a page longer than this is not read at three in the morning
_MOST_STEPS: Final = 30
_LONGEST_STEP: Final = 300
_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ITEM: Final = re.compile(r"\d{1,3}[.)][ \t]+([^\n]*)")


def read(path: Path) -> Runbook:
    """The page in that file, or `BadPage` with what to repair."""
    return parse(path, _text(path))


def parse(path: Path, text: str) -> Runbook:
    if len(path.stem) > 80 or not _SLUG.fullmatch(path.stem):
        raise _bad(path, "the file's name becomes part of buttons. Use up to 80 small letters, digits and `-`.")
    front, body = split(path.name, text)
    if not body.strip():
        raise _bad(path, f"has no text below the front matter. Begin with `## {SYMPTOMS}`.")
    return Runbook(
        slug=path.stem,
        title=front.title,
        services=tuple(dict.fromkeys(front.services)),
        match=tuple(rule.rule() for rule in front.match),
        owner=front.owner,
        last_reviewed=front.last_reviewed,
        severity=front.severity,
        body=body.strip("\n") + "\n",
        steps=steps(body),
        path=path,
    )


def steps(body: str) -> tuple[str, ...]:
    """The numbered items under "First five minutes": of each its first paragraph, without marks and commands."""
    found = (cut(plain(text), _LONGEST_STEP) for text in _items(section(body, FIRST_STEPS)))
    return tuple(text for text in found if text)[:_MOST_STEPS]


def _items(under: list[Line]) -> Iterator[str]:
    item: list[str] = []
    for line in under:
        start = None if line.fence else _ITEM.match(line.text)
        if start or line.fence or line.level or not line.text.strip():
            if item:
                yield " ".join(item)
            item = [start[1].strip()] if start else []
        elif item:
            item.append(line.text.strip())
    if item:
        yield " ".join(item)


def symptoms(body: str) -> str:
    """What people see, as plain text: the section of that name, code and all."""
    return "\n".join(text for line in section(body, SYMPTOMS) if (text := plain(line.text).lstrip("-*+ ")))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise _bad(path, f"cannot be opened: {error.strerror}. Check the file's rights.") from error
    if len(raw) > LARGEST:
        raise _bad(path, f"is larger than {LARGEST // 1000} kB. Split it, or link to the long part.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad(path, f"is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _bad(path: Path, words: str) -> BadPage:
    return BadPage((Problem(file=path.name, field="", words=words),))
