"""Where the engine keeps its journal: a file of its own, for one process, or PostgreSQL, for several."""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy import event

SCHEMA = "engine"
FRACTIONS_SINCE: Final = (3, 42, 0)
"""The SQLite from which on `unixepoch('subsec')` is known; Debian 12 has an older one."""


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """`held`: whoever made this holds the folder's lock already."""

    path: Path
    held: bool = False


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    url: SecretStr = field(repr=False)

    def for_driver(self) -> sa.URL:
        return sa.make_url(self.url.get_secret_value()).set(drivername="postgresql+psycopg")


class FolderInUse(Exception):
    """Another process works with this folder; two on one SQLite file would each redo the other's work."""


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the folder's lock. The system frees it when the process ends, however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_suffix(".lock")
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode("ascii", "replace").strip() or "unknown"
            raise FolderInUse(f"another Daywatch uses this folder (pid {holder}): {path.parent}") from None
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode("ascii"))
        yield
    finally:
        os.close(handle)


def sqlite_engine(path: Path) -> sa.Engine:
    """The journal's own engine. A power cut may take its last moments, which are then handed over again."""
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"isolation_level": "IMMEDIATE"})

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:  # the driver's own connection, which has no common type
        for pragma in ("busy_timeout=30000", "foreign_keys=ON", "journal_mode=WAL", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {pragma}").close()
        if sqlite3.sqlite_version_info < FRACTIONS_SINCE:
            connection.create_function("unixepoch", 1, _unixepoch)

    return engine


def _unixepoch(of: object) -> float | None:
    """What the engine below stamps its rows with from Python 3.12 on; an older SQLite answers NULL to it."""
    return round(time.time(), 3) if of == "subsec" else None


def session_name(executor_id: str) -> str:
    """How a replica's sessions are called at the server, which keeps 63 bytes of it: the end is what differs."""
    return f"daywatch {executor_id[-40:]}"


def postgres_engine(url: sa.URL, executor_id: str) -> sa.Engine:
    return sa.create_engine(
        url,
        pool_size=10,  # a server has 100 connections by default, for several replicas and the store
        max_overflow=0,
        pool_timeout=30,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 10,
            "application_name": session_name(executor_id),
            # A frozen replica must not hold rows for ever.
            "options": options_of(url, "-c idle_in_transaction_session_timeout=30s"),
        },
    )


def options_of(url: sa.URL, ours: str) -> str:
    """Server options: those of the address, then ours."""
    theirs = url.query.get("options", "")
    return " ".join(filter(None, [theirs if isinstance(theirs, str) else " ".join(theirs), ours]))


def forgive_crashes(engine: sa.Engine, executor_id: str) -> None:
    """What has been under way for a while did not bring this process down: its earlier crashes no longer count.

    Without this, ten crashes of the process would park every flow that happened to be waiting.
    """
    flows = sa.table(
        "workflow_status",
        sa.column("executor_id", sa.Text),
        sa.column("status", sa.Text),
        sa.column("recovery_attempts", sa.BigInteger),
        schema=SCHEMA if engine.dialect.name == "postgresql" else None,
    )
    mine = sa.and_(flows.c.executor_id == executor_id, flows.c.status == "PENDING", flows.c.recovery_attempts > 1)
    with engine.begin() as connection:
        connection.execute(sa.update(flows).where(mine).values(recovery_attempts=1))
