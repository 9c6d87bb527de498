"""What `daywatch doctor` says about one thing: how it stands, and what to do."""

from dataclasses import dataclass
from enum import StrEnum

from bot.slack.blocks.text import clean, cut

_LONGEST = 400


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    """Works, and a person should know."""
    BROKEN = "broken"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`area` is the part of the report it stands in, `what` the thing, `words` what was seen."""

    area: str
    what: str
    state: State
    words: str = ""
    remedy: str | None = None


def ok(area: str, what: str, words: str = "") -> Finding:
    return Finding(area=area, what=what, state=State.OK, words=told(words))


def warn(area: str, what: str, words: str, remedy: str | None = None) -> Finding:
    return Finding(area=area, what=what, state=State.WARN, words=told(words), remedy=remedy)


def broken(area: str, what: str, words: str, remedy: str | None = None) -> Finding:
    return Finding(area=area, what=what, state=State.BROKEN, words=told(words), remedy=remedy)


def not_tried(area: str, what: str, words: str) -> Finding:
    return Finding(area=area, what=what, state=State.NOT_TRIED, words=told(words))


def told(text: str) -> str:
    """Error texts quote what came from outside: one line, no control characters, an end."""
    return cut(clean(text), _LONGEST)
