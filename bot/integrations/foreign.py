"""Text from outside made fit for people: short, on one line, and without addresses' credentials or query strings."""

import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

LIMIT: Final = 140
_SCANNED: Final = 4_000  # no pattern ever runs over more than this
_USERINFO: Final = re.compile(r"(?<=://)[^\s/@]{0,500}@")
_QUERY: Final = re.compile(r"(?<=[\w/.\]-])\?[^\s\"'<>]*=[^\s\"'<>]*")
_FRAGMENT: Final = re.compile(r"(?P<address>\w{2,12}://[^\s#\"'<>]{1,500})#[^\s\"'<>]*")
_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


def shown(text: object, *, secrets: Iterable[str] = (), limit: int = LIMIT) -> str:
    """Foreign text for an error or evidence line: control characters, credentials and query strings taken out, cut."""
    known = str(text)[:_SCANNED]
    for secret in secrets:
        if len(secret) >= 4:  # shorter ones would blot out ordinary words
            known = known.replace(secret, "…")
    plain = _BLANKS.sub(" ", known).strip()
    plain = _FRAGMENT.sub(r"\g<address>", _QUERY.sub("", _USERINFO.sub("", plain)))
    if len(plain) <= limit:
        return plain
    head = plain[: limit - 1]
    at_word = head.rpartition(" ")[0]
    return (at_word if len(at_word) > limit // 2 else head).rstrip() + "…"


def segment(text: str) -> str:
    """One piece of a path, escaped, so that a foreign name with slashes or dots stays one piece."""
    return quote(text, safe="")


def sound(value: Any) -> Any:
    """A JSON value whose texts can be stored anywhere: lone surrogates and NUL characters become U+FFFD."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [sound(one) for one in value]
    if isinstance(value, dict):
        return {sound(key): sound(one) for key, one in value.items()}
    return value
