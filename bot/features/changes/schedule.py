"""What the clock does for the record of changes."""

from datetime import datetime

from bot.acts import Acts
from bot.features.changes.looking import Looking


async def look(looking: Looking, now: datetime) -> Acts:
    """Systems are asked what was changed, in case a notice was lost or never comes."""
    return await looking.due(now)
