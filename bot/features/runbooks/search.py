"""Runbooks found by words, as people type them at night: half words, wrong letters, an alert's name, a service."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.domain.runbook import Runbook
from bot.features.runbooks.page import symptoms
from bot.features.runbooks.spelling import Spelling
from bot.features.runbooks.why import alert_names, hits, starts, why

MOST_HITS: Final = 5
_LONGEST_QUERY: Final = 200
_LONGEST_WORD: Final = 40
_MOST_WORDS: Final = 8
_CANDIDATES: Final = 30
_NEAREST: Final = 3

# Whatever of ASCII is neither letter nor digit, as FTS5 sees it. Other scripts are left whole: it knows their marks.
_BREAK: Final = re.compile(r"[\x00-\x2f:-@\[-`{-\x7f\s]+")
_CAMEL: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+|\d+")
_FILLER: Final = frozenset(
    {"a", "an", "and", "are", "at", "be", "do", "for", "from", "how", "i", "in", "is", "it", "my", "of", "on", "or"}
    | {"our", "the", "to", "we", "what", "when", "why", "with"}
)

# Contentless: the pages are in memory once already, and the line that tells why is picked from the page itself.
_CREATE: Final = """
CREATE VIRTUAL TABLE pages USING fts5(
    title, services, symptoms, alerts, body,
    content = '', tokenize = "porter unicode61 remove_diacritics 2", prefix = '3 4 5'
)
"""
_WEIGHTS: Final = "INSERT INTO pages (pages, rank) VALUES ('rank', 'bm25(12.0, 6.0, 4.0, 4.0, 1.0)')"
_HEADS: Final = "{title services symptoms alerts}"
_RANKED: Final = "SELECT rowid FROM pages WHERE pages MATCH ? ORDER BY rank LIMIT ?"
_ANY: Final = "SELECT rowid FROM pages WHERE pages MATCH ? LIMIT ?"
_KNOWN: Final = "SELECT 1 FROM pages WHERE pages MATCH ? LIMIT 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A page that was found, and one plain line that tells why."""

    runbook: Runbook
    why: str
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer to a search. `meant` is set when words were put right; `nearest` only when nothing was found."""

    hits: tuple[Hit, ...] = ()
    meant: str | None = None
    nearest: tuple[Runbook, ...] = ()


class Index:
    """The pages as they were at one moment, in memory. A changed folder gets a new index."""

    def __init__(self, runbooks: Sequence[Runbook]) -> None:
        self._runbooks = sorted(runbooks, key=lambda page: (page.title.casefold(), page.slug))
        # Built beside the running bot, asked on its loop: never at once, but from two threads.
        self._db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute(_CREATE)
        self._db.execute(_WEIGHTS)
        texts = [_columns(page) for page in self._runbooks]
        self._heads = [  # all but the body
            columns[:4] for columns in texts
        ]
        self._db.execute("BEGIN")  # one segment for all pages instead of one each: half again as fast to build
        self._db.executemany(
            "INSERT INTO pages (rowid, title, services, symptoms, alerts, body) VALUES (?, ?, ?, ?, ?, ?)",
            ((row, *columns) for row, columns in enumerate(texts)),
        )
        self._db.execute("INSERT INTO pages (pages) VALUES ('optimize')")
        self._db.execute("COMMIT")
        self._spelling = Spelling(text for columns in texts for text in columns)
        self._titles = _Titles(page.title for page in self._runbooks)

    def close(self) -> None:
        self._db.close()

    def search(self, query: str, today: date, most: int = MOST_HITS) -> Found:
        """The best pages for these words. Any text at all is a fair query."""
        words = _words(query)
        if not words:
            return Found(nearest=self._nearest(query))
        right = tuple(self._right(word) for word in words)
        known = tuple(word for word in right if word is not None)
        rows = self._find(known, most)
        if not rows:
            return Found(nearest=self._nearest(query))
        meant = " ".join(known) if any(word not in words for word in known) else None
        return Found(hits=tuple(self._hit(row, known, today) for row in rows), meant=meant)

    def _find(self, words: Sequence[str], most: int) -> list[int]:
        """Pages with all of the words; if there is none, with any. BM25 ranks only where few rows are left to rank."""
        if not words:
            return []
        every, some = (joint.join(map(_term, words)) for joint in (" AND ", " OR "))
        heads = self._rows(f"{_HEADS} : ({every})", _RANKED)
        titled = self._rows(f"({every}) AND title : ({some})", _ANY)
        found = Counter(dict.fromkeys((*heads, *titled), 0))
        if len(found) < most:
            found.update(dict.fromkeys(self._rows(every, _ANY), 0))
        if not found:
            found.update(self._rows(f"title : ({some})", _RANKED))
            for word in words:
                found.update(self._rows(_term(word), _ANY))
        return self._sorted(found, words)[:most]

    def _rows(self, expression: str, statement: str) -> list[int]:
        return [int(row) for (row,) in self._db.execute(statement, (expression, _CANDIDATES))]

    def _sorted(self, found: Mapping[int, int], words: Sequence[str]) -> list[int]:
        """Words in the title before words in the text. BM25 alone is blind for words that most pages of a small
        library have: it gives "disk" no weight when seven of twelve pages say it, whatever their titles.
        """
        sought = starts(words)

        def weight(row: int) -> int:
            title, services, symptoms, alerts = self._heads[row]
            heads = 8 * hits(title, sought) + 6 * hits(services, sought)
            return heads + 3 * hits(symptoms, sought) + 2 * hits(alerts, sought) + 2 * found[row]

        return sorted(found, key=lambda row: -weight(row))  # stable: equals stay in the order they were found in

    def _right(self, word: str) -> str | None:
        """The word itself when some page has it, else the one that was meant, else None."""
        if self._db.execute(_KNOWN, (_term(word),)).fetchone():
            return word
        return self._spelling.nearest(word)

    def _hit(self, row: int, words: Sequence[str], today: date) -> Hit:
        page = self._runbooks[row]
        return Hit(runbook=page, why=why(page, words), stale=page.is_stale(today))

    def _nearest(self, query: str) -> tuple[Runbook, ...]:
        return tuple(self._runbooks[row] for row in self._titles.nearest(query, _NEAREST))


class _Titles:
    """How alike titles are to a text that is in none of them: by the groups of three letters they share."""

    def __init__(self, titles: Iterable[str]) -> None:
        self._rows: dict[str, list[int]] = {}
        self._sizes: list[int] = []
        for row, title in enumerate(titles):
            groups = _threes(title)
            self._sizes.append(len(groups))
            for group in groups:
                self._rows.setdefault(group, []).append(row)

    def nearest(self, text: str, most: int) -> list[int]:
        """Always that many when there are, so that nobody is left with nothing; equals by title."""
        groups = _threes(text[:_LONGEST_WORD])
        shared: Counter[int] = Counter()
        for group in sorted(groups):
            shared.update(self._rows.get(group, ()))
        alike = sorted(shared, key=lambda row: (-2 * shared[row] / (len(groups) + self._sizes[row]), row))[:most]
        others = (row for row in range(len(self._sizes)) if row not in shared)
        return alike + [row for row, _ in zip(others, range(most - len(alike)), strict=False)]


def _threes(text: str) -> set[str]:
    return {padded[i : i + 3] for word in text.casefold().split() for padded in [f" {word} "] for i in range(len(word))}


def _words(query: str) -> tuple[str, ...]:
    """What is searched for: bounded in number and length, with nothing in it that FTS5 could take for an order."""
    sound = query[:_LONGEST_QUERY].encode("utf-8", "ignore").decode()  # half a surrogate pair cannot be sent to SQLite
    words = [
        word[:_LONGEST_WORD] for word in _BREAK.split(sound) if any(char.isalnum() for char in word[:_LONGEST_WORD])
    ]
    telling = [word for word in words if word.lower() not in _FILLER] or words
    return tuple(dict.fromkeys(telling))[:_MOST_WORDS]


def _term(word: str) -> str:
    """A quoted phrase is text to FTS5, never syntax; three letters and more also find longer words."""
    # The stemmer takes the s of "pos" away, and the two letters left would find half of all words.
    short = len(word) < 3 or (len(word) < 5 and word.lower().endswith("s"))
    return f'"{word}"' if short else f'"{word}"*'


def _columns(page: Runbook) -> tuple[str, ...]:
    alerts = " ".join(f"{name} {' '.join(_CAMEL.findall(name))}" for name in alert_names(page))
    # Which words the text has matters, not how often: half the index, and twice as fast.
    body = " ".join(dict.fromkeys(_BREAK.split(page.body)))
    return f"{page.title} {page.slug}", " ".join(page.services), symptoms(page.body), alerts, body
