"""What a pager can tell besides who is on call now: who comes next."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.domain.oncall import OnCall


@runtime_checkable
class Rota(Protocol):
    """Knows who comes next on call."""

    async def coming(self, until: datetime) -> Sequence[OnCall]:
        """Every duty that begins between now and then."""
