"""A workspace of its own for each test, with an app on its socket and, where asked for, browsers before its page."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from bot.local.workspace import LocalConfig, Patience
from tests.local.page.visiting import Visitor, browsing, visiting
from tests.local.slack.desk import App, Desk, connected, seated

NOWHERE = "http://127.0.0.1:9"
# Browsers are slow on a busy machine; what is tested here is the page, not Slack's three seconds.
CALM = Patience(ack_seconds=20.0, redeliver_after=(0.05, 0.1), trigger_seconds=60.0, refresh_grace_seconds=0.1)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with seated(LocalConfig.fresh(None, 0, NOWHERE, patience=CALM, limits="off")) as desk:
        yield desk


@pytest.fixture
async def app(desk: Desk) -> AsyncIterator[App]:
    async with connected(desk) as app:
        yield app


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with browsing() as browser:
        yield browser


@pytest.fixture
async def ann(desk: Desk, browser: Browser) -> AsyncIterator[Visitor]:
    async with visiting(browser, desk.config.url) as visitor:
        yield visitor
