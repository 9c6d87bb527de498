"""What the clock does: settings that another replica was told to read again are read here too."""

from datetime import datetime

import structlog

from bot.acts import Acts
from bot.features.operations.service import Operations

log = structlog.get_logger(__name__)


async def follow_settings(operations: Operations, now: datetime) -> Acts:
    done = await operations.plans.follow()
    if done is not None:
        log.info("settings read again", outcome=str(done))
    return ()
