"""The first two minutes with the real bot: each hint is ticked by what really happened, to the end of the circle."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.local.page.visiting import DESKTOP, PHONE, Visitor, visiting

pytestmark = [pytest.mark.program("chromium"), pytest.mark.timeout(180)]

ROOT = Path(__file__).parents[3]
_OURS = ("SLACK_", "PAGERDUTY_", "JIRA_", "DAYWATCH_", "PROMETHEUS_", "ALERTMANAGER_", "ARGOCD_", "DATABASE_")


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


@asynccontextmanager
async def _serving(folder: Path) -> AsyncIterator[str]:
    """`daywatch serve` as a stranger starts it: no account anywhere."""
    port, local = _free_ports(2)
    settings = {"DAYWATCH_DATA_DIR": str(folder), "DAYWATCH_PORT": str(port), "DAYWATCH_LOCAL_PORT": str(local)}
    clean = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    with (folder / "log").open("wb") as log:
        bot = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "serve", cwd=ROOT, env=clean | settings, stdout=log, stderr=log
        )
        try:
            url = f"http://127.0.0.1:{local}"
            await _ready(url, bot, folder / "log")
            yield url
        finally:
            if bot.returncode is None:
                bot.terminate()
            await bot.wait()


async def _ready(url: str, bot: asyncio.subprocess.Process, log: Path) -> None:
    """Until the bot is connected and has posted this morning's digest."""
    async with asyncio.timeout(60), httpx.AsyncClient(base_url=url, trust_env=False) as client:
        while True:
            assert bot.returncode is None, f"it stopped; see {log}"
            try:
                channel = (await client.get("/_/slack/channels/C0PLATOPS")).json()
            except (httpx.TransportError, json.JSONDecodeError):
                channel = {}
            if channel.get("messages"):
                return
            await asyncio.sleep(0.2)


@pytest_asyncio.fixture(loop_scope="module", params=[DESKTOP, PHONE], ids=["desk", "phone"])
async def visitor(request: pytest.FixtureRequest, tmp_path: Path, browser: Browser) -> AsyncIterator[Visitor]:
    async with _serving(tmp_path) as url, visiting(browser, url, request.param) as visitor:
        yield visitor


async def _hint(visitor: Visitor, words: str) -> None:
    await expect(visitor.page.locator("#guide")).to_contain_text(words)


async def test_the_guide_leads_once_round_the_circle(visitor: Visitor) -> None:
    page = visitor.page
    main, show_me = page.get_by_role("main"), page.get_by_role("link", name="Show me")
    await visitor.go()

    await expect(main).to_contain_text("5 of 9 need you")
    await expect(main).to_contain_text("example-search: progressing for")
    await _hint(visitor, "Press Details on the red row")
    await page.get_by_role("button", name="Details of Validate backups").click()
    await expect(visitor.modal.locator("h2")).to_contain_text("Validate backups")
    await visitor.modal.locator(".closes").click()

    await _hint(visitor, "press Raise in PagerDuty")
    await show_me.click()
    await visitor.press("Raise").click()
    await _hint(visitor, "A channel appeared")
    await show_me.click()
    await expect(page.locator("h1")).to_contain_text("#inc-1-")
    await expect(main).to_contain_text("sync example-checkout 2.14.1 in production by Kim")

    await main.get_by_role("button", name="Acknowledge", exact=True).click()
    await expect(page.locator("#panel .state")).to_have_text("acknowledged")

    await _hint(visitor, "Put a message on the timeline")
    await page.get_by_role("button", name="Join #inc-1").click()
    await page.get_by_role("combobox", name="Message").fill("The pool ran dry")
    await visitor.press("Send").click()
    # The welcome that only the joiner sees tells the same words; the message itself has tools.
    said = page.locator("#messages li.message:not(.only-you)", has_text="The pool ran dry").first
    on_phone = page.viewport_size == {"width": PHONE[0], "height": PHONE[1]}
    if on_phone:
        await said.get_by_label("More about this message").click()
        await said.get_by_role("button", name="React with 📌").click()
    else:
        await said.hover()
        await said.get_by_role("button", name="React with a pin").click()

    await _hint(visitor, "Press Resolve")
    await show_me.click()
    await expect(main.get_by_role("button", name="Resolve", exact=True)).to_be_in_viewport()
    await main.get_by_role("button", name="Resolve", exact=True).click()
    await visitor.modal.get_by_label("What fixed it?").fill("A larger pool")
    await visitor.modal.locator(".submits").click()

    await _hint(visitor, "Write the postmortem")
    await show_me.click()
    await main.get_by_role("button", name="Write postmortem").click()
    for number in (1, 2, 3):
        await expect(visitor.modal.locator("h2")).to_contain_text(f"({number} of 4)")
        await visitor.modal.get_by_role("button", name="Save and next").click()
    await expect(visitor.modal.locator("h2")).to_contain_text("(4 of 4)")
    await visitor.modal.get_by_role("button", name="File", exact=True).click()

    await _hint(visitor, "OPS-1 is on the Jira board")
    await visitor.modal.get_by_role("button", name="Close", exact=True).last.click()
    await show_me.click()
    await page.get_by_label("Move OPS-1 to").select_option("Done")
    await _hint(visitor, "That was the whole circle")
    if on_phone:
        await page.get_by_role("link", name="Chat", exact=True).click()
    await expect(main).to_contain_text("Postmortem INC-1")
