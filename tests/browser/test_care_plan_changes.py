"""The pages on which care, a visit or the roster changes, and those of what goes out: accessible, and they fit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.judging import judged
from tests.care_plan.serving import FOUR_VISITS, NO_VISIT_YET, OVERDUE, Clinic, served_clinic

pytestmark = pytest.mark.browser

FOUND = ".timeline a[href*='/visits/']:has-text('completed')"
BY_LINKS = {
    "clinician": ("/roster", ["a[href*='/roster/']"]),
    "correct": (f"/patients/{FOUR_VISITS}", [FOUND, "a[href$='/correct']"]),
    "summary": (f"/patients/{FOUR_VISITS}", [FOUND, "a[href$='/summary']"]),
}
"""Pages that are reached from another, by the first link of each kind there."""
PATHS = {
    "care-change": f"/patients/{FOUR_VISITS}/change",
    "care-calendar": f"/patients/{FOUR_VISITS}/calendar",
    "calendar": "/calendar",
    "proposals": "/proposals",
}


@pytest.fixture(scope="module")
def clinic(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A clinic in the middle of its work."""
    with served_clinic(postgres_url, tmp_path_factory.mktemp("changes")) as served:
        yield served


@pytest.mark.parametrize("place", PATHS)
def test_a_page_is_accessible_and_fits(browser: Browser, clinic: Clinic, place: str) -> None:
    with judged(browser, place) as page:
        page.goto(clinic.address + PATHS[place])
        expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize("place", BY_LINKS)
def test_a_page_that_others_lead_to_is_accessible_and_fits(browser: Browser, clinic: Clinic, place: str) -> None:
    start, links = BY_LINKS[place]
    with judged(browser, place) as page:
        page.goto(clinic.address + start)
        for link in links:
            page.goto(clinic.address + str(page.locator(link).first.get_attribute("href")))
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_visit_is_moved_and_a_refused_change_keeps_what_was_typed(browser: Browser, clinic: Clinic) -> None:
    with judged(browser, "visit-change") as page:
        _change_page(page, clinic)
    with judged(browser, "visit-change-refused") as page:
        _change_page(page, clinic)
        form = page.locator("form", has=page.locator("[name='starts_at']")).first
        form.locator("[name='starts_at']").fill("2020-01-01T09:00")
        form.locator("button").first.click()
        expect(page.get_by_role("alert").first).to_be_visible()
        expect(page.locator("[name='starts_at']").first).to_have_value("2020-01-01T09:00")


def test_care_is_held_and_its_banner_says_so(browser: Browser, clinic: Clinic) -> None:
    with judged(browser, "held") as page:
        page.goto(f"{clinic.address}/patients/{NO_VISIT_YET}/change")
        card = page.locator("#report-death")
        card.locator("select").first.select_option(index=1)
        card.locator("#do-report-death").click()
        page.goto(f"{clinic.address}/patients/{NO_VISIT_YET}")
        expect(page.get_by_text("Confirm or dismiss it")).to_be_visible()
    with judged(browser, "held-change") as page:
        page.goto(f"{clinic.address}/patients/{NO_VISIT_YET}/change")
        expect(page.get_by_role("button", name="Dismiss: care goes on")).to_be_visible()


def _change_page(page: Page, clinic: Clinic) -> None:
    page.goto(f"{clinic.address}/visits/{clinic.visits[OVERDUE]}/change")
