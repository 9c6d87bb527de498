"""A store of its own for each test, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.database import Store
from tests.postgres import PostgresServer
from tests.store import opened, opened_on_postgres


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.program("postgres"))])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database that is not there yet (SQLite) or empty (PostgreSQL)."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'daywatch.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.program("postgres"))])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "sqlite":
        async with opened(tmp_path) as made:
            yield made
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    async with opened_on_postgres(server) as made:
        yield made


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Store]:
    """For what is SQLite's own: one writer, its pragmas."""
    async with opened(tmp_path) as made:
        yield made
