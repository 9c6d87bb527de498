"""A person at the page with a real browser: what they do, what they see, and what their browser complained about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Literal

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, async_playwright, expect

CHROMIUM = "/usr/bin/chromium"
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
expect.set_options(timeout=20_000)  # as patient as the presses below
DESKTOP = (1280, 900)
PHONE = (375, 800)


@dataclass
class Visitor:
    """One open page."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    async def go(self, query: str = "") -> None:
        await self.page.goto(f"{self.url}/{query}")
        # The stream is open once its first event was heard; until then a change could come a heartbeat late.
        await expect(self.page.locator("html.live")).to_be_attached()

    def message(self, text: str) -> Locator:
        return self.page.locator("#messages li.message", has_text=text)

    def press(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def modal(self) -> Locator:
        return self.page.locator("#modal[open]")

    async def barriers(self) -> list[str]:
        """What axe finds that keeps somebody out, or makes it hard for them."""
        await self.page.evaluate(AXE)
        found: dict[str, Any] = await self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{each['impact']} {each['id']}: {node['html'][:120]}"
            for each in found["violations"]
            if each["impact"] != "minor"
            for node in each["nodes"]
        ]

    async def names_missing(self) -> list[str]:
        """Controls that a screen reader could not name, by the browser's own accessibility tree."""
        session = await self.page.context.new_cdp_session(self.page)
        tree: dict[str, Any] = await session.send("Accessibility.getFullAXTree")
        await session.detach()
        needing = {
            "button",
            "link",
            "textbox",
            "combobox",
            "checkbox",
            "radio",
            "dialog",
            "searchbox",
            "listbox",
            "image",
        }
        return [
            f"{node['role']['value']} {node.get('description', {}).get('value', '')}"
            for node in tree["nodes"]
            if not node.get("ignored")
            and node.get("role", {}).get("value") in needing
            and not str(node.get("name", {}).get("value", "")).strip()
        ]


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(_QUIET))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def visiting(
    browser: Browser, url: str, size: tuple[int, int] = DESKTOP, scheme: Literal["light", "dark"] = "light"
) -> AsyncIterator[Visitor]:
    """Open a page of its own; what the console said stands in `complaints` and fails the test at the end."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        timezone_id="Europe/Berlin",
        has_touch=size == PHONE,
        is_mobile=size == PHONE,
    )
    page = await context.new_page()
    page.set_default_timeout(20_000)
    visitor = Visitor(page, url)

    def complained(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            visitor.complaints.append(message.text)

    page.on("console", complained)
    page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
    try:
        yield visitor
    finally:
        await context.close()
    assert visitor.complaints == []
