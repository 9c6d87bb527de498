"""Typing errors put right with the words that the runbooks themselves use."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from symspellpy import SymSpell, Verbosity

_WORD: Final = re.compile(r"[^\W\d_]{3,30}")
_FARTHEST: Final = 2


def words_of(text: str) -> list[str]:
    return _WORD.findall(text.lower())


class Spelling:
    """Knows the pages' words. Frequent ones win, so `nodee` becomes "node" and not "nodes"."""

    def __init__(self, texts: Iterable[str]) -> None:
        counted = Counter(word for text in texts for word in words_of(text))
        self._words = SymSpell(max_dictionary_edit_distance=_FARTHEST, prefix_length=6)
        for word, count in sorted(counted.items()):
            self._words.create_dictionary_entry(word, count)

    def nearest(self, word: str) -> str | None:
        """The word that was probably meant; None for numbers, short words and what resembles nothing."""
        known = _WORD.fullmatch(word.lower())
        if known is None:
            return None
        # In a short word two wrong letters leave nothing of it.
        farthest = 1 if len(word) <= 5 else _FARTHEST
        found = self._words.lookup(word.lower(), Verbosity.TOP, max_edit_distance=farthest)
        return str(found[0].term) if found else None
