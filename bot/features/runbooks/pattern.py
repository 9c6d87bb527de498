"""The regular expressions a runbook may match alerts with: a small dialect whose cost is known before it is used.

Alert texts are foreign, so a careless pattern must not be able to stop the bot. Python's engine backtracks; we read
the pattern ourselves, count the most steps that backtracking can take on the longest text we ever show it, and refuse
what could take more than `STEPS`. What we cannot read we refuse, so the count is an upper bound, not a guess:

- a piece has a number of *ways* it can match at one place, and the *steps* that trying all of them takes;
- pieces in a row multiply their ways, branches add theirs (unless at most one of them can fit), and a repeat tries
  its piece 0, 1, 2, … times: `.*` has one way for each length, and a repeat inside a repeat explodes by itself.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

from bot.features.runbooks.pieces import SAMPLES, Char, Choice, Edge, Piece, Repeat, Row

LONGEST_TEXT: Final = 200  # of a title or label value; what a person needs of a title stands at its front
LONGEST_PATTERN: Final = 200
STEPS: Final = 25_000_000  # an upper bound; the worst we could build within it takes 20 ms, honest titles a few µs
_DEEPEST: Final = 8

_ANY: Final = "·"  # stands for "." in examples, so that names made of them can leave it out
_CLASSES: Final = "dDwWsS"
_ALPHABET: Final = "".join(map(chr, range(32, 127))) + "éж中\t"


class BadPattern(ValueError):
    """A pattern that we do not take; the text says why and what to write instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A pattern that is safe to use. `fits` is told nothing about the text it gets: any text, of any length."""

    source: str
    whole: bool
    compiled: re.Pattern[str]
    piece: Piece

    def fits(self, text: str) -> bool:
        if not self.whole:
            return self.compiled.search(" ".join(text[: LONGEST_TEXT * 4].split())[:LONGEST_TEXT]) is not None
        return len(text) <= LONGEST_TEXT and self.compiled.fullmatch(text) is not None

    def is_reachable(self) -> bool:
        """Whether we can think of a text it fits; `a^b` and `x$y` are typical of those that fit none."""
        return any(self.fits(sample) for sample in islice(self.piece.samples(), SAMPLES * 4))

    def examples(self) -> tuple[str, ...]:
        """Texts it fits, the shortest of each kind: the alert names that a page is for."""
        texts = (sample.replace(_ANY, "") for sample in islice(self.piece.samples(), SAMPLES))
        return tuple(dict.fromkeys(text for text in texts if text))

    def covers(self, other: "Pattern") -> bool:
        """Whether whatever fits the other surely fits this one too (False also means "cannot tell")."""
        if self.source == other.source and self.whole == other.whole:
            return True
        texts = list(islice(other.piece.samples(), SAMPLES))
        return other.piece.exhaustive and len(texts) < SAMPLES and all(self.fits(text) for text in texts)


def label_pattern(source: str) -> Pattern:
    """Fits a whole label value, capitals and all, as Prometheus does."""
    return _checked(source, whole=True)


def title_pattern(source: str) -> Pattern:
    """Fits anywhere in a title, whatever the capitals."""
    return _checked(source, whole=False)


@lru_cache(maxsize=4096)  # pages share patterns, and a changed page keeps most of its own
def _checked(source: str, *, whole: bool) -> Pattern:
    if not source or len(source) > LONGEST_PATTERN:
        raise BadPattern(f"is empty or longer than {LONGEST_PATTERN} characters; split it into several rules")
    piece = _Reader(source).read()
    cost = piece.cost()
    starts = 1 if whole else LONGEST_TEXT
    if cost.steps * starts > STEPS:
        raise BadPattern(
            "could take very long on an unlucky text (a repeat inside a repeat, or too many of `.*`); "
            "leave some out or split it into several rules"
        )
    return Pattern(
        source=source,
        whole=whole,
        compiled=_compiled(source, re.NOFLAG if whole else re.IGNORECASE),
        piece=piece,
    )


class _Reader:
    """Reads a pattern from left to right; whatever is not in the dialect is refused with its remedy."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._depth = 0

    def read(self) -> Choice:
        pattern = self._choice()
        if self._at < len(self._source):
            raise BadPattern(r"has a `)` without its `(`; write `\)` for the character")
        return pattern

    def _peek(self) -> str:
        return self._source[self._at : self._at + 1]

    def _take(self) -> str:
        char = self._peek()
        self._at += 1
        return char

    def _choice(self) -> Choice:
        branches = [self._row()]
        while self._peek() == "|":
            self._take()
            branches.append(self._row())
        return Choice(branches=tuple(branches))

    def _row(self) -> Row:
        pieces: list[Piece] = []
        while self._peek() not in ("", "|", ")"):
            pieces.append(self._repeated(self._piece()))
        return Row(pieces=tuple(pieces))

    def _piece(self) -> Piece:
        char = self._take()
        match char:
            case "(":
                return self._group()
            case "[":
                return self._class()
            case "\\":
                return self._escape()
            case "^" | "$":
                return Edge()
            case ".":
                return Char(sample=_ANY)
            case "*" | "+" | "?" | "{" | "}" | "]":
                raise BadPattern(f"has a `{char}` with nothing to apply to; write `\\{char}` for the character")
            case _:
                return Char(sample=char, literal=True)

    def _group(self) -> Piece:
        if self._peek() == "?" and not self._source.startswith("?:", self._at):
            raise BadPattern("uses `(?…`, which is not taken; plain groups `(…)` are, and titles ignore case already")
        if self._peek() == "?":
            self._at += 2
        self._depth += 1
        if self._depth > _DEEPEST:
            raise BadPattern(f"has groups more than {_DEEPEST} deep; split it into several rules")
        inner = self._choice()
        if self._take() != ")":
            raise BadPattern(r"has a `(` without its `)`; write `\(` for the character")
        self._depth -= 1
        return inner

    def _class(self) -> Piece:
        start = self._at - 1
        if self._peek() == "^":
            self._take()
        if self._peek() == "]":
            raise BadPattern(r"has an empty class `[]`; write `\[\]` for the characters")
        while self._peek() not in ("", "]"):
            if self._take() == "\\":
                self._take()
        if self._take() != "]":
            raise BadPattern(r"has a `[` without its `]`; write `\[` for the character")
        source = self._source[start : self._at]
        if "[" in source[1:].replace("\\[", ""):
            raise BadPattern(r"has a `[` inside a class; write `\[` for the character")
        fits = _compiled(source)
        return Char(sample=next((char for char in _ALPHABET if fits.fullmatch(char)), ""))

    def _escape(self) -> Piece:
        char = self._take()
        if char and char in "bB":
            return Edge()
        if char and char in _CLASSES:
            fits = _compiled("\\" + char)
            return Char(sample=next(char for char in "5a !" if fits.fullmatch(char)))
        if char == "" or char.isalnum():
            raise BadPattern(rf"uses `\{char}`, which is not taken; `\d \w \s \b` are, and `\.` for the character")
        return Char(sample=char, literal=True)

    def _repeated(self, piece: Piece) -> Piece:
        match self._peek():
            case "*":
                least, most = 0, LONGEST_TEXT
            case "+":
                least, most = 1, LONGEST_TEXT
            case "?":
                least, most = 0, 1
            case "{":
                least, most = self._bounds()
            case _:
                return piece
        self._take()
        if self._peek() == "?":  # lazy: the same ways in another order
            self._take()
        if self._peek() and self._peek() in "*+?{":
            raise BadPattern("repeats a repeat; put the inner one in a group, or leave one out")
        return Repeat(piece=piece, least=least, most=most)

    def _bounds(self) -> tuple[int, int]:
        found = re.compile(r"\{(\d{1,3})(?:(,)(\d{0,3}))?(?=\})").match(self._source, self._at)
        if found is None:
            raise BadPattern(r"has a `{` that is no count like `{2}` or `{1,3}`; write `\{` for the character")
        least = int(found[1])
        most = least if found[2] is None else int(found[3] or LONGEST_TEXT)
        if not least <= most <= LONGEST_TEXT:
            raise BadPattern(f"counts to {most}, beyond the {LONGEST_TEXT} characters that are looked at")
        self._at = found.end()
        return least, most


def _compiled(source: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    try:
        return re.compile(source, flags)
    except re.error as error:
        raise BadPattern(f"is no regular expression: {error}") from error
