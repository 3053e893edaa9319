"""A real browser for the tests: Debian's chromium, quiet on the network, with a fresh profile."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.hurrying import hurry

expect.set_options(timeout=20_000)  # what becomes true does; a busy machine is no finding

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where chromium is; skips when it is not installed."""
    found = CHROMIUM if Path(CHROMIUM).exists() else shutil.which("chromium")
    if not found:
        pytest.skip("chromium is not installed: apt-get install --no-install-recommends chromium")
    return found


@pytest.fixture(scope="module")
def playwright_driver() -> Iterator[Playwright]:
    """Playwright for one module: longer, and its loop would be in the way of asynchronous tests."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(playwright_driver: Playwright, chromium_path: str) -> Iterator[Browser]:
    """One browser per module; Playwright gives each start a fresh user data folder and removes it."""
    started = playwright_driver.chromium.launch(executable_path=chromium_path, args=QUIET)
    yield started
    started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A profile of its own for each test."""
    made = browser.new_context()
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty tab."""
    return context.new_page()


@pytest.fixture(scope="module", autouse=True)
def unhurried() -> Iterator[None]:
    """A module's tests share one service and one address: on a quick machine they try more than a person may."""
    with pytest.MonkeyPatch.context() as patch:
        hurry(patch.setattr)
        yield
