"""What the clock does for postmortems: reminders, tickets looked at, incidents closed that nobody writes up."""

from datetime import datetime

from bot.acts import Acts
from bot.features.postmortems.service import Postmortems


async def nudges(postmortems: Postmortems, now: datetime) -> Acts:
    return await postmortems.asking.nudges(now)


async def close_quiet(postmortems: Postmortems, now: datetime) -> Acts:
    return await postmortems.asking.close_quiet(now)


async def reminders(postmortems: Postmortems, now: datetime) -> Acts:
    return await postmortems.items.reminders(now)


async def look(postmortems: Postmortems, now: datetime) -> Acts:
    return await postmortems.items.look(now)
