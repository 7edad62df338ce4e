"""A real browser, and what a visitor does in it. Test modules import the fixtures they use."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from services.embedded.chromium import find_chromium

CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SPRITE = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1"/></svg>'


@dataclass
class Visit:
    """One page of one visitor. `problems`: what the browser's console complained about."""

    page: Page
    problems: list[str] = field(default_factory=list)

    async def pick(self, side: str, part: str, text: str) -> None:
        """Type `text` into a picker of a side and take the first match with Enter."""
        box = self.page.locator(f".fighter--{side} .fighter__{part} input")
        await box.click()
        await box.press_sequentially(text, delay=15)
        await self.page.locator(".choices .choice").first.wait_for()
        await box.press("Enter")
        await box.press("Escape")

    async def ask(self) -> None:
        """Press the button and wait for the answer."""
        await self.page.locator(".ask").click()
        await self.page.locator(".result").wait_for()

    async def words(self, selector: str) -> str:
        return (await self.page.locator(selector).inner_text()).strip()

    async def probability(self) -> float:
        """The shown chance of the winner, in per cent."""
        shown = await self.words(".result__number")
        return float(shown.strip("<>%\u202f ").replace(",", "."))

    async def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(
            await self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )


Visitor = Callable[..., Awaitable[Visit]]


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A browser of its own for each test; playwright gives it a fresh user data directory."""
    executable = find_chromium()
    if executable is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=list(CHROMIUM_FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@pytest.fixture
async def visit(chromium: Browser) -> AsyncIterator[Visitor]:
    """Opens pages: `await visit(url, width=390, locale="fr-FR")`. Sprites cannot be reached unless told."""
    visits: list[Visit] = []

    async def open_page(
        url: str, *, width: int = 1280, locale: str = "en-US", has_sprites: bool = False, **options: Any
    ) -> Visit:
        context = await chromium.new_context(
            viewport={"width": width, "height": 900}, locale=locale, **options
        )
        page = await context.new_page()
        visit = Visit(page)

        async def serve_sprite(route: Any) -> None:
            await (route.fulfill(body=SPRITE, content_type="image/svg+xml") if has_sprites else route.abort())

        await page.route(re.compile("^https://"), serve_sprite)

        def hear(message: ConsoleMessage) -> None:
            is_sprite = "https://" in message.location.get("url", "")
            if message.type in ("error", "warning") and not is_sprite:
                visit.problems.append(f"{message.type}: {message.text}")

        page.on("console", hear)
        page.on("pageerror", lambda error: visit.problems.append(f"uncaught: {error}"))
        visits.append(visit)
        await page.goto(url)
        return visit

    yield open_page
    for visit in visits:
        assert visit.problems == []
