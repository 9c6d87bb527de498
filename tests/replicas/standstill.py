"""A database server that stands still: it is there, and answers nothing."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import PostgresServer


@contextmanager
def standing_still(server: PostgresServer) -> Iterator[None]:
    mother = int((server.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    # The mother first, so that no new one is born meanwhile.
    os.kill(mother, signal.SIGSTOP)
    family = [mother, *_children(mother)]
    for pid in family[1:]:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(family):
            os.kill(pid, signal.SIGCONT)


def _children(mother: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it ended while we looked
            if parent == mother:
                found.append(int(entry.name))
    return found
