"""When the clock strikes for the checklist: each team's digest on its working mornings."""

from datetime import datetime, timedelta
from typing import Final

from bot.acts import Act, Acts
from bot.domain.digest import DigestState
from bot.features.checklist.days import due_moment, local_day
from bot.features.checklist.record import Record
from bot.features.checklist.routine import Routine
from bot.features.checklist.service import Checklist

LATE: Final = timedelta(minutes=10)
"""A digest that begins so long after its time says so."""


async def digests(checklist: Checklist, now: datetime) -> Acts:
    """Once a team and local date, however many replicas ask; after downtime once, for the day it is by then."""
    acts: list[Act] = []
    for routine in await checklist.record.routines.all():
        acts.extend(await _due(checklist, routine, now))
    return tuple(acts)


async def _due(checklist: Checklist, routine: Routine, now: datetime) -> Acts:
    record, day = checklist.record, local_day(routine, now)
    due = due_moment(routine, day)
    changed = routine.timing_changed_at
    if now < due or day not in routine.workdays or (changed is not None and due < changed):
        return ()
    known = await record.digests.state_of(routine.team, day)
    if known is None or known[1] is DigestState.FRESH:
        return await _begin(record, routine, late=now - due > LATE)
    number, state, checked_at = known
    if state is DigestState.POSTED and checked_at is not None and checked_at < due and now - due < LATE:
        # Somebody had it posted before its time: at its time it shows the statuses of then.
        digest = await record.get(number)
        checks = len(checklist.asking.checks(routine))
        return await record.refresh(digest, "due", checks=checks) if digest else ()
    return ()


async def _begin(record: Record, routine: Routine, *, late: bool) -> Acts:
    """A team's very first digest is not late, whenever it comes."""
    day = local_day(routine, record.clock())
    first = await record.digests.day_before(routine.team, day) is None
    return await record.begin(routine, late=late and not first)
