"""The durable engine: begins flows once, keeps them going over restarts, and tells how they stand."""

import asyncio
import contextvars
import logging
import socket
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar
from uuid import uuid4

import sqlalchemy as sa
import structlog
from dbos import DBOS, SetEnqueueOptions, SetWorkflowID
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from bot.domain.errors import StoreDown
from bot.durable import below
from bot.durable.database import (
    PostgresUrl,
    SqliteFile,
    forgive_crashes,
    only_one,
    postgres_engine,
    sqlite_engine,
)
from bot.durable.dbos_journal import TOPIC, DbosJournal
from bot.durable.flow import BoundFlow, Flow, bound
from bot.durable.gate import Gate, Lane
from bot.durable.keys import checked, key_of
from bot.durable.ledger import Ledger
from bot.durable.patience import Patience
from bot.durable.plain import Json, plain
from bot.durable.ports import Desk, Recorder
from bot.durable.recorded_run import RecordedRun, Surroundings
from bot.durable.run import DoneWithout
from bot.durable.status import Ended, FlowStatus
from bot.durable.takeover import Pace, Takeover

T = TypeVar("T")

log = structlog.get_logger(__name__)

LATER = "later"
ANSWERS_WITHIN = 30.0
FORGIVES_AFTER = 60.0


class EngineClosing(Exception):
    """Too late: what was asked is still saved with whoever asked, and is handed over at the next start."""


