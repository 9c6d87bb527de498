"""A person at the page with a real browser: what they do, what they see, and what their browser complained about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, async_playwright

CHROMIUM = "/usr/bin/chromium"
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
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
        await self.page.wait_for_function("document.documentElement.classList.contains('js')")

    def message(self, text: str) -> Locator:
        return self.page.locator("#messages li.message", has_text=text)

    def press(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def modal(self) -> Locator:
        return self.page.locator("#modal[open]")

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


# What a scan can tell without knowing the page: ids, references, and whether letters can be read.
SCAN = """() => {
  const wrong = [], ids = [...document.querySelectorAll('[id]')].map((each) => each.id);
  for (const id of new Set(ids)) if (ids.filter((one) => one === id).length > 1) wrong.push(`two elements are ${id}`);
  for (const each of document.querySelectorAll('[for],[aria-controls],[aria-describedby],[form]')) {
    const named = ['for', 'aria-controls', 'aria-describedby', 'form'].flatMap((name) => (each.getAttribute(name) || '').split(' '));
    for (const id of named) if (id && !document.getElementById(id)) wrong.push(`nothing is ${id}`);
  }
  if (document.querySelectorAll('h1').length !== 1) wrong.push('one h1');
  const channels = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, place) => sum + c * [.2126, .7152, .0722][place], 0);
  const ground = (each) => {
    for (let at = each; at; at = at.parentElement) {
      const style = getComputedStyle(at).backgroundColor;
      if (style.startsWith('rgb')) { const [r, g, b, a = 1] = channels(style); if (a === 1) return [r, g, b]; }
      else return null; // a mixed colour: not judged
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const each = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !each.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || each.closest('.away')) continue;
    const under = ground(each), style = getComputedStyle(each);
    if (!under || !style.color.startsWith('rgb(')) continue;
    const [a, b] = [light(channels(style.color)), light(under)], ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) wrong.push(`${ratio.toFixed(2)} for ${walker.currentNode.data.trim().slice(0, 30)}`);
  }
  return wrong;
}"""


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
    page.set_default_timeout(6_000)
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
