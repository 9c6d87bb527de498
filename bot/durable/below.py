"""The engine below ours: how it is set up, that the environment changes nothing in it, and how it is shut."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from dbos._utils import GlobalParams

from bot.durable.database import SCHEMA

VERSION = "1"
"""Constant, so that flows of an older build go on under a newer one; a changed flow then fails loudly, not silently."""
CRASHES = 10
"""A flow that was under way at so many crashes in a row is parked."""
THREADS = 16
QUIET = ("Exception encountered in asynchronous workflow", "Workflow already exists in queue: _dbos_internal_queue")


def set_up(engine: sa.Engine, *, name: str, executor_id: str) -> None:
    quiet_logs(logging.WARNING)
    GlobalParams.dbos_cloud = False  # read from DBOS__CLOUD at import, and then nothing that is set here would count
    DBOS(
        config=DBOSConfig(
            name=name,
            application_version=VERSION,
            executor_id=executor_id,
            # Only the kind of database is read from it; the connections come from our engine, and so no password here.
            system_database_url="sqlite:///ours" if engine.dialect.name == "sqlite" else "postgresql://ours/ours",
            system_database_engine=engine,
            dbos_system_schema=SCHEMA,
            serializer=DBOSPortableJSONSerializer(),
            max_executor_threads=THREADS,
            scheduler_polling_interval_sec=5.0,
            notification_listener_polling_interval_sec=0.5,
            log_level="WARNING",
            enable_otlp=False,
            run_migrations=True,
            use_listen_notify=True,
        )
    )


def quiet_logs(level: int) -> None:
    """Its messages go the way of all others; without a handler of ours it would print to the console."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    if not any(isinstance(one, _SaidAlready) for one in logger.filters):
        logger.addFilter(_SaidAlready())
    logger.propagate = True
    logger.setLevel(level)


class _SaidAlready(logging.Filter):
    """A flow's end by a mistake is logged by us, with its key; to begin one again under its key is no mistake."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith(QUIET)


async def recover(executors: list[str]) -> None:
    """Put what these executors had under way back into the queue."""
    # The library has no public way; should this one go, the takeover tests say so.
    await asyncio.to_thread(DBOS._recover_pending_workflows, executors)  # noqa: SLF001


async def shut() -> None:
    """From a thread that is not its own; and the loop gets threads of its own again."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as apart:
        await loop.run_in_executor(apart, lambda: DBOS.destroy(destroy_registry=True))
    loop.set_default_executor(ThreadPoolExecutor())
