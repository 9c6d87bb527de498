"""What the durable room asks of others: somebody to tell about pending steps, and a store to record in."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal, Protocol

Outcome = Literal["done", "without", "given up"]


class Desk(Protocol):
    """Hears of steps that did not succeed, so that people see them where they look. Each call may come twice."""

    async def failed(
        self,
        key: str,
        step: str,
        reason: str,
        *,
        attempt: int,
        tries: int | None,
        next_try: datetime | None,
        final: bool,
    ) -> None:
        """Step `step` of flow `key` failed for the `attempt`th time of `tries` (None: for as long as it takes).

        `final`: it is not tried again unless a person says so.
        """

    async def settled(self, key: str, step: str, outcome: Outcome) -> None:
        """A step that had failed is no longer pending."""


class Recorder(Protocol):
    """Runs something in one transaction of the store, saves the acts it returns, and hands them over afterwards."""

    async def record(self, doing: Callable[[], Awaitable[object]]) -> None: ...
