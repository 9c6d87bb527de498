"""Any name made one that Slack accepts for a channel, and what to try when it is taken."""

import re
from collections.abc import Iterator
from typing import Final

from slugify import slugify

_LONGEST: Final = 80
_NUMBER: Final = re.compile(r"[a-z_]*-?\d+")
_LAST_SUFFIX: Final = 9


def sanitised(name: str, fallback: str) -> str:
    """Any name, made acceptable; `fallback` when nothing of it is left."""
    return _slug(name)[:_LONGEST].strip("-_") or _slug(fallback)[:_LONGEST].strip("-_") or "daywatch"


def candidates(name: str) -> Iterator[str]:
    """The name, then with -2 to -9 behind it, then the number alone."""
    yield name
    for suffix in range(2, _LAST_SUFFIX + 1):
        yield f"{name[: _LONGEST - 2].rstrip('-_')}-{suffix}"
    number = _NUMBER.match(name)
    if number and number[0] != name:
        yield number[0]


def _slug(text: str) -> str:
    return slugify(text, max_length=4 * _LONGEST, regex_pattern=r"[^a-z0-9_]+")
