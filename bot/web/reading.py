"""Reading what CI posts: small bodies in a thread, large ones in a child process that can hold up and hurt nobody."""

import asyncio
import contextlib
import json
import os
import pickle
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bot.domain.capabilities import ReportReader
from bot.domain.errors import Unreadable
from bot.domain.report import Report
from bot.web.bounds import TooLarge
from bot.web.reading_child import HEAD, told_by
from bot.web.unpacking import unpacked

SMALL: Final = 256 * 1024
"""Bytes. Python reads JSON of this size in a few milliseconds, during which nothing else goes on."""
LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a body, unpacked."""
PATIENCE: Final = 60.0
_PIECE: Final = 256 * 1024
_CHILD: Final = Path(__file__).with_name("reading_child.py")
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH")
"""What the child gets of our surroundings: no secret is among it."""


class TooHard(Exception):
    """Within the bounds of time and memory it could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """As it came. `about` is the query of the address."""

    content: bytes | bytearray = field(repr=False)
    gzipped: bool
    about: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One child at a time: its memory is many times the body's."""

    small: int = SMALL
    largest: int = LARGEST
    patience: float = PATIENCE
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, thread_name_prefix="reports"))

    async def read(self, reader: ReportReader, body: Body) -> Report:
        """Raises `Unreadable`, `TooLarge` or `TooHard`."""
        if not body.gzipped and len(body.content) > self.largest:
            raise TooLarge
        inside = asyncio.get_running_loop().run_in_executor
        content = await inside(self._threads, self._small, body)
        if content is not None:
            return _told(await inside(self._threads, told_by, reader, content, body.about))
        async with self._turn:
            return await self._child(reader, body)

    def _small(self, body: Body) -> bytes | None:
        """The body where it is small, unpacked too; None where it is not."""
        if len(body.content) > self.small:
            return None
        if not body.gzipped:
            return bytes(body.content)
        try:
            return unpacked(body.content, most=self.small)
        except TooLarge:
            return None

    async def _child(self, reader: ReportReader, body: Body) -> Report:
        head = pickle.dumps((reader, dict(body.about), body.gzipped, self.largest))
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", str(_CHILD)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # a traceback would quote what was posted
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
        )
        try:
            async with asyncio.timeout(self.patience):
                await _send(child, (len(head).to_bytes(HEAD), head, body.content))
                told = await child.stdout.read() if child.stdout is not None else b""
                await child.wait()
        except TimeoutError as error:
            raise TooHard from error
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        if child.returncode != 0:
            raise TooHard
        return _told(json.loads(told))


async def _send(child: asyncio.subprocess.Process, parts: Iterable[bytes | bytearray]) -> None:
    """Piece by piece: a large body is not copied, and nobody waits for all of it."""
    if child.stdin is None:
        return
    with contextlib.suppress(ConnectionError):  # it ended early, and its exit status says so
        for part in parts:
            for begin in range(0, len(part), _PIECE):
                child.stdin.write(memoryview(part)[begin : begin + _PIECE])
                await child.stdin.drain()
    child.stdin.close()


def _told(told: Mapping[str, Any]) -> Report:
    """Any: plain JSON."""
    match told["kind"]:
        case "large":
            raise TooLarge
        case "hard":
            raise TooHard
        case "unreadable":
            raise Unreadable(told["words"])
        case "mistake":
            raise RuntimeError(f"a reader of reports broke: {told['words']}")
    made = told["made_at"]
    return Report(
        name=told["name"],
        facts=told["facts"],
        words=told["words"],
        made_at=datetime.fromisoformat(made) if made else None,
    )
