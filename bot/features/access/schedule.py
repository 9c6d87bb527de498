"""What the clock does for access reviews."""

from datetime import datetime

from bot.acts import Acts
from bot.features.access.service import Reviews


async def collect(reviews: Reviews, now: datetime) -> Acts:
    """Twice a day it is asked who may do what."""
    return await reviews.due(now)
