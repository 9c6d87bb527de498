"""Why a page was found: one plain line of it, for the person who chooses between five."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.runbook import Runbook
from bot.features.runbooks.markdown import cut, lines, plain
from bot.features.runbooks.page import symptoms
from bot.features.runbooks.pattern import label_pattern

_LONGEST: Final = 120
_MOST_LINES: Final = 400
_ENDING: Final = re.compile(r"(?<=\w{4})(?:ings?|ies|ed|es|s|e|y)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a word begins, so that "expiring" finds "expires", also inside CamelCase. A look at the letters alone comes
    first: it is twenty times cheaper than the pattern, and nearly always says no.
    """

    text: str
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, word: str) -> "Start":
        stem = _ENDING.sub("", word.lower())
        source = rf"(?<![^\W_]){re.escape(stem)}|(?-i:(?<=[a-z])(?=[A-Z])){re.escape(stem)}"
        return cls(text=stem, pattern=re.compile(source, re.IGNORECASE))


def why(page: Runbook, words: Sequence[str]) -> str:
    """What people see says most, then the service, then the alert, then any other line with the words."""
    sought = starts(words)
    if line := _best(symptoms(page.body).splitlines(), sought):
        return line
    if named := [name for name in page.services if hits(name, sought)]:
        return cut(f"for {', '.join(named)}", _LONGEST)
    if alert := _best(alert_names(page), sought):
        return cut(f"matches the alert {alert}", _LONGEST)
    text = (line.heading if line.level else plain(line.text) for line in lines(page.body))
    return _best(text, sought) or cut(symptoms(page.body).partition("\n")[0], _LONGEST) or "matches the title"


def _best(texts: Iterable[str], sought: Sequence[Start]) -> str:
    """The line that has most of the words, the first of equals; empty when none has any."""
    most, best = 0, ""
    for text, _ in zip(texts, range(_MOST_LINES), strict=False):
        found = hits(text, sought)
        if found > most:
            most, best = found, text
    return _around(best, sought)


def alert_names(page: Runbook) -> tuple[str, ...]:
    """The names of alerts that the page is for, as far as its patterns tell them."""
    return tuple(name for rule in page.match if rule.alertname for name in label_pattern(rule.alertname).examples())


def starts(words: Sequence[str]) -> list[Start]:
    return [Start.of(word) for word in words]


def hits(text: str, sought: Sequence[Start]) -> int:
    """How many of the words the text has."""
    lowered = text.lower()
    return sum(start.text in lowered and start.pattern.search(text) is not None for start in sought)


def _around(text: str, sought: Sequence[Start]) -> str:
    """A long line is shown from shortly before its first hit."""
    text = " ".join(text.lstrip("-*+> ").split())
    first = min((found.start() for start in sought if (found := start.pattern.search(text))), default=0)
    if len(text) > _LONGEST and first > _LONGEST // 2:
        at = text.find(" ", first - _LONGEST // 2) + 1
        text = f"…{text[at:]}"
    return cut(text, _LONGEST)
