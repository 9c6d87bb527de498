"""How this workspace numbers things: ids that look like Slack's, and time stamps that never repeat."""

import re
import secrets
import string
from collections.abc import Callable

_LETTERS = string.ascii_uppercase + string.digits


def fresh_id(letter: str, length: int = 10) -> str:
    return letter + "0" + "".join(secrets.choice(_LETTERS) for _ in range(length - 1))


def fresh_token(length: int = 24) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


class Stamps:
    """Gives each message a `ts` of its own, later than all before it."""

    def __init__(self, now: Callable[[], float], last: str = "") -> None:
        self._now = now
        self._last = microseconds(last) if last else 0

    def next(self) -> str:
        self._last = max(int(self._now() * 1_000_000), self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"


def is_stamp(text: str) -> bool:
    """Whether it could be a message's `ts`, or a moment of history."""
    return re.fullmatch(r"\d{1,16}(\.\d{1,6})?", text, re.ASCII) is not None


def microseconds(ts: str) -> int:
    """Compare stamps as numbers; anything that is not one counts as 0."""
    seconds, _, fraction = ts.partition(".")
    if not seconds.isdigit() or (fraction and not fraction.isdigit()):
        return 0
    return int(seconds) * 1_000_000 + int((fraction or "0")[:6].ljust(6, "0"))
