"""The wiring: what is refused before anything is touched."""

from pathlib import Path

import pytest

from bot.app import Daywatch
from bot.domain.plan import Plan
from bot.durable.database import FolderInUse, only_one
from bot.settings import PlanFile, load_settings


async def test_a_second_process_leaves_the_first_ones_files_alone(tmp_path: Path) -> None:
    settings = load_settings({"DAYWATCH_DATA_DIR": str(tmp_path), "DAYWATCH_CONFIG": ""})
    second = Daywatch(settings=settings, file=PlanFile(None, Plan()))
    with only_one(tmp_path / "engine.db"), pytest.raises(FolderInUse, match="another Daywatch uses this folder"):
        async with second.running():
            raise AssertionError("two at work in one folder")
    assert not (tmp_path / "daywatch.db").exists()
