"""The journal's file: what the engine below expects of SQLite is there, also where SQLite is older than Python."""

import time
from pathlib import Path

import sqlalchemy as sa

from bot.durable.database import sqlite_engine


def test_moments_are_stamped_by_an_old_sqlite_too(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / "engine.db")
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE t (a, at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))"))
        connection.execute(sa.text("INSERT INTO t (a) VALUES (1)"))
        stamped = connection.execute(sa.text("SELECT at FROM t")).scalar_one()
    engine.dispose()
    assert abs(stamped / 1000 - time.time()) < 60
