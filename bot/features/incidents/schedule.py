"""What the clock does for incidents: reminders of updates that are due, channels of closed ones archived."""

from datetime import datetime

from bot.acts import Acts, Start
from bot.features.incidents.drills import Drills
from bot.features.incidents.response import Response


async def nudges(response: Response, now: datetime) -> Acts:
    return await response.words.nudges()


async def drills(practice: Drills, now: datetime) -> Acts:
    """What is due in each practice."""
    return await practice.play()


async def archive(response: Response, now: datetime) -> Acts:
    """Some days after the end (setting `incidents.archive_after`)."""
    before = now - response.record.plan().incidents.archive_after
    return tuple(
        Start(flow="incident.archive", once=f"incident:{one.id}:archive", given={"incident": one.id})
        for one in await response.record.rows.to_archive(before)
    )
