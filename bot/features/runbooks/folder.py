"""The files of the runbook folder: which are pages, and a stamp of each that tells when it has changed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.features.runbooks.front_matter import Problem

MOST_PAGES: Final = 20_000

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The pages by path, in order. Two equal listings are the same pages with the same text."""

    stamps: Mapping[Path, Stamp]
    problems: tuple[Problem, ...]


def listing(folder: Path) -> Listing:
    """The Markdown files of the folder and those below it. READMEs and hidden folders are not pages."""
    if not folder.is_dir():
        words = "the folder is not there. Set DAYWATCH_RUNBOOKS to the folder with your runbooks."
        return Listing(stamps={}, problems=(Problem(file=str(folder), field="", words=words),))
    root = folder.resolve()
    stamps: dict[Path, Stamp] = {}
    problems: list[Problem] = []

    def unreadable(error: OSError) -> None:
        words = f"the folder cannot be read: {error.strerror}. Check its rights."
        problems.append(Problem(file=str(error.filename), field="", words=words))

    for above, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (Path(above, name) for name in sorted(names) if _is_page(name)):
            if len(stamps) >= MOST_PAGES:
                words = f"there are more than {MOST_PAGES} pages; the rest is left out. Take old ones away."
                problems.append(Problem(file=str(folder), field="", words=words))
                return Listing(stamps=stamps, problems=tuple(problems))
            seen = _stamp(path, root)
            if isinstance(seen, str):
                problems.append(Problem(file=str(path.relative_to(folder)), field="", words=seen))
            else:
                stamps[path] = seen
    return Listing(stamps=stamps, problems=tuple(problems))


def _is_page(name: str) -> bool:
    return name.endswith(".md") and not name.startswith(".") and name.casefold() != "readme.md"


def _stamp(path: Path, root: Path) -> Stamp | str:
    """The stamp, or why the file is not read. Links inside the folder are fine: a mounted ConfigMap is made of them."""
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            return "is a link to a file outside the runbook folder and is not read. Copy the page into the folder."
        seen = path.stat()
    except (OSError, RuntimeError) as error:  # a link to nothing or to itself; a file taken away this very moment
        return f"cannot be read: {getattr(error, 'strerror', None) or error}. Remove it or put the page there."
    return seen.st_mtime_ns, seen.st_size, seen.st_ino
