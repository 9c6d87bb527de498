"""Who is on call for an incident, looked up while Slack makes the channel, so that its card can say it at once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypedDict

KEPT = 200


class Found(TypedDict):
    """People by Slack id, first level first; and who was not found, with the reason."""

    users: list[str]
    missing: dict[str, str]


Look = Callable[[], Awaitable[Found]]


@dataclass(slots=True)
class Lookups:
    """Only a head start: what is not in memory (after a restart, say) is looked up again by who needs it."""

    _running: dict[int, "asyncio.Task[Found]"] = field(default_factory=dict)

    def begin(self, incident: int, look: Look) -> None:
        if incident in self._running:
            return
        task = asyncio.create_task(_awaited(look))
        # A failure is told by whoever asks; nobody asking is no news.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._running[incident] = task
        while len(self._running) > KEPT:
            self._running.pop(next(iter(self._running))).cancel()

    def known(self, incident: int) -> Found | None:
        """What is found already, without waiting."""
        task = self._running.get(incident)
        return task.result() if task and task.done() and not task.cancelled() and not task.exception() else None

    def looking(self, incident: int) -> bool:
        """Whether it is not known yet, and will be."""
        task = self._running.get(incident)
        return task is not None and not task.done()

    async def result(self, incident: int, look: Look) -> Found:
        """Wait for it, or look now."""
        task = self._running.get(incident)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            self._running.pop(incident, None)
            return await look()
        try:
            return await asyncio.shield(task)
        finally:
            self._running.pop(incident, None)


async def _awaited(look: Look) -> Found:
    return await look()
