"""What a phone shows of a day, with network and without: accessible on every screen, by day and at night."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.judging import fits, judge, judge_everywhere, keep_picture
from tests.browser.phones import Day, complete, found, nurses_day

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def day(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """A nurse's day."""
    with nurses_day(postgres_url, tmp_path_factory.mktemp("day")) as made:
        yield made


@pytest.mark.parametrize("what", ["day", "unsent", "offline-day", "offline-visit", "waiting", "needs-you", "forget"])
def test_every_state_of_a_phone_is_accessible_and_fits(day: Day, browser: Browser, what: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    refused: list[str] = []
    context.on("console", lambda said: refused.append(said.text) if "Security Policy" in said.text else None)
    page = day.arrives(context)
    go(day, context, page, what)
    judge_everywhere(page, f"phone-{what}")
    assert refused == []
    context.close()


def test_a_phone_at_twice_the_size_fits(day: Day, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 195, "height": 422}, device_scale_factor=2, color_scheme="dark")
    page = day.arrives(context)
    assert fits(page)
    judge(page, "phone-zoomed")
    keep_picture(page, "phone-zoomed")
    context.close()


def go(day: Day, context: BrowserContext, page: Page, what: str) -> None:
    """Bring the phone into this state."""
    if what == "day":
        return
    if what in {"offline-day", "offline-visit", "waiting"}:
        context.set_offline(True)
    if what == "offline-day":
        page.reload()
        return
    page.goto(day.address + day.of("Mary Okafor"))
    found(page, "Mouth care shown.")
    if what == "waiting":
        complete(page)
        expect(page.get_by_role("heading", name="Waiting to be sent")).to_be_visible()
    if what == "needs-you":
        page.get_by_label("Ended").fill("2030-01-01T10:00")
        complete(page)
        expect(page.get_by_role("heading", name="Needs you")).to_be_visible()
    if what in {"unsent", "forget"}:
        expect(page.get_by_text("Kept on this phone since")).to_be_visible()
        page.goto(f"{day.address}/day")
        expect(page.get_by_text("Mary Okafor, visit 1 · Not finished")).to_be_visible()
    if what == "forget":
        page.get_by_role("button", name="Forget this phone").click()
