"""Whether a call that failed is worth one more try at once, and after how many seconds."""

from typing import Final

from bot.domain.errors import RateLimited, Unavailable

LONGEST_WAIT: Final = 5.0
"""Seconds that we wait at most when a vendor asks for a pause; a longer one is the caller's to plan."""
AGAIN_AFTER: Final = 0.2
_UNNAMED_PAUSE: Final = 1.0
"""When it asks for a pause and does not say for how long, one short one is tried."""


def pause_before_another(error: Unavailable) -> float | None:
    """None when the wait would be too long. For what may have been applied, the caller has to be a reader."""
    if not isinstance(error, RateLimited):
        return AGAIN_AFTER
    if not error.named:
        return _UNNAMED_PAUSE
    return error.retry_after if error.retry_after <= LONGEST_WAIT else None
