"""Migrations: a new database gets every table, and a second start changes nothing."""

from pathlib import Path

import sqlalchemy as sa

from bot.store.migrate import upgrade, version
from bot.store.tables import metadata


async def test_a_new_database_gets_every_table_and_column(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'daywatch.db'}"
    await upgrade(url)
    await upgrade(url)
    current, ours = version(url)
    assert current == ours is not None
    engine = sa.create_engine(url)
    try:
        found = sa.inspect(engine)
        for table in metadata.sorted_tables:
            there = {column["name"] for column in found.get_columns(table.name)}
            assert there == {column.name for column in table.columns}, table.name
    finally:
        engine.dispose()
