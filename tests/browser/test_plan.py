"""The plan and the medicines in a browser: written without a script, and accessible on every screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.judging import judged
from tests.care_plan.serving import FOUR_VISITS, Clinic, served_clinic

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def clinic(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A clinic in the middle of its work."""
    with served_clinic(postgres_url, tmp_path_factory.mktemp("plan")) as served:
        yield served


def unfold(page: Page) -> None:
    """Rows that are folded are opened, as somebody does who fills them in."""
    while (fold := page.locator("form details:not([open]) > summary:visible").first).count():
        fold.click()


def test_a_plan_is_written_and_its_conflict_is_seen(browser: Browser, clinic: Clinic) -> None:
    at = f"{clinic.address}/patients/{FOUR_VISITS}/plan"
    with judged(browser, "plan-form") as page:
        page.goto(f"{at}/write")
    with judged(browser, "plan") as page:
        page.goto(f"{at}/write")
        page.locator("[name='plan.goals.0.words']").fill("I want to stay in my own bed")
        page.locator("[name='plan.goals.0.at_home']").check()
        unfold(page)
        page.locator("[name='plan.elsewhere.0.plan_of']").fill("Dr. Ruiz, cardiology")
        page.locator("[name='plan.elsewhere.0.text']").fill("Emergency room when weight rises by two kilos")
        page.locator("[name='plan.elsewhere.0.kind']").select_option("hospital")
        page.get_by_role("button", name="Save the plan").first.click()
        page.get_by_text("I want to stay in my own bed").first.wait_for()
        page.get_by_role("link", name="Say how it is settled").first.click()
        page.get_by_role("button", name="It is settled").wait_for()


def test_medicines_are_reconciled_and_what_is_not_checked_is_read(browser: Browser, clinic: Clinic) -> None:
    at = f"{clinic.address}/patients/{FOUR_VISITS}/medicines"
    with judged(browser, "medicines-form") as page:
        page.goto(f"{at}/write")
    with judged(browser, "medicines") as page:
        page.goto(f"{at}/write")
        unfold(page)
        for n, (name, source) in enumerate(
            [
                ("Acetaminophen 325 MG / Oxycodone Hydrochloride 10 MG Oral Tablet [Percocet]", "hospital"),
                ("Acetaminophen 325 MG Oral Tablet [Tylenol]", "patient_or_family"),
                ("the blue pill", "patient_or_family"),
            ]
        ):
            page.locator(f"[name='medicines.{n}.text']").fill(name)
            page.locator(f"[name='medicines.{n}.source']").select_option(source)
            page.locator(f"[name='medicines.{n}.stated_on']").fill("2026-03-02")
        page.get_by_role("button", name="Save the list").first.click()
        page.get_by_text("The same ingredient is in more than one medicine").first.wait_for()
        page.get_by_text("What is not checked").first.wait_for()
