"""What a service wrote into its logs when something went wrong, made safe to show."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorLine:
    """Lines that differ in numbers and ids only, as one. `words` are redacted, on one line, and foreign still."""

    words: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorLines:
    """The most frequent first. `looked_at` of all lines were read; `whole` says whether that was all of them."""

    lines: Sequence[ErrorLine]
    looked_at: int
    whole: bool
