"""The one moment at which scripted systems answer and are judged, however long a test had to wait for its turn."""

from datetime import UTC, datetime, timedelta
from typing import Final

AT: Final = datetime.now(UTC)


def still() -> datetime:
    """A clock for `Outside` that stands."""
    return AT


def ago(**amount: float) -> str:
    """So many minutes, hours or days before, as vendors write it."""
    return (AT - timedelta(**amount)).isoformat()
