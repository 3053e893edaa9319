"""A real browser shows every component: all is accessible, nothing scrolls sideways, nothing breaks the policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.judging import judged
from tests.browser.sample import sample_app, served

pytestmark = pytest.mark.browser

PATHS = ["/", "/refer", "/nowhere", "refused"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(sample_app()) as url:
        yield url


def refuse(page: Page, address: str) -> None:
    page.goto(address + "/refer")
    page.get_by_label("Patient's full name").fill("A")
    page.get_by_label("Pain, 0 to 10").fill("12")
    page.get_by_label("Equipment at home").check()
    page.get_by_role("button", name="Send the referral").click()


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_accessible_and_fits(browser: Browser, address: str, path: str) -> None:
    with judged(browser, path.strip("/") or "kit") as page:
        if path == "refused":
            refuse(page, address)
        else:
            page.goto(address + path)


def test_things_to_press_are_big_enough_for_a_thumb(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(address + "/refer")
    sizes = page.locator(
        "button:visible, nav a:visible, input:not([type=hidden]):not([type=radio]):not([type=checkbox]),"
        "select, .choice label"
    ).evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert len(sizes) > 10
    assert min(sizes) >= 44


def test_an_error_in_the_summary_leads_to_its_field(page: Page, address: str) -> None:
    refuse(page, address)
    expect(page).to_have_title("Please check: Refer a patient · Carebus")
    page.get_by_role("link", name="Pain, 0 to 10").click()
    expect(page.get_by_label("Pain, 0 to 10")).to_be_focused()
    expect(page.get_by_label("Pain, 0 to 10")).to_have_value("12")
    expect(page.get_by_label("Pain, 0 to 10")).to_have_accessible_description("Error: Give 10 or less.")
    expect(page.get_by_label("Equipment at home")).to_be_checked()


def test_a_live_part_renews_itself_and_keeps_the_focus(page: Page, address: str) -> None:
    page.goto(address)
    first = page.locator("#beat").inner_text()
    page.locator("#keep").focus()
    expect(page.locator("#beat")).not_to_have_text(first)
    expect(page.locator("#keep")).to_be_focused()


def test_a_live_part_waits_while_somebody_types_in_it(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("#typing").fill("half a sen")
    before = page.locator("#beat").inner_text()
    with page.expect_response(address + "/"), page.expect_response(address + "/"):
        pass
    assert page.locator("#beat").inner_text() == before
    expect(page.locator("#typing")).to_have_value("half a sen")


def test_a_live_part_can_be_paused(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Pause updates").click()
    expect(page.locator("html")).to_have_attribute("data-live", "paused")
    expect(page.get_by_role("button", name="Resume updates")).to_be_visible()


def test_a_live_page_is_taken_away_once_nobody_is_signed_in_any_more(page: Page, address: str) -> None:
    page.goto(address)
    page.route(address + "/", lambda route: route.fulfill(status=401, body="Please sign in", content_type="text/html"))
    expect(page.locator("#beat")).to_have_count(0)
    expect(page.locator("body")).to_have_text("Please sign in")


def test_pages_work_without_the_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    expect(page.get_by_role("heading", name="Visits today")).to_be_visible()
    expect(page.locator("#live-note")).to_be_hidden()
    refuse(page, address)
    expect(page.get_by_role("alert")).to_contain_text("Patient's full name: Write at least 2 characters.")
    context.close()
