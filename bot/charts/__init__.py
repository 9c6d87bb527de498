"""Pictures of trends, drawn in a child process: the drawing library is large, and no part of a bot that waits."""

import asyncio
import contextlib
import json
import os
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from bot.domain.capabilities import Painter
from bot.domain.errors import Unavailable
from bot.domain.trend import Crossing

_DRAWING: Final = Path(__file__).with_name("draw.py")
_LARGEST: Final = 1_000_000
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH")
"""What the child gets of our surroundings: no secret is among it."""


@dataclass(frozen=True, slots=True)
class ChildPainter(Painter):
    """`folder` is where the library keeps what it has found out about fonts."""

    folder: Path
    patience: float = 60.0
    drawing: Path = _DRAWING

    async def png(self, crossing: Crossing) -> bytes:
        surroundings = {name: os.environ[name] for name in _KEPT if name in os.environ}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", str(self.drawing)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=surroundings | {"MPLCONFIGDIR": str(self.folder.absolute())},
            )
        except OSError as error:
            raise Unavailable(f"the picture could not be drawn: {error.strerror}") from error
        try:
            async with asyncio.timeout(self.patience):
                picture, complaint = await child.communicate(json.dumps(_plain(crossing)).encode())
        except TimeoutError as error:
            raise Unavailable(f"no picture was drawn in {self.patience:.0f} s") from error
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        if child.returncode != 0 or not picture.startswith(_PNG) or len(picture) > _LARGEST:
            last = complaint.decode(errors="replace").strip().rpartition("\n")[2]
            raise Unavailable(f"the picture could not be drawn: {last[:200] or 'no reason was given'}")
        return picture


def _plain(crossing: Crossing) -> dict[str, object]:
    """All that the child needs to know, as JSON: days are numbers, and how they are called."""
    trend, today = crossing.trend, crossing.today
    last = trend.points[-1][0]
    end = max(crossing.on, today + timedelta(days=1))
    days = [day for day, _ in trend.points]
    return {
        "title": trend.name,
        "unit": trend.unit,
        "limit": trend.limit,
        "points": [[(day - today).days, value] for day, value in trend.points],
        "line": [[(day - today).days, crossing.at(day)] for day in (last, end)],
        "days": [[(day - today).days, f"{day.day} {day:%b}"] for day in (days[0], days[len(days) // 2], last, end)],
    }
