"""Reads one posted body and tells what it says: for large ones run by itself, in a process of its own.

Reader and body come from stdin, JSON goes to stdout.
"""

import json
import pickle
import resource
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run in isolation: nobody else says where we are

from bot.domain.capabilities import ReportReader
from bot.domain.errors import Unreadable
from bot.web.bounds import TooLarge
from bot.web.unpacking import unpacked

MEMORY = 1536 * 1024 * 1024
SECONDS = 60
HEAD = 8
"""Bytes of the number that says how long the first part is."""


def told_by(reader: ReportReader, content: bytes, about: Mapping[str, str]) -> dict[str, Any]:
    """What the reader says of it, or how it failed, as plain JSON."""
    try:
        report = reader.report(content, about)
    except Unreadable as error:
        return {"kind": "unreadable", "words": str(error)}
    except MemoryError:
        return {"kind": "hard"}
    except Exception as error:  # noqa: BLE001 - its text may quote what was posted: only what and where goes on
        return {"kind": "mistake", "words": f"{type(error).__name__} {_where(error)}"}
    made = report.made_at.isoformat() if report.made_at else None
    return {"kind": "report", "name": report.name, "facts": report.facts, "words": report.words, "made_at": made}


def _where(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""


def main() -> None:
    _bound()
    given = sys.stdin.buffer
    # From our own process alone: nobody outside writes to this pipe.
    reader, about, gzipped, largest = pickle.loads(given.read(int.from_bytes(given.read(HEAD))))  # noqa: S301 - see above
    try:
        body = given.read()
        told = told_by(reader, unpacked(body, most=largest) if gzipped else body, about)
    except Unreadable as error:
        told = {"kind": "unreadable", "words": str(error)}
    except TooLarge:
        told = {"kind": "large"}
    sys.stdout.write(json.dumps(told, allow_nan=False))


def _bound() -> None:
    """Whoever posts something that unfolds without end ends this process, and no other."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    with suppress(OSError):  # not on every system: where memory runs out, this one goes first
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    main()
