"""At which moment a team's digest is due, on its own clock, and when the next one comes."""

from datetime import UTC, date, datetime, timedelta

from bot.features.checklist.routine import Routine

AHEAD = 366
"""Days that are looked through for the next digest."""


def local_day(routine: Routine, now: datetime) -> date:
    return now.astimezone(routine.zone).date()


def due_moment(routine: Routine, day: date) -> datetime:
    """In UTC. A time that the clocks skip that night is taken after the gap; one that comes twice, the first time."""
    return datetime.combine(day, routine.at, tzinfo=routine.zone).astimezone(UTC)


def next_due(routine: Routine, now: datetime) -> datetime | None:
    """When the next digest comes; None when no day is left for it."""
    day = local_day(routine, now)
    for ahead in range(AHEAD):
        due = due_moment(routine, day + timedelta(days=ahead))
        if due > now and day + timedelta(days=ahead) in routine.workdays:
            return due
    return None
