"""The silence of one alert at its source: asked for by a person, for a time and with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class SilenceState(StrEnum):
    ASKED = "asked"
    STANDS = "stands"
    ENDING = "ending"
    OVER = "over"
    NOT_MADE = "not made"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """`number` tells it from the alert's earlier ones; `id` is the source's own. `who` asked, called `name`."""

    number: str
    state: SilenceState
    until: datetime
    who: str
    name: str
    reason: str
    at: datetime
    id: str = ""
    why: str = ""
    """Why it was not made."""

    def holds(self, now: datetime) -> bool:
        """Whether the alert is quiet because of it, or is just about to be, so that there is no room for another."""
        return self.state in (SilenceState.ASKED, SilenceState.STANDS, SilenceState.ENDING) and self.until > now

    def plain(self) -> dict[str, str]:
        """As plain JSON."""
        return {
            "number": self.number,
            "state": self.state.value,
            "until": self.until.isoformat(),
            "who": self.who,
            "name": self.name,
            "reason": self.reason,
            "at": self.at.isoformat(),
            "id": self.id,
            "why": self.why,
        }

    @staticmethod
    def read(kept: Mapping[str, Any]) -> "Silence":  # our own JSON, written by `plain`
        moments = {name: datetime.fromisoformat(kept[name]) for name in ("until", "at")}
        return Silence(**{**kept, **moments, "state": SilenceState(kept["state"])})
