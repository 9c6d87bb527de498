"""The last two weeks of a checklist: a letter a day for each item, on 30 columns. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from bot.domain.check import Item, Status
from bot.slack.blocks import context, count, foreign, line, preformatted, rich
from bot.slack.message import Message, Surface

DAYS: Final = 14
NAME: Final = 12
PROMPT: Final = timedelta(minutes=30)
"""A morning is taken in time when somebody has taken something so soon after the digest was due."""
GLYPHS: Final[Mapping[Status, str]] = MappingProxyType(
    {Status.OK: "✓", Status.WARN: "!", Status.FAIL: "✗", Status.UNKNOWN: "?"}
)
BY_HAND_DONE: Final = "✓"
NONE: Final = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """`until` is the last of the fourteen days. `done` are items that people did by hand."""

    until: date
    statuses: Mapping[date, Mapping[Item, Status]]
    done: frozenset[tuple[date, Item]] = frozenset()
    due: Mapping[date, datetime] = field(default_factory=dict)
    taken: Mapping[date, datetime] = field(default_factory=dict)

    @property
    def days(self) -> Sequence[date]:
        return [self.until - timedelta(days=back) for back in reversed(range(DAYS))]

    def glyphs(self, item: Item) -> str:
        return "".join(self._glyph(day, item) for day in self.days)

    def _glyph(self, day: date, item: Item) -> str:
        status = self.statuses.get(day, {}).get(item)
        if status is not None:
            return GLYPHS[status]
        return BY_HAND_DONE if (day, item) in self.done else NONE

    @property
    def in_time(self) -> tuple[int, int]:
        """On how many of the days that needed somebody one came soon."""
        needing = [day for day in self.due if self._needed(day)]
        prompt = [day for day in needing if day in self.taken and self.taken[day] <= self.due[day] + PROMPT]
        return len(prompt), len(needing)

    def _needed(self, day: date) -> bool:
        return day in self.taken or any(one is not Status.OK for one in self.statuses.get(day, {}).values())


def row(item: Item, history: History) -> str:
    return f"{item.value:<{NAME}}{history.glyphs(item)}"


def overview(team: str, items: Sequence[Item], history: History, at: str) -> Message:
    """`/checklist history`. `at` is the team's time until which a morning counts as taken in time."""
    prompt, needing = history.in_time
    told = f"taken {prompt} of {count(needing, 'day')} before {at}" if needing else "no day needed anybody"
    return Message(
        f"The last {DAYS} days of {team}",
        blocks=(
            rich(line(f"The last {DAYS} days of ", foreign(team, 60, bold=True))),
            rich(preformatted(*(row(item, history) for item in items))),
            context(f"✓ ok · ! warn · ✗ fail · ? unknown · – none\n{told}"),
        ),
        surface=Surface.NOTE,
    )


def in_time_until(at: time) -> str:
    """The team's time until which a morning counts as taken in time: "09:00"."""
    return f"{datetime.combine(date(2000, 1, 3), at) + PROMPT:%H:%M}"
