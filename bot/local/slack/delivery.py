"""How payloads reach the app: which way, who answered, and what is sent again when nobody did."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from bot.local.slack.things import Json

Kind = Literal["slash_commands", "interactive", "events_api"]
LOG_SIZE: Final = 2000
MOST_UNDER_WAY: Final = 30_000  # what Slack sends one app in an hour at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the app said to one payload: `error` is empty when it was taken in time."""

    error: str = ""
    body: Json | None = None
    again: bool = True  # an app may ask not to be sent this once more (X-Slack-No-Retry)

    @property
    def taken(self) -> bool:
        return not self.error


class Way(Protocol):
    """Socket Mode or HTTP."""

    async def send(self, kind: Kind, payload: Json, *, retry: int = 0, reason: str = "") -> Answer: ...

    async def stop(self) -> None: ...


@dataclass(slots=True, kw_only=True)
class Sent:
    """One line of the delivery log."""

    kind: str
    name: str
    key: str
    at: float
    tries: int = 0
    outcome: str = "under way"
    payload: Json = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Delivery:
    """Sends commands and interactions once, and events until they are taken or given up."""

    way: Way
    redeliver_after: tuple[float, ...]
    now: Callable[[], float]
    log: deque[Sent] = field(default_factory=lambda: deque(maxlen=LOG_SIZE))
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def ask(self, kind: Kind, payload: Json) -> Answer:
        """Deliver what a person waits for. Slack never sends it a second time."""
        name = str(payload.get("command") or payload.get("type"))
        sent = Sent(kind=kind, name=name, key=str(payload.get("trigger_id", "")), at=self.now(), tries=1)
        self.log.append(sent)
        answer = await self.way.send(kind, payload)
        sent.outcome = answer.error or "taken"
        return answer

    def tell(self, payload: Json) -> None:
        """Deliver an event in the background, again and again as Slack would."""
        sent = Sent(
            kind="events_api",
            name=str(payload["event"]["type"]),
            key=str(payload["event_id"]),
            at=self.now(),
            payload=payload,
        )
        self.log.append(sent)
        if len(self._tasks) >= MOST_UNDER_WAY:
            sent.outcome = "dropped: too many events wait already"
            return
        self.spawn(self._until_taken(sent))

    def send_again(self, event_id: str) -> bool:
        """Deliver a known event once more, as Slack's at-least-once delivery may do."""
        sent = next((each for each in self.log if each.key == event_id and each.payload), None)
        if sent is None:
            return False
        self.spawn(self._until_taken(sent))
        return True

    async def _until_taken(self, sent: Sent) -> None:
        reason = ""
        for number, pause in enumerate((0.0, *self.redeliver_after)):
            if pause:
                await asyncio.sleep(pause)
            sent.tries += 1
            answer = await self.way.send("events_api", sent.payload, retry=number, reason=reason)
            if answer.taken:
                sent.outcome = "taken"
                return
            reason = answer.error
            sent.outcome = f"not taken: {reason}"
            if not answer.again:
                return
        sent.outcome = f"given up: {reason}"

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.way.stop()
