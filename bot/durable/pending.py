"""A step that has failed and is not given up: when it is tried again, or how long it waits for a person."""

from dataclasses import dataclass
from typing import Any

from bot.durable.patience import Patience
from bot.durable.ports import Outcome
from bot.durable.run import Step


@dataclass(frozen=True, slots=True)
class Kept:
    """What the journal holds of a try."""

    value: Any
    reason: str | None
    wait: float | None
    at: float

    @staticmethod
    def read(entry: Any) -> "Kept":  # the journal's own JSON, written by `_try`
        return Kept(entry.get("done"), entry.get("failed"), entry.get("wait"), entry.get("at", 0.0))


@dataclass(slots=True, eq=False)
class Pending:
    """A step that has failed. `due` is its next try, `until` the end of waiting for a person; one of them is set."""

    step: Step[Any]
    limited: bool
    attempts: int = 1
    reason: str = ""
    due: float | None = None
    until: float | None = None
    outcome: Outcome | None = None
    value: Any = None

    @property
    def moment(self) -> float:
        return self.due if self.due is not None else (self.until or 0.0)

    def took(self, kept: Kept, patience: Patience) -> None:
        if kept.reason is None:
            self.outcome, self.value = "done", kept.value
            return
        self.reason = kept.reason
        self.due = None if kept.wait is None else kept.at + kept.wait
        self.until = kept.at + patience.person if kept.wait is None else None
