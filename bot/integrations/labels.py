"""Label sets, as Prometheus and its relatives give them: a key that stays the same over days, and a line for people."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Final

from bot.integrations.foreign import shown

Labels = Mapping[str, str]
_TOLD_ELSEWHERE: Final = frozenset({"alertname", "severity", "__name__"})


def without(labels: Labels, leaving_out: Collection[str]) -> Labels:
    """The labels that tell things apart; those of a replica are left out, so that a pair of servers counts once."""
    return {name: value for name, value in labels.items() if name not in leaving_out}


def key_of(name: str, labels: Labels) -> str:
    """A stable key: the name, readable, and a digest of all labels in their order."""
    canonical = "\x00".join(f"{label}\x01{value}" for label, value in sorted(labels.items()))
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{shown(name, limit=60)}:{digest}"


def line_of(labels: Labels) -> str:
    """Labels on one line, without those that the title tells."""
    told = (f"{name}={value}" for name, value in sorted(labels.items()) if name not in _TOLD_ELSEWHERE)
    return shown(", ".join(told))
