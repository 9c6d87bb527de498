"""Words that look for somebody to blame: they bring a friendly question under the field, never a refusal."""

import re
from typing import Final

_WORDS: Final = re.compile(
    r"\b(?:(?:human|operator|user)[\s-]+error|careless(?:ly|ness)?|negligen(?:t|ce)|"
    r"(?:should|could|ought\s+to)\s+have|"
    r"(?:fault|mistake) of|(?:his|her|their|your) (?:fault|mistake)|to blame|stupid(?:ly)?|"
    r"sloppy|forgot|failed\s+to)\b",
    re.IGNORECASE,
)
_QUESTIONS: Final = (
    (re.compile(r"error|mistake|fault|blame|forgot", re.IGNORECASE), "What made this easy to do?"),
    (re.compile(r"have$|failed to", re.IGNORECASE), "What made their choice sensible then?"),
)


def blaming(text: str) -> str | None:
    """The first such words in a text, as written."""
    found = _WORDS.search(text)
    return " ".join(found[0].split()) if found else None


def hint(text: str) -> str | None:
    """The question to ask back, quoting the words; None when there is nothing to ask."""
    words = blaming(text)
    if words is None:
        return None
    question = next((asked for sign, asked in _QUESTIONS if sign.search(words)), "What made this easy to do?")
    return f"“{words}”: {question[0].lower()}{question[1:]}"
