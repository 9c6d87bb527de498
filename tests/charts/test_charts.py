"""A trend as a picture: drawn by a child that gets no secret, and given up when it does not come."""

import struct
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.charts import ChildPainter
from bot.domain.errors import Unavailable
from bot.domain.trend import Crossing, Trend, crossing

TODAY = date(2026, 11, 23)


def rising(name: str = "Alerts a day, platform") -> Crossing:
    values = [3, 4, 3, 6, 5, 8, 7, 9, 8, 11, 10, 12, 14, 15]
    points = [(TODAY - timedelta(days=14 - place), float(value)) for place, value in enumerate(values)]
    found = crossing(Trend(name=name, unit="a day", limit=20, points=points), TODAY)
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["Alerts a day, platform", "$\\frac{ \u202e 😀 " + "x" * 80])
async def test_a_picture_has_the_size_of_a_phone_s_message_whatever_the_team_is_called(
    tmp_path: Path, name: str
) -> None:
    picture = await ChildPainter(tmp_path).png(rising(name))
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", picture[16:24]) == (800, 400)
    assert "matplotlib" not in sys.modules, "only the child knows it"


def child(folder: Path, program: str) -> Path:
    made = folder / "draw.py"
    made.write_text(program)
    return made


async def test_the_child_gets_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    told = "import os, sys; sys.exit('|'.join(sorted(os.environ)))"
    with pytest.raises(Unavailable) as failed:
        await ChildPainter(tmp_path, drawing=child(tmp_path, told)).png(rising())
    assert "MPLCONFIGDIR" in str(failed.value)
    assert "SLACK" not in str(failed.value)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("raise SystemExit('no such font')", "could not be drawn: no such font"),
        ("print('not a picture')", "could not be drawn: no reason was given"),
        ("import time; time.sleep(60)", "no picture was drawn in 0 s"),
    ],
)
async def test_a_picture_that_does_not_come_is_done_without(tmp_path: Path, program: str, words: str) -> None:
    hasty = 0.3 if "sleep" in program else 30.0
    with pytest.raises(Unavailable, match=words):
        await ChildPainter(tmp_path, patience=hasty, drawing=child(tmp_path, program)).png(rising())


async def test_a_folder_that_cannot_be_made_costs_the_picture_only(tmp_path: Path) -> None:
    (tmp_path / "charts").write_text("a file")
    with pytest.raises(Unavailable, match="could not be drawn"):
        await ChildPainter(tmp_path / "charts" / "below").png(rising())


def test_the_bot_starts_without_the_drawing_library() -> None:
    program = (
        "import sys, bot.assembly, bot.charts; print([one for one in ('matplotlib', 'numpy') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
