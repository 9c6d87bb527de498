"""Who has which shift: weeks that change hands on Mondays at nine, and people who are on call for good."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from bot.local.pagerduty.directory import Level, Policy
from bot.local.people import LocalPerson

_HANDOVER: Final = time(9)
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Somebody's turn at a level of a policy; without start and end it is for good."""

    policy: Policy
    level: int
    person: LocalPerson
    start: datetime | None = None
    end: datetime | None = None


def shifts(policy: Policy, now: datetime, between: tuple[datetime, datetime], zone: tzinfo) -> Iterator[Shift]:
    """All that touch the time between two moments, level by level."""
    since, until = between
    for number, level in enumerate(policy.levels, start=1):
        if level.schedule is None:
            yield Shift(policy=policy, level=number, person=level.person)
            continue
        for person, start, end in _weeks(level, now, until, zone):
            if start <= until and end > since:
                yield Shift(policy=policy, level=number, person=person, start=start, end=end)


def _weeks(
    level: Level, now: datetime, until: datetime, zone: tzinfo
) -> Iterator[tuple[LocalPerson, datetime, datetime]]:
    """This week and those to come. This week is always its person's, so that the workspace is alike every day."""
    turns = ((level.person, timedelta()), *((turn.person, turn.late) for turn in level.then))
    monday, place = _monday(now, zone), 0
    while _at(monday, zone) <= until:
        person, late = turns[place % len(turns)]
        yield person, _at(monday, zone) + late, _at(monday + _WEEK, zone)
        monday, place = monday + _WEEK, place + 1


def _monday(now: datetime, zone: tzinfo) -> date:
    """The day on which the shift that runs now began."""
    there = now.astimezone(zone)
    monday = there.date() - timedelta(days=there.weekday())
    return monday if _at(monday, zone) <= now else monday - _WEEK


def _at(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, _HANDOVER, tzinfo=zone)
