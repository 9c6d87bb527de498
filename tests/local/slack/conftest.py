"""A workspace of its own for each test, on a free loopback port."""

from collections.abc import AsyncIterator

import pytest

from bot.local.workspace import LocalConfig
from tests.local.slack.desk import QUICK, App, Clock, Desk, connected, seated

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def desk(clock: Clock) -> AsyncIterator[Desk]:
    async with seated(LocalConfig.fresh(None, 0, NOWHERE, patience=QUICK), clock) as desk:
        yield desk


@pytest.fixture
async def app(desk: Desk) -> AsyncIterator[App]:
    async with connected(desk) as app:
        yield app
