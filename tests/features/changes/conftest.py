"""A desk of its own for each test, on the real store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.features.changes.desk import Desk
from tests.features.incidents.world import world_of
from tests.store import opened


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as store:
        yield Desk(world=world_of(store))
