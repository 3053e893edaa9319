"""Coordinators at work in a real browser: two on one referral, the keyboard, many at once, and every page judged."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.judging import judged, keep_picture
from tests.browser.referring import address, refer
from tests.referral.acting import as_
from tests.referral.samples import body, named

pytestmark = pytest.mark.browser

__all__ = ["address"]


@pytest.fixture(scope="module")
def people(address: str) -> dict[str, str]:
    """Some referrals of every kind, by the given name."""
    found = {
        name: refer(address, named(name, **changes))
        for name, changes in {
            "Aida": {"priority": "urgent"},
            "Bela": {"channel": "fax"},
            "Carlo": {"died_on": "2025-11-02"},
            "Dora": {},
            "Eva": {"placer_id": "EVA-1"},
        }.items()
    }
    again = named("Eva", placer_id="EVA-1")
    refer(address, {**again, "patient": {**again["patient"], "phone": "413-555-0177"}})
    return found


@pytest.mark.parametrize("what", ["worklist", "detail", "refused", "together", "found", "changes"])
def test_every_page_of_the_office_is_accessible_and_fits(
    browser: Browser, address: str, people: dict[str, str], what: str
) -> None:
    with judged(browser, f"office-{what}") as page:
        if what == "worklist":
            page.goto(address + "/?status=undecided")
        elif what == "found":
            page.goto(address)
            page.get_by_label("Find somebody").fill("desk")
            page.get_by_role("button", name="Find").click()
        elif what == "changes":
            page.goto(f"{address}/referrals/{people['Eva']}")
            expect(page.get_by_role("heading", name="Changes that wait for you")).to_be_visible()
        elif what == "together":
            page.goto(address)
            page.get_by_label("Choose Bela Desk").check()
            page.get_by_label("Choose Dora Desk").check()
            page.get_by_role("button", name="Acknowledge").click()
        else:
            page.goto(f"{address}/referrals/{people['Aida']}")
            if what == "refused":
                page.locator("#act-request_information summary").click()
                page.locator("#do-request_information").click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_two_coordinators_race_and_nothing_is_lost(browser: Browser, address: str) -> None:
    referral = refer(address, named("Racer"))
    one, two = (browser.new_context(extra_http_headers=as_(name)).new_page() for name in ("ann", "bea"))
    for page in (one, two):
        page.goto(f"{address}/referrals/{referral}")
    one.get_by_role("button", name="Accept", exact=True).click()
    expect(one.get_by_text("Accepted").first).to_be_visible()
    two.locator("#act-return_with_advice summary").click()
    two.get_by_label("Advice to the referrer").fill("Start low, go slow.")
    two.locator("#do-return_with_advice").click()
    alert = two.get_by_role("alert")
    expect(alert).to_contain_text("accepted (by ann)")
    expect(two.get_by_text("What was typed: Start low, go slow.")).to_be_visible()
    expect(two.get_by_role("button", name="Accept", exact=True)).to_have_count(0)
    for page in (one, two):
        page.context.close()


def test_twenty_referrals_are_seen_at_once_and_a_tablet_scrolls_only_down(browser: Browser, address: str) -> None:
    who = {**body()["referrer"], "organization": "Massachusetts Mutual Health Plan of the Northern Counties"}
    for n in range(22):
        refer(address, named(f"Many{n:02}", priority="urgent" if n % 5 == 0 else "routine", referrer=who))
    for width in (1440, 720):
        page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
        page.goto(address + "/?status=decide")
        keep_picture(page, f"office-desk-{width}")
        seen = page.evaluate(
            "[...document.querySelectorAll('tbody tr')].filter(row => row.getBoundingClientRect().bottom <= 900).length"
        )
        assert seen >= 20 or width < 1440, seen
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        page.context.close()


def test_the_list_is_worked_with_the_keyboard(page: Page, address: str) -> None:
    for name, priority in (("Kay", "urgent"), ("Lea", "routine")):
        refer(address, named(name, priority=priority, referrer={**body()["referrer"], "organization": "Keys"}))
    page.goto(address + "/?organization=Keys")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Kay Desk")).to_be_focused()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_label("Choose Kay Desk")).to_be_checked()
    expect(page.get_by_label("Choose Lea Desk")).to_be_checked()
    page.get_by_label("Assign to").fill("kim")
    page.get_by_role("button", name="Assign", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Assigned to kim: 2 of 2")
    page.goto(address + "/?person=kim")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Kay Desk")).to_be_visible()
    page.keyboard.press("t")
    expect(page.get_by_label("How urgent is it?")).to_be_focused()
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("?")
    expect(page.get_by_text("Open and close this list")).to_be_visible()
    page.get_by_role("button", name="Turn these keys off").click()
    page.reload()
    page.keyboard.press("t")
    expect(page.get_by_label("How urgent is it?")).not_to_be_visible()
