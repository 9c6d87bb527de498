"""Channel names that Slack accepts, made from titles in any script."""

import re
from collections.abc import Iterator
from typing import Final

from slugify import slugify

_LONGEST: Final = 80
_NUMBER: Final = re.compile(r"[a-z_]*-?\d+")
_LAST_SUFFIX: Final = 9
_SPACE: Final = 40  # longer names are cut off in everybody's list of channels


def channel_name(prefix: str, title: str = "", *, most: int = _SPACE) -> str:
    """`inc-142` and "Checkout: 5xx at 12 %" → `inc-142-checkout-5xx-at-12`; only the prefix when nothing is left."""
    start = _slug(prefix)
    rest = _slug(title)
    if not rest or len(start) >= most:
        return start[:_LONGEST].strip("-_")
    whole = f"{start}-{rest}" if start else rest
    if len(whole) <= most:
        return whole
    head = whole[: most + 1]
    at_word = head.rfind("-")
    return (head[:at_word] if at_word > len(start) else whole[:most]).strip("-_")


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
