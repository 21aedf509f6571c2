"""A sandbox, a scripted bot and a real Chromium for the tests of the page. Without Chromium they are skipped, with a line that says so."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

from sandbox import Sandbox
from tests.browser.company import START, ScriptedBot, people

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LAPTOP = (1280, 720)
PATIENCE = 30_000  # milliseconds: a loaded machine of two cores starts a process, draws a page, walks a clock
expect.set_options(timeout=PATIENCE)
SLEEPER = [sys.executable, "-c", "import threading; threading.Event().wait()"]
"""A process that stands for the bot where only its coming and going matters."""


def chromium() -> str | None:
    """Where Chromium is: what WAIHU_CHROMIUM names, or Debian's place, or the path; None when nowhere."""
    named = os.environ.get("WAIHU_CHROMIUM")
    candidates = [named] if named else ["/usr/bin/chromium", shutil.which("chromium"), shutil.which("google-chrome")]
    return next((place for place in candidates if place and Path(place).is_file()), None)


MISSING = "the walk through the page is skipped: no Chromium (apt install chromium, or name one in WAIHU_CHROMIUM)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if chromium() is None:
                item.add_marker(pytest.mark.skip(reason=MISSING))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if chromium() is None:
        terminalreporter.write_line(MISSING)


@dataclass
class Desk:
    """The page before a person, with what it asked for and what it complained about."""

    page: Page
    context: BrowserContext
    sandbox: Sandbox
    bot: ScriptedBot
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    trouble_expected: bool = False
    """The test breaks the network on purpose: Chromium notes that in the console."""

    async def open(self, path: str = "/") -> Desk:
        await self.page.goto(self.sandbox.url + path)
        await expect(self.page.locator("html")).to_have_attribute("data-ready", "yes")
        return self

    def phone(self, number: int) -> Locator:
        """The first, second or third phone."""
        return self.page.locator(".phone").nth(number - 1)

    def entry(self, number: int) -> Locator:
        return self.phone(number).locator(".entry")

    def row(self, number: int, text: str) -> Locator:
        """The message that contains this text, on a phone."""
        return self.phone(number).locator(".row", has_text=text)

    async def say(self, number: int, text: str) -> None:
        """Types into a phone and presses Enter."""
        await self.entry(number).fill(text)
        await self.entry(number).press("Enter")

    async def hold(self, number: int, person: str) -> None:
        """Gives a phone to somebody, by searching for them."""
        await self.phone(number).locator(".who").click()
        await self.page.keyboard.type(person)
        await self.page.keyboard.press("Enter")

    async def stop_the_watch(self) -> None:
        """Tests are slower than a hand: no time passes for the page between two clicks of a double click."""
        await self.page.evaluate("() => { performance.now = () => 5000; }")

    async def let_a_second_pass(self) -> None:
        """For the page alone: its next click is no second half of a double click."""
        await self.page.evaluate(
            "() => { const real = performance.now.bind(performance), late = real() + 1000; performance.now = () => Math.max(real(), late); }"
        )

    def foreign_requests(self) -> list[str]:
        """What was asked of anybody but the sandbox."""
        ours = urlsplit(self.sandbox.url).netloc
        schemes = {"data", "blob", "about"}
        return [url for url in self.requests if urlsplit(url).scheme not in schemes and urlsplit(url).netloc != ours]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(people(), clock=START, port=0, supervise=SLEEPER) as running:
        running.clock.expect(bot=False)  # the sleeper never says what it has planned
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def bot(sandbox: Sandbox) -> AsyncIterator[ScriptedBot]:
    async with aiohttp.ClientSession() as session:
        yield ScriptedBot(sandbox, session)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(
    browser: Browser, sandbox: Sandbox, bot: ScriptedBot, request: pytest.FixtureRequest
) -> AsyncIterator[Desk]:
    """The page, not opened yet. Parametrize indirectly with options of a browser context; the default is a laptop in Chinese.

    At the end: nothing was loaded from elsewhere and nothing was complained about in the console.
    """
    width, height = LAPTOP
    options: dict[str, Any] = {
        "viewport": {"width": width, "height": height},
        "locale": "zh-CN",
        "color_scheme": "light",
        "reduced_motion": "reduce",
        "timezone_id": "America/New_York",
    }
    options |= getattr(request, "param", {})
    context = await browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    made = Desk(page, context, sandbox, bot)
    page.on("request", lambda asked: made.requests.append(asked.url))
    page.on("console", lambda line: made.complaints.append(line.text) if line.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: made.complaints.append(str(error)))
    yield made
    await context.close()
    assert made.foreign_requests() == []
    if not made.trouble_expected:
        assert made.complaints == []
