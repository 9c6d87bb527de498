"""What the clock does for alerts."""

from datetime import datetime

from bot.acts import Acts
from bot.features.alerts.catching_up import CatchingUp
from bot.features.alerts.silencing import Silencing


async def catch_up(catching_up: CatchingUp, now: datetime) -> Acts:
    """Sources are asked what became of alerts, in case a notice was lost."""
    return await catching_up.due(now)


async def silences_over(silencing: Silencing, now: datetime) -> Acts:
    """Silences that have run out are shown as over."""
    return await silencing.over(now)
