"""What a check found, with what makes it recognisable over days: *new*, *worse*, *day 3*, and what a snooze covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.check import Item, Status

Identity = tuple[str, str, str]
"""Item, check and instance: with the team it is who answered, over days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A piece of evidence. `first` is the day since which it stands without a break, `was` its status a digest ago."""

    key: str
    title: str
    status: Status
    url: str | None = None
    since: datetime | None = None
    detail: str = ""
    first: date | None = None
    was: Status | None = None

    @property
    def bad(self) -> bool:
        return self.status is not Status.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a check that did not answer said when it last did."""

    status: Status
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A check as it was answered. `first` and `was` are the check's own, for when it has no evidence to tell by."""

    item: Item
    name: str
    status: Status
    summary: str
    instance: str | None = None
    findings: Sequence[Finding] = ()
    reason: str | None = None
    link: str | None = None
    duration: float = 0.0
    at: datetime | None = None
    first: date | None = None
    was: Status | None = None
    known: Known | None = None

    @property
    def identity(self) -> Identity:
        return (self.item.value, self.name, self.instance or "")

    @property
    def system(self) -> str:
        return self.name.partition(".")[0]

    @property
    def bad(self) -> bool:
        return self.status is not Status.OK

    @property
    def troubles(self) -> Sequence[Finding]:
        """What is wrong, worst first; the check itself when it names no finding as bad as it is."""
        found = sorted((one for one in self.findings if one.bad), key=lambda one: -one.status.rank)
        if self.bad and not any(one.status is self.status for one in found):
            own = Finding(key="", title=self.summary, status=self.status, first=self.first, was=self.was)
            return (own, *found)
        return found


def covers(line: Line, finding: Finding) -> str:
    """A finding's identity over days (with the team it is whole)."""
    return "|".join((*line.identity, finding.key))
