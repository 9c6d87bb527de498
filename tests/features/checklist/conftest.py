"""The feature on a real store of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.features.checklist.world import World, a_world
from tests.store import opened


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as store:
        yield a_world(store)
