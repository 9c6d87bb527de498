"""The append-only list of what happened in an incident."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One entry. `who` is a Slack id or a vendor's name for somebody; `ref` is `channel:ts` of a followed message."""

    at: datetime
    kind: str
    words: str
    who: str | None = None
    key: bool = False
    """Whether it is a key moment (shown first, and what the postmortem begins with)."""
    ref: str | None = None
    once: str | None = None
    """A second entry with the same `once` in the same incident is not written."""
    id: int = 0

    @property
    def eased(self) -> bool:
        """People no longer felt it: watching that it holds, or nothing fires any more."""
        if self.kind == "status":
            return self.words.endswith(" to monitoring")
        return self.kind == "alert" and self.words == "All alerts cleared"
