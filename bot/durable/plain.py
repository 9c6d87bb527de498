"""Plain JSON: the only thing that a flow's journal keeps, checked so that a replay gives what the first run gave."""

import json
import math
from typing import TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

DEEPEST = 50
LARGEST = 256 * 1024
"""Characters of one result. What is bigger belongs into the store, with its id as the result."""


def plain(value: object, what: str) -> Json:
    """The value as the journal will give it back. `what` names it in the error, e.g. "the result of step 'create'"."""
    copy = _plain(value, what, 0)
    size = len(json.dumps(copy, ensure_ascii=False))
    if size > LARGEST:
        raise TypeError(f"{what} has {size} characters, the journal keeps {LARGEST}: store it, and return its id")
    return copy


def _plain(value: object, what: str, depth: int) -> Json:
    if depth > DEEPEST:
        raise TypeError(f"{what} is nested deeper than {DEEPEST} levels")
    # Exact types: an enum, a tuple or a date would come back from the journal as something else than it went in.
    kind = type(value)
    if value is None or kind is bool or kind is int or (kind is float and math.isfinite(_number(value))):
        return value  # type: ignore[return-value]  # `kind` has just told
    if isinstance(value, str) and kind is str:
        # Half a surrogate pair, which a vendor's JSON may hold, can be stored by no database.
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list) and kind is list:
        return [_plain(one, what, depth + 1) for one in value]
    if isinstance(value, dict) and kind is dict:
        return {_key(key, what): _plain(one, what, depth + 1) for key, one in value.items()}
    raise TypeError(
        f"{what} holds {value!r:.80} ({kind.__name__}); a journal keeps plain JSON only: "
        "None, bool, int, finite float, str, and lists and dicts of these"
    )


def _number(value: object) -> float:
    return value if isinstance(value, float) else math.nan


def _key(key: object, what: str) -> str:
    if type(key) is not str:
        raise TypeError(f"{what} has the key {key!r:.80} ({type(key).__name__}); a journal keeps text keys only")
    return key.encode("utf-8", "replace").decode("utf-8")
