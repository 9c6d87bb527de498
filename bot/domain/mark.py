"""What is put onto graphs, so that whoever looks at a curve sees what happened then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A span of time, or a moment while `until` is None. Texts are raw; the same `once` is the same mark."""

    once: str
    title: str
    since: datetime
    tags: Sequence[str]
    until: datetime | None = None
    bad: bool = True
    """Whether it means trouble: an incident does, a deployment does not."""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A picture of a dashboard's panel (PNG), what it shows in words, and where a person would look."""

    png: bytes
    title: str
    words: str
