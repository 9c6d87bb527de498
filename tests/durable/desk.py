"""A desk that remembers what it was told, and a recorder without a store."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.durable.ports import Outcome


@dataclass
class Note:
    step: str
    reason: str
    attempt: int
    tries: int | None
    next_try: datetime | None
    final: bool


@dataclass
class RememberingDesk:
    notes: list[Note] = field(default_factory=list)
    settled_steps: list[tuple[str, Outcome]] = field(default_factory=list)
    out_of_order: int = 0
    """How many of the next calls fail."""

    async def failed(
        self,
        key: str,
        step: str,
        reason: str,
        *,
        attempt: int,
        tries: int | None,
        next_try: datetime | None,
        final: bool,
    ) -> None:
        self._works()
        self.notes.append(Note(step, reason, attempt, tries, next_try, final))

    async def settled(self, key: str, step: str, outcome: Outcome) -> None:
        self._works()
        self.settled_steps.append((step, outcome))

    def _works(self) -> None:
        if self.out_of_order:
            self.out_of_order -= 1
            raise ConnectionError("the store is away")


@dataclass
class PlainRecorder:
    acts: list[object] = field(default_factory=list)

    async def record(self, doing: Callable[[], Awaitable[object]]) -> None:
        self.acts.append(await doing())
