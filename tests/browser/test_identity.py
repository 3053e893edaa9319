"""A reviewer looks at who is who: both records side by side, decided by the keyboard alone, and undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from carebus.testing import Bench
from services.referral import app
from services.referral.settings import Settings
from tests.benches import service_bench
from tests.browser.judging import judged
from tests.browser.on_bench import Served, looked_at, served
from tests.referral.identities import of_person, refer, slipped

pytestmark = pytest.mark.browser


@pytest.fixture
def site(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("identity")
    with served(lambda: service_bench("referral", app.make, Settings, admin_url=postgres_url, folder=folder)) as at:
        at.do(_referrals)
        yield at


async def _referrals(clinic: Bench) -> None:
    await refer(clinic, of_person())
    await refer(clinic, of_person(given_name="Bo", family_name="Stonewall", birth_date="1950-01-02"))
    await refer(clinic, slipped())


def review_of(page: Page, site: Served) -> None:
    page.goto(f"{site.address}/identity")
    page.get_by_role("link", name="Ottoline672 Quimby99").click()


def test_the_pages_are_judged(browser: Browser, site: Served) -> None:
    looked_at(browser, f"{site.address}/identity", "identity")
    with judged(browser, "review") as page:
        review_of(page, site)
        page.get_by_text("How the weight of").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("known already")
        expect(page.get_by_text("Same but for one slip").first).to_be_visible()


def test_the_same_person_is_decided_by_keyboard_and_undone(browser: Browser, site: Served) -> None:
    page = browser.new_page()
    review_of(page, site)
    page.locator("#same-1").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Settled")).to_be_visible()
    page.get_by_role("link", name="Look at it again").click()
    expect(page.get_by_text("goes on in the one that was there")).to_be_visible()
    page.get_by_role("button", name="Take apart").click()
    expect(page.get_by_text("taken apart again")).to_be_visible()
    page.close()


def test_somebody_else_leaves_the_queue(browser: Browser, site: Served) -> None:
    page = browser.new_page()
    review_of(page, site)
    page.get_by_label("What has to be known first").fill("Ask for the phone")
    page.get_by_role("button", name="More information needed").click()
    expect(page.get_by_text("Ask for the phone").first).to_be_visible()
    page.get_by_role("button", name="Somebody else").click()
    expect(page.get_by_text("Nobody waits to be told apart.")).to_be_visible()
    page.close()
