"""Brings the database to our version at start, one process at a time; other replicas may run the version before."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
import structlog
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from bot.domain.errors import StoreDown
from bot.store.database import KEEPALIVE, SCHEMA, session_options

log = structlog.get_logger(__name__)

_LOCK = 7_302_114
"""An arbitrary number, ours for ever: the advisory lock that one replica holds while it migrates."""
_REFUSED = re.compile(r"FATAL:\s+(.*(?:authentication failed|does not exist|no pg_hba\.conf entry).*)")
"""What waiting does not mend. A server that is starting, stopping or full says something else."""

_NO_FILE = "unable to open database file"


class StoreRefused(Exception):
    """The database is there and does not want us: the text says why, in its own words."""


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _engine(url: str) -> sa.Engine:
    plain = make_url(url)
    if plain.get_backend_name() == "sqlite":
        folder = Path(plain.database or "daywatch.db").parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreRefused(f"its folder {folder} cannot be made ({error.strerror})") from error
        return sa.create_engine(plain.set(drivername="sqlite"), connect_args={"timeout": 30})
    return sa.create_engine(
        plain.set(drivername="postgresql+psycopg"),
        connect_args={"application_name": "daywatch migration", "options": session_options(url, {}), **KEEPALIVE},
    )


def upgrade_now(url: str) -> None:
    """Synchronous: used by the command line, and by `upgrade` in a thread of its own.

    Raises `StoreDown` when the database does not answer, and `StoreRefused` when it never will.
    """
    engine = _engine(url)
    try:
        with _told(), engine.connect() as connection, _alone(connection):
            current = MigrationContext.configure(connection).get_current_revision()
            if current is not None and current not in _ours():
                # A newer replica was here. What it added does not disturb us: versions only ever add.
                log.info("the database is a version ahead of this one", version=current)
                return
            command.upgrade(_config(connection), "head")
            connection.commit()
    finally:
        engine.dispose()


@contextmanager
def _alone(connection: sa.Connection) -> Iterator[None]:
    """One replica at a time; SQLite has one process, and locks its file itself."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        yield
        return
    connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
    # Looked for first: a role that may not create anything can work with what is there.
    if connection.execute(sa.text("SELECT to_regnamespace(:name)"), {"name": SCHEMA}).scalar_one() is None:
        connection.execute(sa.text(f"CREATE SCHEMA {SCHEMA}"))
    connection.commit()
    yield
    connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
    connection.commit()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if refused := _REFUSED.search(str(error.orig)):
            raise StoreRefused(refused[1]) from error
        if _NO_FILE in str(error.orig):
            raise StoreRefused(f"its file cannot be opened ({_NO_FILE})") from error
        if error.statement is None or error.connection_invalidated:
            raise StoreDown(f"the database does not answer ({str(error.orig).splitlines()[0][:200]})") from error
        raise


def _ours() -> set[str]:
    return {one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions()}


async def upgrade(url: str) -> None:
    """The same, beside the event loop."""
    with ThreadPoolExecutor(1) as pool:
        await asyncio.get_running_loop().run_in_executor(pool, upgrade_now, url)


def version(url: str) -> tuple[str | None, str | None]:
    """The database's version, and ours."""
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    return current, ScriptDirectory.from_config(_config()).get_current_head()
