"""What all tests share: a test that needs a program says so, and is skipped where it is missing, except in CI."""

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.postgres import PostgresServer, postgres_server, programs


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("program"):
        for program in marker.args:
            if shutil.which(program) is None:
                reason = f"needs {program}, which is not installed (apt-get install {program})"
                if os.environ.get("CI") == "true":
                    pytest.fail(reason, pytrace=False)
                pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests of a process; each takes a new database in it."""
    folder = programs()
    if folder is None:
        reason = "needs PostgreSQL, which is not installed (apt-get install postgresql)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with postgres_server(folder) as server:
        yield server
