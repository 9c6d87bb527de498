"""The shelf of runbooks: every page of the folder, what is wrong with the others, and ways to find the right one."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from bot.domain.runbook import Runbook, RunbookMatch
from bot.features.runbooks.folder import Listing, Stamp, listing
from bot.features.runbooks.front_matter import BadPage, Problem
from bot.features.runbooks.matching import AlertLike, Matcher, best_for
from bot.features.runbooks.page import read
from bot.features.runbooks.search import MOST_HITS, Found, Index


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """What a file held when it was last read: a page, or what is wrong with it."""

    stamp: Stamp
    matcher: Matcher | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    listing: Listing
    copies: Mapping[Path, _Copy]
    matchers: Mapping[str, Matcher]
    problems: tuple[Problem, ...]
    index: Index


class Library:
    """`load` it once and `refresh` it as often as you like: only files that changed are read again.

    A refresh may run in a thread of its own; readers see the old shelf until the new one is complete.
    """

    def __init__(self, folder: Path, shelf: _Shelf) -> None:
        self.folder = folder
        self._shelf = shelf
        self._reading = threading.Lock()
        self._asking = threading.Lock()

    @classmethod
    def load(cls, folder: Path) -> "Library":
        """Never fails: what cannot be read is left out and named in `problems`."""
        return cls(folder, _shelved(folder, listing(folder), {}))

    @property
    def pages(self) -> tuple[Runbook, ...]:
        return tuple(matcher.runbook for matcher in self._shelf.matchers.values())

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._shelf.problems

    def page(self, slug: str) -> Runbook | None:
        matcher = self._shelf.matchers.get(slug)
        return matcher.runbook if matcher else None

    def best_for(self, alerts: Sequence[AlertLike], service: str | None = None) -> tuple[RunbookMatch, ...]:
        """The pages that fit what is firing, the best first, each with its reason."""
        return best_for(tuple(self._shelf.matchers.values()), alerts, service)

    def search(self, words: str, today: date, most: int = MOST_HITS) -> Found:
        with self._asking:  # the index is closed when a newer one takes its place
            return self._shelf.index.search(words, today, most)

    def stale(self, today: date) -> tuple[Runbook, ...]:
        """Pages nobody has read through for a year, the oldest first."""
        stale = (page for page in self.pages if page.is_stale(today))
        return tuple(sorted(stale, key=lambda page: (page.last_reviewed, page.slug)))

    def refresh(self) -> bool:
        """Whether anything had changed. Unchanged files cost one `stat` each."""
        with self._reading:
            before = self._shelf
            now = listing(self.folder)
            if now == before.listing:
                return False
            after = _shelved(self.folder, now, before.copies)
            with self._asking:
                self._shelf = after
                before.index.close()
            return True

    def close(self) -> None:
        with self._asking:
            self._shelf.index.close()


def _shelved(folder: Path, files: Listing, known: Mapping[Path, _Copy]) -> _Shelf:
    problems = list(files.problems)
    copies: dict[Path, _Copy] = {}
    matchers: dict[str, Matcher] = {}
    for path, stamp in files.stamps.items():
        before = known.get(path)
        copy = before if before is not None and before.stamp == stamp else _read(folder, path, stamp)
        copies[path] = copy
        problems.extend(copy.problems)
        if copy.matcher is None:
            continue
        slug = copy.matcher.runbook.slug
        if slug in matchers:
            where = matchers[slug].runbook.path.parent.relative_to(folder)
            words = f"a page of this name is in `{where}` already and is the one used. Give one of them another name."
            problems.append(Problem(file=str(path.relative_to(folder)), field="", words=words))
        else:
            matchers[slug] = copy.matcher
    index = Index([matcher.runbook for matcher in matchers.values()])
    return _Shelf(listing=files, copies=copies, matchers=matchers, problems=tuple(sorted(problems)), index=index)


def _read(folder: Path, path: Path, stamp: Stamp) -> _Copy:
    try:
        return _Copy(stamp=stamp, matcher=Matcher.of(read(path)), problems=())
    except BadPage as error:
        where = str(path.relative_to(folder))
        problems = tuple(replace(problem, file=where) for problem in error.problems)
        return _Copy(stamp=stamp, matcher=None, problems=problems)
