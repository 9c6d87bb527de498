"""A world of its own for each test, on the real store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.features.incidents.world import World, world_of
from tests.store import opened


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as store:
        yield world_of(store)
