"""What the clock does for alerts."""

from datetime import datetime

from bot.acts import Acts
from bot.features.alerts.silencing import Silencing


async def silences_over(silencing: Silencing, now: datetime) -> Acts:
    """Silences that have run out are shown as over."""
    return await silencing.over(now)
