"""The page of all events in a real browser: served and as a file, narrow and wide, with and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from carebus.web import Link, pages
from deploy.local.inbox import Inbox
from deploy.local.portal import MENU, TEMPLATES, portal
from tests.browser.judging import OPEN_ALL, fits, judge, views
from tests.browser.sample import served

pytestmark = pytest.mark.browser

READ_BY_AXE = ("390-light", "1440-dark")
"""The page is the longest of all, the same in both ways: axe takes a quarter of a minute for one look at it."""
OFFLINE = Path(__file__).parents[2] / "docs" / "reference" / "events.html"


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    shown = pages(TEMPLATES, service="Local run", menu=MENU, links=[Link("Referral", "http://127.0.0.1:9")])
    with served(portal(dict, Inbox(tmp_path_factory.mktemp("inbox")), shown)) as url:
        yield {"served": f"{url}/events", "offline": OFFLINE.as_uri()}


@pytest.mark.parametrize("way", ["served", "offline"])
def test_the_page_is_accessible_and_fits(page: Page, addresses: dict[str, str], way: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(addresses[way])
    page.evaluate(OPEN_ALL)
    drawings = page.get_by_role("img", name="Who tells whom")
    for view in views(page):
        assert [one.is_visible() for one in drawings.all()].count(True) == 1, view
        assert fits(page), f"{view} scrolls sideways"
        if way == "served" and view in READ_BY_AXE:
            judge(page, f"events-{view}")


@pytest.mark.parametrize("way", ["served", "offline"])
def test_the_page_works_without_scripts(browser: Browser, addresses: dict[str, str], way: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(addresses[way])
    page.get_by_role("link", name="VisitCompleted", exact=True).last.click()
    assert page.url.endswith("#VisitCompleted")
    page.get_by_text("An example of VisitCompleted", exact=True).click()
    expect(page.locator("pre", has_text='"visit_note"').first).to_be_visible()
    context.close()
