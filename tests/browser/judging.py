"""How a page is judged: accessible with everything open, no wider than its screen, true to its security policy.

Every page is seen on a telephone, a tablet and a desk, by day and at night; it is loaded once and then resized.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

NARROWEST, WIDTHS, HEIGHT = 360, (390, 720, 1440), 900
READ = frozenset({"390-light", "720-dark", "1440-light"})
"""Views that axe reads: each width once, day and night. It takes seconds for each, and finds the same in the others."""
OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true })"


@contextmanager
def judged(browser: Browser, name: str) -> Iterator[Page]:
    """An empty tab; what it shows at the end is judged in every view, and pictured where SCREENSHOTS names a folder.

    Nothing moves in it: axe reads colours at once, and none may be on its way from day to night.
    """
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": HEIGHT}, reduced_motion="reduce")
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Security Policy" in message.text else None)
    yield page
    judge_everywhere(page, name)
    assert refused == []
    context.close()


def judge_everywhere(page: Page, name: str) -> None:
    """The page as it is now is accessible and fits in every view; first each view is pictured, as it was left."""
    picture_everywhere(page, name)
    for view in views(page):
        page.evaluate(OPEN_ALL)
        if view in READ:
            judge(page, f"{name}-{view}")
        assert fits(page), f"{name}-{view} scrolls sideways"
    page.set_viewport_size({"width": NARROWEST, "height": HEIGHT})
    assert fits(page), f"{name} scrolls sideways at {NARROWEST}"


def views(page: Page) -> Iterator[str]:
    """The same page on every screen, by day and at night; gives what each view is called."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            yield f"{width}-{scheme}"


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def judge(page: Page, name: str) -> None:
    """The page as it is now has no accessibility violations that axe knows of."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"


def picture_everywhere(page: Page, name: str) -> None:
    """Keep a picture of each view where SCREENSHOTS names a folder."""
    if os.environ.get("SCREENSHOTS"):
        for view in views(page):
            keep_picture(page, f"{name}-{view}")


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page where SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
