"""A dead replica's flows go on elsewhere: heartbeats by the database's clock, and whoever looks first takes over."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.durable.database import SCHEMA, options_of, session_name

log = structlog.get_logger(__name__)

ONE_LOOKS = 0x6461_7977
"""The advisory lock under which one replica at a time looks for the dead, or sets up the table."""

SET_UP = (
    f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}",
    f"CREATE TABLE IF NOT EXISTS {SCHEMA}.replica (executor_id text PRIMARY KEY, beat_at timestamptz NOT NULL)",
)
# A row that had to be inserted (xmax 0) was not there: the first beat, or somebody thought us dead.
BEAT = sa.text(f"""
    INSERT INTO {SCHEMA}.replica (executor_id, beat_at) VALUES (:me, clock_timestamp())
    ON CONFLICT (executor_id) DO UPDATE SET beat_at = clock_timestamp() RETURNING xmax = 0
""")  # noqa: S608  # the schema is our own constant
LIVE = sa.text(f"""
    SELECT count(*) FROM {SCHEMA}.replica WHERE beat_at > clock_timestamp() - make_interval(secs => :dead_after)
""")  # noqa: S608  # as above
DEAD = sa.text(f"""
    SELECT DISTINCT flow.executor_id
    FROM {SCHEMA}.workflow_status AS flow LEFT JOIN {SCHEMA}.replica AS replica USING (executor_id)
    WHERE flow.status = 'PENDING' AND flow.executor_id <> :me
      AND (replica.beat_at IS NULL OR replica.beat_at < clock_timestamp() - make_interval(secs => :dead_after))
""")  # noqa: S608  # as above
# A frozen one may hold locks on the very rows to be taken over; and it is to write nothing more when it thaws.
FENCE = sa.text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ANY(:sessions)"
    " AND datname = current_database()"
)
BURY = sa.text(f"""
    DELETE FROM {SCHEMA}.replica WHERE beat_at < clock_timestamp() - make_interval(secs => :dead_after)
""")  # noqa: S608  # as above
LEAVE = sa.text(f"DELETE FROM {SCHEMA}.replica WHERE executor_id = :me")  # noqa: S608  # as above


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """All in seconds."""

    beat_every: float = 5.0
    look_every: float = 10.0
    dead_after: float = 30.0


class Takeover:
    """`recover` puts the flows of these executors back into the queue; `lost` drops ours, which others have now."""

    def __init__(
        self,
        url: sa.URL,
        *,
        me: str,
        pace: Pace,
        recover: Callable[[list[str]], Awaitable[None]],
        lost: Callable[[], Awaitable[None]],
    ) -> None:
        self._engine = create_async_engine(
            url,
            pool_size=2,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": 5,
                "application_name": "daywatch heartbeat",
                # A frozen replica must not hold the lock, nor a slow database our beat.
                "options": options_of(url, "-c statement_timeout=10s -c idle_in_transaction_session_timeout=30s"),
            },
        )
        self._me = me
        self._pace = pace
        self._recover = recover
        self._lost = lost
        self._beat_at: float | None = None
        self._live = 1

    def alive(self) -> bool:
        """Whether the others must still think us alive, so that what we do is ours to do."""
        return self._beat_at is not None and time.monotonic() - self._beat_at < self._pace.dead_after

    @property
    def live_replicas(self) -> int:
        return max(1, self._live)

    async def begin(self) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ONE_LOOKS})
            # Looked for first: a role that may not create anything can work with what is there.
            if (await connection.execute(sa.text(f"SELECT to_regclass('{SCHEMA}.replica')"))).scalar_one() is None:
                for statement in SET_UP:
                    await connection.execute(sa.text(statement))
        await self.beat()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(self._for_ever(self.beat, self._pace.beat_every, first=self._pace.beat_every))
            both.create_task(self._for_ever(self.look, self._pace.look_every, first=0.0))

    async def end(self) -> None:
        """Leave at once, so that what waits with us goes on elsewhere without the long silence."""
        try:
            async with self._engine.begin() as connection:
                await connection.execute(LEAVE, {"me": self._me})
        except (SQLAlchemyError, OSError) as error:
            log.warning("left without saying so", error=type(error).__name__)
        await self._engine.dispose()

    async def _for_ever(self, doing: Callable[[], Awaitable[None]], every: float, *, first: float) -> None:
        await asyncio.sleep(first)
        while True:
            try:
                async with asyncio.timeout(self._pace.dead_after):
                    await doing()
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("heartbeat or takeover failed", error=type(error).__name__)
            except Exception:  # without heartbeats all work stops: they must outlive any mistake
                log.exception("heartbeat or takeover failed by our own mistake")
            await asyncio.sleep(every)

    async def beat(self) -> None:
        # Taken before the question, so that we stop before the others begin, never after.
        began = time.monotonic()
        async with self._engine.begin() as connection:
            inserted = (await connection.execute(BEAT, {"me": self._me})).scalar_one()
            live = (await connection.execute(LIVE, {"dead_after": self._pace.dead_after})).scalar_one()
        self._live = int(live)
        if inserted and self._beat_at is not None:
            log.warning("was thought dead; others have our flows now", executor=self._me)
            await self._lost()
        self._beat_at = began

    async def look(self) -> None:
        """Take over from whoever is silent for too long. One replica at a time looks."""
        limit = {"me": self._me, "dead_after": self._pace.dead_after}
        async with self._engine.begin() as connection:
            locked = await connection.execute(sa.text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": ONE_LOOKS})
            if not self.alive() or not locked.scalar_one():
                return
            dead = [str(row[0]) for row in await connection.execute(DEAD, limit)]
            if dead:
                log.warning("taking over from dead replicas", executors=dead)
                await connection.execute(FENCE, {"sessions": [session_name(executor) for executor in dead]})
                await self._recover(dead)
            await connection.execute(BURY, {"dead_after": self._pace.dead_after})
