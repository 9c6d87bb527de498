"""Brings the database to our version at start, one process at a time; other replicas may run the version before."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url

from bot.store.database import SCHEMA

_LOCK = 7_302_114
"""An arbitrary number, ours for ever: the advisory lock that one replica holds while it migrates."""


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _engine(url: str) -> sa.Engine:
    plain = make_url(url)
    if plain.get_backend_name() == "sqlite":
        Path(plain.database or "daywatch.db").parent.mkdir(parents=True, exist_ok=True)
        return sa.create_engine(plain.set(drivername="sqlite"), connect_args={"timeout": 30})
    return sa.create_engine(
        plain.set(drivername="postgresql+psycopg"),
        connect_args={"options": f"-csearch_path={SCHEMA},public", "connect_timeout": 5},
    )


def upgrade_now(url: str) -> None:
    """Synchronous: used by the command line, and by `upgrade` in a thread of its own."""
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
                connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
                connection.commit()
            else:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            command.upgrade(_config(connection), "head")
            connection.commit()
            if engine.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
                connection.commit()
    finally:
        engine.dispose()


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
