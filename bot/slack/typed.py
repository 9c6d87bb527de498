"""What a person typed, matched with the command rows: the longest verb wins, near misses are asked back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from symspellpy.editdistance import DistanceAlgorithm, EditDistance

from bot.slack.command import Command, TableRow

HELP: Final = frozenset({"help", "?", "-h", "--help"})
_distance = EditDistance(DistanceAlgorithm.DAMERAU_OSA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The row that was meant with the words left over, or None with the nearest form as `guess`."""

    row: Command[Any] | None
    path: str
    text: str
    guess: str | None = None
    known: Sequence[Command[Any]] = ()
    prefix: str = ""
    """What stands before every command's name in this workspace."""


def match(table: Sequence[TableRow], command: str, text: str, prefix: str) -> Typed:
    """`/dw-incident role lead @bob` with prefix `dw-` → the row `/incident role`, text `lead @bob`."""
    found = _match(table, "/" + command.removeprefix("/").removeprefix(prefix), text)
    return replace(found, prefix=prefix)


def _match(table: Sequence[TableRow], root: str, text: str) -> Typed:
    rows = [row for row in table if isinstance(row, Command) and row.root == root]
    words = text.split()
    for row in sorted(rows, key=lambda row: -len(row.verb.split())):
        verbs = row.verb.split()
        if verbs and [word.casefold() for word in words[: len(verbs)]] == verbs:
            return Typed(row=row, path=row.path, text=_after(text, len(verbs)), known=rows)
    bare = next((row for row in rows if not row.verb), None)
    if not words:
        return Typed(row=bare, path=root, text="", known=rows)
    if len(words) == 1 and words[0].casefold() in HELP:
        return Typed(row=None, path=root, text="help", known=rows)
    guess = near(words[0], [row.verb for row in rows if row.verb]) if len(words) == 1 or bare is None else None
    if guess or bare is None or not bare.usage:
        return Typed(row=None, path=root, text=text, guess=f"{root} {guess or ''}".strip(), known=rows)
    return Typed(row=bare, path=root, text=text, known=rows)


def _after(text: str, words: int) -> str:
    """The text behind its first words, as it was typed."""
    parts = text.split(maxsplit=words)
    return parts[words].strip() if len(parts) > words else ""


def near(word: str, verbs: Sequence[str]) -> str | None:
    """The verb within two letters of a word, if there is one."""
    scored = [(_distance.compare(word.casefold(), verb, 2), verb) for verb in verbs]
    good = sorted((distance, verb) for distance, verb in scored if 0 <= distance <= min(2, max(1, len(verb) // 2)))
    return good[0][1] if good else None
