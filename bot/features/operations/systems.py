"""What is connected and how it does: every system asked at once, the answer kept for a while."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

STAYS_TRUE = timedelta(minutes=5)
"""How long an answer may be shown again before the systems are asked anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemState:
    """A system that is on. Without `tried` and `trouble` it was not asked: it only calls us."""

    title: str
    tried: Sequence[tuple[str, str | None]] = ()
    """What was tried, with None when it works or what to do."""
    trouble: str | None = None
    """Set when nothing works at all."""
    took: float | None = None
    """Seconds."""

    @property
    def asked(self) -> bool:
        return bool(self.tried) or self.trouble is not None

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong, in sentences; empty when it does well."""
        if self.trouble is not None:
            return (self.trouble,)
        return tuple(f"{what}: {words}" for what, words in self.tried if words is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """All systems at one moment: those that are on, and the titles of those that are off."""

    at: datetime
    on: Sequence[SystemState] = ()
    off: Sequence[str] = ()

    @property
    def failing(self) -> Sequence[SystemState]:
        return [one for one in self.on if one.problems]

    @property
    def well(self) -> Sequence[SystemState]:
        return [one for one in self.on if one.asked and not one.problems]

    @property
    def silent(self) -> Sequence[SystemState]:
        return [one for one in self.on if not one.asked]

    @property
    def counts(self) -> str:
        failing = f"{len(self.failing)} failing, " if self.failing else ""
        return f"{len(self.on)} on, {failing}{len(self.off)} off"


@dataclass(slots=True, kw_only=True)
class Systems:
    """Asks once for all who want to know at the same time."""

    ask: Callable[[], Awaitable[Sequence[SystemState]]]
    off: Callable[[], Sequence[str]]
    clock: Callable[[], datetime]
    _last: Survey | None = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def last(self) -> Survey | None:
        """What is remembered, however old."""
        return self._last

    async def now(self, *, fresh: bool = False) -> Survey:
        """How they do: as remembered when that is recent enough, asked anew otherwise or when `fresh` is wanted."""
        wanted_since = self.clock() - (timedelta(0) if fresh else STAYS_TRUE)
        async with self._asking:
            if self._last is None or self._last.at < wanted_since:
                at = self.clock()
                self._last = Survey(at=at, on=await self.ask(), off=self.off())
            return self._last
