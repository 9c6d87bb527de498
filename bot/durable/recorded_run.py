"""A run whose steps are kept in a journal: what was done is not done again, and what failed is pending, not lost.

Everything here is gone through again after a restart, with the journal's answers; so nothing here looks at a clock, and
tries are numbered in whole rounds of a fixed order.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ParamSpec, TypeVar

import structlog

from bot.durable.attempt import Done, attempt
from bot.durable.gate import Gate, Lane
from bot.durable.journal import Doing, Journal
from bot.durable.patience import Patience
from bot.durable.pending import Kept, Pending
from bot.durable.plain import Json
from bot.durable.ports import Desk, Outcome, Recorder
from bot.durable.run import DoneWithout, Failed, Run, Step

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)

MOST_WORDS_KEPT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all runs of a process share."""

    desk: Desk
    recorder: Recorder
    gate: Gate
    clock: Callable[[], datetime]
    patience: Patience


class RecordedRun(Run):
    def __init__(
        self, key: str, *, journal: Journal, around: Surroundings, step_seconds: float, lane: Lane | None = None
    ) -> None:
        super().__init__(key)
        self._journal = journal
        self._around = around
        self._step_seconds = step_seconds
        self._lane = lane or Lane(None)
        self._now = 0.0
        self._pending: list[Pending] = []
        self._heard: dict[str, deque[dict[str, Json]]] = {}
        self._busy = False

    async def finish(self, step: Step[T]) -> T:
        with self._alone(step.name):
            (entry,) = await self._round([(step, 1, False)])
            kept = Kept.read(entry)
            if kept.reason is None:
                await self._overtaken(step.name)
                return kept.value  # type: ignore[no-any-return]  # what the step returned, as plain JSON
            pending = await self._remember(step, kept, limited=False)
            while pending.outcome is None:
                await self._turn(None)
            if pending.outcome == "done":
                return pending.value  # type: ignore[no-any-return]
            raise DoneWithout(step.name)

    async def all_of(self, steps: tuple[Step[Any], ...]) -> tuple[Any, ...]:
        with self._alone(", ".join(step.name for step in steps)):
            entries = await self._round([(step, 1, True) for step in steps])
            results: list[Any] = []
            for step, entry in zip(steps, entries, strict=True):
                kept = Kept.read(entry)
                if kept.reason is None:
                    await self._overtaken(step.name)
                    results.append(kept.value)
                else:
                    await self._remember(step, kept, limited=True)
                    results.append(Failed(step.name, kept.reason))
            return tuple(results)

    async def record(
        self, name: str, doing: Callable[P, Awaitable[object]], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        await self.step(name, self._around.recorder.record, partial(doing, *args, **kwargs))

    async def wait(self, topic: str, seconds: float) -> Mapping[str, Json] | None:
        with self._alone(f"waiting for {topic}"):
            until = await self._look_at_clock() + seconds
            while True:
                if heard := self._heard.get(topic):
                    return heard.popleft()
                if self._now >= until:
                    return None
                await self._turn(until)

    async def sleep(self, seconds: float) -> None:
        with self._alone("sleeping"):
            if not self._pending:
                self._lane.leave()
                await self._journal.sleep(seconds)
                await self._lane.enter()
                return
            until = await self._look_at_clock() + seconds
            while self._now < until:
                await self._turn(until)

    async def settle(self) -> None:
        """After the flow's body: go on until nothing is pending any more."""
        with self._alone("settling"):
            while self._pending:
                await self._turn(None)

    def _alone(self, what: str) -> "_Alone":
        return _Alone(self, what)

    async def _turn(self, until: float | None) -> None:
        """Wait for the next thing to happen (a try due, words, or `until`), and do the tries that are due then."""
        moments = [pending.moment for pending in self._pending] + ([] if until is None else [until])
        nearest = max(min(moments), self._now)
        self._lane.leave()
        message = await self._journal.receive(nearest - self._now)
        await self._lane.enter()
        if message is None:
            self._now = nearest
        else:
            await self._look_at_clock()
            await self._hear(message)
        for pending in [one for one in self._pending if one.until is not None and one.until <= self._now]:
            await self._settle(pending, "given up")
        due = [one for one in self._pending if one.due is not None and one.due <= self._now]
        if not due:
            return
        for pending in due:
            pending.attempts += 1
        entries = await self._round([(one.step, one.attempts, one.limited) for one in due])
        for pending, entry in zip(due, entries, strict=True):
            pending.took(Kept.read(entry), self._around.patience)
            if pending.outcome == "done":
                await self._settle(pending, "done")

    async def _hear(self, message: Json) -> None:
        words = message if isinstance(message, dict) else {}
        if isinstance(topic := words.get("topic"), str):
            self._heard.setdefault(topic, deque(maxlen=MOST_WORDS_KEPT)).append(words)
            return
        for pending in [one for one in self._pending if one.step.name == words.get("step")]:
            if words.get("do") == "without":
                await self._settle(pending, "without")
            elif words.get("do") == "retry":
                pending.due, pending.until = self._now, None

    async def _round(self, tries: list[tuple[Step[Any], int, bool]]) -> list[Any]:
        """Tries that run together, numbered in this order. Journal entries come back."""
        turns = [asyncio.Event() for _ in tries]
        one_by_one = [
            self._in_turn(
                self._journal.reserve(one[0].name), partial(self._try, *one), turns[:place][-1:], turns[place]
            )
            for place, one in enumerate(tries)
        ]
        # All are waited for, whatever happens to one: what is under way must not go on behind the flow's back.
        entries = await asyncio.gather(*one_by_one, return_exceptions=True)
        for entry in entries:
            if isinstance(entry, BaseException):
                raise entry
        self._now = max([self._now, *(Kept.read(entry).at for entry in entries)])
        return entries

    async def _in_turn(
        self, enter: Callable[[Doing], Awaitable[Json]], doing: Doing, before: list[asyncio.Event], mine: asyncio.Event
    ) -> Json:
        """The journal may let a later one in first; what people see first is to be begun first all the same."""

        async def begin() -> Json:
            for turn in before:
                await turn.wait()
            mine.set()
            return await doing()

        try:
            return await enter(begin)
        finally:
            mine.set()

    async def _try(self, step: Step[Any], number: int, limited: bool) -> Json:  # noqa: FBT001  # a row of a round
        """One try, inside its journal entry. A failure is told at the desk before it is written down."""
        around = self._around
        async with around.gate.passage():
            result = await attempt(step.doing, key=self.key, name=step.name, seconds=self._step_seconds)
            if isinstance(result, Done):
                return {"done": result.value}
            # A try that failed because we were frozen is nobody's news where another replica has gone on meanwhile.
            await around.gate.ours()
            wait = around.patience.before_next(number, asked=result.asked, limited=limited) if result.again else None
            now = around.clock()
            next_try = None if wait is None else now + timedelta(seconds=wait)
            told = partial(
                around.desk.failed,
                self.key,
                step.name,
                result.reason,
                attempt=number,
                tries=len(around.patience.round) + 1 if limited else None,
                next_try=next_try,
                final=wait is None,
            )
            await self._tell_desk(told)
            log.info("step pending", flow=self.key, step=step.name, attempt=number, wait=wait)
            return {"failed": result.reason, "wait": wait, "at": now.timestamp()}

    async def _tell_desk(self, told: Callable[[], Awaitable[None]]) -> None:
        """Note something where people see it. A desk that is out of order holds nothing up for long."""
        for delay in (*self._around.patience.desk, None):
            try:
                return await told()
            except Exception as error:
                if delay is None:
                    log.exception("the desk does not take a note", flow=self.key)
                    return None
                log.warning("the desk does not take a note yet", flow=self.key, error=type(error).__name__)
                await asyncio.sleep(delay)
        return None

    async def _remember(self, step: Step[Any], kept: Kept, *, limited: bool) -> Pending:
        """A step that failed. It takes the place of one with the same name, which is the same wish."""
        self._pending = [one for one in self._pending if one.step.name != step.name]
        pending = Pending(step, limited)
        pending.took(kept, self._around.patience)
        self._pending.append(pending)
        return pending

    async def _overtaken(self, name: str) -> None:
        for pending in [one for one in self._pending if one.step.name == name]:
            await self._settle(pending, "done")

    async def _settle(self, pending: Pending, outcome: Outcome) -> None:
        pending.outcome = outcome
        self._pending.remove(pending)

        async def told() -> Json:
            await self._tell_desk(partial(self._around.desk.settled, self.key, pending.step.name, outcome))
            log.info("step settled", flow=self.key, step=pending.step.name, outcome=outcome)
            return None

        await self._journal.reserve(f"{pending.step.name}: settled")(told)

    async def _look_at_clock(self) -> float:
        async def look() -> Json:
            return self._around.clock().astimezone(UTC).timestamp()

        seen = await self._journal.reserve("look at the clock")(look)
        self._now = max(self._now, seen if isinstance(seen, float) else 0.0)
        return self._now


class _Alone:
    """Steps side by side without `together` would be numbered by chance: refused."""

    def __init__(self, run: RecordedRun, what: str) -> None:
        self._run = run
        self._what = what

    def __enter__(self) -> None:
        if self._run._busy:  # noqa: SLF001  # two halves of one thing
            raise RuntimeError(f"{self._what}: another step of this flow is under way; use `run.together`")
        self._run._busy = True  # noqa: SLF001

    def __exit__(self, *_: object) -> None:
        self._run._busy = False  # noqa: SLF001
