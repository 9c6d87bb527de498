"""How a flow stands, as doctor and metrics show it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FlowState(StrEnum):
    WAITING = "waiting"
    """Not begun: its time has not come, or no place is free."""
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """Ended by a mistake of ours; `Engine.revive` goes on from there."""
    PARKED = "parked"
    """It was under way at ten crashes; `Engine.revive` gives it another ten."""

    @property
    def alive(self) -> bool:
        return self in (FlowState.WAITING, FlowState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStatus:
    key: str
    flow: str
    state: FlowState
    began_at: datetime
    error: str | None = None
    revived: int = 0
    """How many times it has been revived."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A flow that came to its end; not well: by a mistake of ours."""

    key: str
    well: bool
