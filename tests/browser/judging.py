"""How a page is judged: accessible with everything open, no wider than its screen, true to its security policy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

VIEWS = pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
"""A telephone by day and a desk at night. The parts that all pages are made of are seen in all four ways."""


@contextmanager
def judged(browser: Browser, width: int, scheme: str, name: str) -> Iterator[Page]:
    """An empty tab; what it shows at the end is judged, and its picture is kept where SCREENSHOTS names a folder."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Security Policy" in message.text else None)
    yield page
    keep_picture(page, f"{name}-{width}-{scheme}")
    for details in page.locator("details").all():
        details.evaluate("details => { details.open = true }")
    judge(page, name)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert refused == []
    context.close()


def judge(page: Page, name: str) -> None:
    """The page as it is now has no accessibility violations that axe knows of."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page where SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
