"""One referral and the worklist in a real browser, on a real database: what is shown, and what is done there."""

from __future__ import annotations

from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from services.referral.domain.workflow.reference import reference
from tests.browser.judging import judged
from tests.browser.referring import address, refer
from tests.referral.samples import named

pytestmark = pytest.mark.browser

__all__ = ["address"]

LONG = "Wilhelmina-Josephine O'Keefe de la Vega y Montalbán"
TITLES = {"declined": "Referrals", "urgent": f"{LONG} Desk", "deceased": "Ottoline Desk"}


@pytest.fixture(scope="module")
def paths(address: str) -> dict[str, str]:
    """Pages by what they show: a referral that is urgent, and one of a person who died."""
    urgent = refer(address, named(LONG, priority="urgent"))
    deceased = refer(address, named("Ottoline", died_on="2025-11-02", contact=None, payer=None, on_hospice=None))
    return {
        "declined": "/?status=declined",
        "urgent": f"/referrals/{urgent}",
        "deceased": f"/referrals/{deceased}",
    }


@pytest.mark.parametrize("what", TITLES)
def test_every_page_is_accessible_and_fits(browser: Browser, address: str, paths: dict[str, str], what: str) -> None:
    with judged(browser, what) as page:
        page.goto(address + paths[what])
        expect(page.get_by_role("heading", level=1)).to_have_text(TITLES[what])


def test_a_referral_is_found_and_accepted_without_the_script(browser: Browser, address: str) -> None:
    number = reference(UUID(refer(address, named("Scriptless"))))
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(address)
    page.get_by_label("Find somebody").fill(number.lower().replace("-", " "))
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("heading", name="Scriptless Desk")).to_be_visible()
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_text("Accepted").first).to_be_visible()
    expect(page.get_by_role("button", name="Decline")).to_have_count(0)
    page.context.close()


def test_a_coordinator_goes_from_the_list_to_a_decision_and_a_tick_waits_meanwhile(page: Page, address: str) -> None:
    refer(address, named("Wait"))
    page.goto(address + "/?status=decide")
    page.get_by_label("Choose Wait Desk").check()
    with page.expect_response(address + "/?status=decide"), page.expect_response(address + "/?status=decide"):
        refer(address, named("Another"))
    expect(page.get_by_label("Choose Wait Desk")).to_be_checked()
    page.get_by_role("link", name="Wait Desk").click()
    page.locator("#act-decline summary").click()
    page.locator("#field-reason").select_option("patient_declined")
    page.locator("#next-decline").click()
    expect(page.get_by_role("status")).to_contain_text("Wait Desk")
    page.get_by_role("link", name="Worklist").last.click()
    expect(page.get_by_role("link", name="Wait Desk")).to_have_count(0)


def test_the_worklist_shows_a_new_referral_by_itself(page: Page, address: str) -> None:
    page.goto(address)
    refer(address, named("Nova", priority="urgent"))
    expect(page.get_by_role("link", name="Nova Desk")).to_be_visible(timeout=15_000)
