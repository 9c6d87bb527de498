"""A workspace of its own for each test, with an app on its socket, before a browser that a whole module shares."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from bot.local.workspace import LocalConfig, Patience
from tests.local.page.visiting import Visitor, browsing, visiting
from tests.local.slack.desk import App, Desk, connected, seated

NOWHERE = "http://127.0.0.1:9"
# Browsers are slow on a busy machine; what is tested here is the page, not Slack's three seconds.
CALM = Patience(ack_seconds=20.0, redeliver_after=(0.05, 0.1), trigger_seconds=60.0, refresh_grace_seconds=0.1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser belongs to the loop it was started in: the tests of a module run in one."""
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest_asyncio.fixture(loop_scope="module")
async def desk() -> AsyncIterator[Desk]:
    async with seated(LocalConfig.fresh(None, 0, NOWHERE, patience=CALM, limits="off")) as desk:
        yield desk


@pytest_asyncio.fixture(loop_scope="module")
async def app(desk: Desk) -> AsyncIterator[App]:
    async with connected(desk) as app:
        yield app


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with browsing() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def ann(desk: Desk, browser: Browser) -> AsyncIterator[Visitor]:
    async with visiting(browser, desk.config.url) as visitor:
        yield visitor