class Engine:
    """An async context manager, entered in the running loop: flows run on that loop."""

    _entered: ClassVar[bool] = False  # the engine below is one a process

    def __init__(
        self,
        *,
        database: SqliteFile | PostgresUrl,
        flows: Iterable[Flow],
        provide: Mapping[Any, object],
        desk: Desk,
        recorder: Recorder,
        name: str = "daywatch",
        executor_id: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience: Patience | None = None,
        pace: Pace | None = None,
        drain_seconds: float = 6.0,
    ) -> None:
        self._database = database
        self._name = name
        self._flows = bound(flows, provide)
        self._registered: dict[str, Callable[[dict[str, Json]], Coroutine[Any, Any, None]]] = {}
        self._places = {name: asyncio.Semaphore(n) for name, one in self._flows.items() if (n := one.row.at_once)}
        self._running: set[asyncio.Task[Any]] = set()
        self._takeover: Takeover | None = None
        self._executor_id = executor_id or "local"
        if isinstance(database, PostgresUrl):
            self._executor_id = executor_id or f"{socket.gethostname()}-{uuid4()}"
            self._takeover = Takeover(
                database.for_driver(),
                me=self._executor_id,
                pace=pace or Pace(),
                recover=below.recover,
                lost=self._lost_to_others,
            )
        self._around = Surroundings(
            desk=desk,
            recorder=recorder,
            gate=Gate(alive=self._takeover.alive) if self._takeover else Gate(),
            clock=clock,
            patience=patience or Patience(),
        )
        self._drain_seconds = drain_seconds
        self._ended: list[Ended] = []
        self._ledger = Ledger()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        if Engine._entered:
            raise RuntimeError("one engine a process: another one is still open")
        async with AsyncExitStack() as stack:
            Engine._entered = True
            stack.callback(setattr, Engine, "_entered", False)
            try:
                await self._launch(stack)
            except OperationalError as error:
                raise StoreDown("the engine's database does not answer") from error
            self._stack = stack.pop_all()
        log.info("engine ready", flows=len(self._flows), executor=self._executor_id)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _launch(self, stack: AsyncExitStack) -> None:
        if isinstance(self._database, SqliteFile):
            path = self._database.path.absolute()
            if not self._database.held:
                stack.enter_context(only_one(path))
            connections = sqlite_engine(path)
        else:
            connections = postgres_engine(self._database.for_driver(), self._executor_id)
        stack.callback(connections.dispose)
        if self._takeover is not None:
            stack.push_async_callback(self._takeover.end)
            await self._takeover.begin()
        # Clean ends are no crashes: a flow that waits for a week sees many of them.
        stack.push_async_callback(self._forgive, connections)
        stack.push_async_callback(below.shut)
        below.set_up(connections, name=self._name, executor_id=self._executor_id)
        for name, flow in self._flows.items():
            register = DBOS.workflow(name=name, max_recovery_attempts=below.CRASHES)
            self._registered[name] = register(self._body(flow))
        DBOS.launch()
        stack.push_async_callback(self._stop_work)
        await DBOS.register_queue_async(LATER, worker_concurrency=20, polling_interval_sec=0.5)
        self._beside(stack, self._forgive(connections, after=FORGIVES_AFTER))
        if self._takeover is not None:
            self._beside(stack, self._takeover.run())

    def _beside(self, stack: AsyncExitStack, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(doing)
        stack.push_async_callback(_ended, task)

    def _body(self, flow: BoundFlow) -> Callable[[dict[str, Json]], Coroutine[Any, Any, None]]:
        """What the engine below runs for a flow."""

        async def body(given: dict[str, Json]) -> None:
            task = asyncio.current_task()
            if task is not None:
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            key = key_of(DBOS.workflow_id or "")
            lane = Lane(self._places.get(flow.row.name))
            seconds = flow.row.step_seconds
            run = RecordedRun(key, journal=DbosJournal(), around=self._around, step_seconds=seconds, lane=lane)
            await lane.enter()
            try:
                try:
                    await flow(run, given)
                except DoneWithout as gone:
                    log.info("flow ended without a step", flow=key, step=gone.name)
                await run.settle()
            except Exception:
                log.exception("flow ended by our own mistake", flow=key, name=flow.row.name)
                self._ended.append(Ended(key, well=False))
                raise
            else:
                self._ended.append(Ended(key, well=True))
            finally:
                lane.leave()

        return body

    async def start(self, flow: str, once: str, given: Mapping[str, Json]) -> None:
        """Begin a flow now. The same `once` again changes nothing."""
        body, kept = self._registered[flow], self._flows[flow].check(given)

        async def begin() -> None:
            with SetWorkflowID(checked(once)):
                await DBOS.start_workflow_async(body, kept)

        await self._apart(begin)

    async def start_later(self, flow: str, once: str, given: Mapping[str, Json], delay: float) -> None:
        """Begin a flow after so many seconds, unless it is cancelled before."""
        body, kept = self._registered[flow], self._flows[flow].check(given)

        async def enqueue() -> None:
            with SetWorkflowID(checked(once)), SetEnqueueOptions(delay_seconds=max(delay, 0.0)):
                await DBOS.enqueue_workflow_async(LATER, body, kept)

        await self._apart(enqueue)

    async def cancel(self, once: str) -> None:
        """A flow that has not begun does not; one under way ends before its next step. Unknown or ended: nothing."""

        async def cancel() -> None:
            newest = await self._ledger.newest(once)
            if newest is not None and newest.state.alive:
                await DBOS.cancel_workflow_async(newest.id)
                # It looks whether it is cancelled when it wakes, and it may be waiting for days.
                await DBOS.send_async(newest.id, {"topic": "cancelled"}, TOPIC)

        await self._apart(cancel)

    async def tell(self, once: str, words: Mapping[str, Json]) -> bool:
        """Words for a flow: `{"step": …, "do": "retry" | "without"}`, or `{"topic": …, …}` for one that waits.

        False when no such flow is alive to hear them.
        """
        kept = plain(dict(words), "what a flow is told")
        about_step = isinstance(words.get("step"), str) and words.get("do") in ("retry", "without")
        if not about_step and not isinstance(words.get("topic"), str):
            raise ValueError(f"no flow understands {kept!r:.200}")

        async def send() -> bool:
            newest = await self._ledger.newest(once)
            if newest is None or not newest.state.alive:
                return False
            await DBOS.send_async(newest.id, kept, TOPIC)
            return True

        return await self._apart(send)

    async def status(self, once: str) -> FlowStatus | None:
        newest = await self._apart(lambda: self._ledger.newest(once))
        return newest.status() if newest else None

    def ended(self) -> list[Ended]:
        """The flows that came to their ends here since this was asked last."""
        ended, self._ended = self._ended, []
        return ended

    async def stuck(self) -> tuple[FlowStatus, ...]:
        """Flows that nobody goes on with unless they are revived, newest first, at most 100."""
        return await self._apart(self._ledger.stuck)

    async def revive(self, once: str) -> bool:
        """Go on with a flow that failed or was parked, from where it stood. False when it is neither."""
        return await self._apart(lambda: self._ledger.revive(once, version=below.VERSION))

    async def prune(self, before: datetime) -> int:
        """Forget flows that ended before; their keys with them, so that the same `once` would begin anew."""
        return await self._apart(lambda: self._ledger.prune(before), seconds=None)

    def live_replicas(self) -> int:
        return self._takeover.live_replicas if self._takeover else 1

    async def _apart(self, doing: Callable[[], Coroutine[Any, Any, T]], *, seconds: float | None = ANSWERS_WITHIN) -> T:
        """Outside whatever flow or step we are called from: it would count as one of its steps."""
        if self._around.gate.closed:
            raise EngineClosing
        async with asyncio.timeout(seconds):
            await self._around.gate.opened()
            return await asyncio.create_task(doing(), context=contextvars.Context())

    async def _stop_work(self) -> None:
        """Let the tries under way end, then drop the flows: they go on at the next start."""
        self._around.gate.close()
        if not await self._around.gate.drained(self._drain_seconds):
            log.warning("some steps were cut off; they will be looked at again at the next start")
        below.quiet_logs(logging.ERROR)  # it warns of every flow dropped
        await self._drop_flows()

    async def _drop_flows(self) -> None:
        mine = set(self._running)
        for task in mine:
            task.cancel()
        if mine:
            await asyncio.wait(mine, timeout=5)

    async def _lost_to_others(self) -> None:
        """Others thought us dead: what we had is theirs, and what they overlooked is anybody's."""
        await self._drop_flows()
        await below.recover([self._executor_id])

    async def _forgive(self, connections: sa.Engine, *, after: float = 0.0) -> None:
        await asyncio.sleep(after)
        try:
            await asyncio.to_thread(forgive_crashes, connections, self._executor_id)
        except SQLAlchemyError as error:
            log.warning("earlier crashes still count", error=type(error).__name__)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
