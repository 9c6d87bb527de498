"""A PostgreSQL server for the tests of the durable room."""

import os
from collections.abc import Iterator

import pytest

from tests.postgres import PostgresServer, postgres_server, programs


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    folder = programs()
    if folder is None:
        reason = "needs PostgreSQL, which is not installed (apt-get install postgresql)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with postgres_server(folder) as server:
        yield server
