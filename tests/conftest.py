"""What all tests share: a test that needs a program says so, and is skipped where it is missing, except in CI."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.postgres import PostgresServer, postgres_server, programs

HERE: Final = Path(__file__).parent
os.environ.setdefault("EOL_SOURCE", "")  # no test asks anybody beyond this machine
PACKAGES: Final = {
    "postgres": "postgresql",
    "dovecot": "dovecot-imapd",
    "ansible-playbook": "ansible",
    "promtool": "prometheus",
    "/usr/share/prometheus-node-exporter-collectors/apt_info.py": "prometheus-node-exporter-collectors python3-apt",
}
"""Where a program comes in a package of another name."""
ONE_HOUSE: Final = ("tests/replicas/",)
"""Folders whose files share what takes long to build."""
LONGEST_FIRST: Final = ("replicas", "journeys", "test_docker.py", "local/page", "durable", "integrations/contract")


_TIMED: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:")


_A_MOMENT: Final = 1_500_000_000
"""Seconds since 1970; more are a time too."""


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """What may hold the clock names no test: several processes must find the same names."""
    clock = isinstance(val, bytes) or (isinstance(val, str) and _TIMED.search(val) is not None)
    return argname if clock or (isinstance(val, int | float) and val > _A_MOMENT) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest stories begin first, so that none of the processes is left alone with one at the end."""
    items.sort(key=lambda item: _rank(item.path.relative_to(HERE).as_posix()))


def _rank(place: str) -> int:
    return next((at for at, one in enumerate(LONGEST_FIRST) if place.startswith(one)), len(LONGEST_FIRST))


class Stories(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """A file is one story: one of the processes that share the tests tells all of it, in its order.

    xdist's own `loadgroup` reads a mark by way of the node's id, which pytest 9.1 no longer lets it change.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((one for one in ONE_HOUSE if file.startswith(one)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Stories:
    return Stories(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("program"):
        for program in marker.args:
            if not _installed(program):
                package = PACKAGES.get(program, program)
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
