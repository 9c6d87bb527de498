"""What all tests share: a test that needs a program says so, and is skipped where it is missing, except in CI."""

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.postgres import PostgresServer, postgres_server, programs


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("program"):
        for program in marker.args:
            if not _installed(program):
                package = "postgresql" if program == "postgres" else program
                reason = f"needs {program}, which is not installed (apt-get install {package})"
                if os.environ.get("CI") == "true":
                    pytest.fail(reason, pytrace=False)
                pytest.skip(reason)


def _installed(program: str) -> bool:
    """On the path, or, for PostgreSQL, where Debian keeps it."""
    return bool(programs()) if program == "postgres" else shutil.which(program) is not None


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
