"""A real browser works through the caseload: every page is accessible and fits, and a visit is completed by thumb."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.judging import judged
from tests.care_plan.serving import FOUR_VISITS, NO_TEAM, NO_VISIT_YET, OVERDUE, Clinic, served_clinic
from tests.care_plan.test_outsiders import of_plan

pytestmark = pytest.mark.browser

PLACES = ["caseload", "nobody", "patient", "no_team", "overdue", "form", "errors", "done", "roster", "roster_errors"]


@pytest.fixture(scope="module")
def clinic(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    with served_clinic(postgres_url, tmp_path_factory.mktemp("care_plan")) as served:
        yield served


def go(page: Page, clinic: Clinic, place: str) -> None:
    """Open one of the places."""
    paths = {
        "caseload": "/",
        "nobody": "/?condition=cancer&phase=terminal",
        "patient": f"/patients/{FOUR_VISITS}",
        "no_team": f"/patients/{NO_TEAM}",
        "overdue": f"/patients/{OVERDUE}",
        "form": f"/visits/{clinic.visits[OVERDUE]}",
        "errors": f"/visits/{clinic.visits[OVERDUE]}",
        "done": f"/patients/{FOUR_VISITS}",
        "roster": "/roster",
        "roster_errors": "/roster",
    }
    page.goto(clinic.address + paths[place])
    if place == "errors":
        page.get_by_role("radiogroup", name="Pain").get_by_label("7", exact=True).check()
        page.get_by_label("Note").fill("Breathless on the stairs.")
        page.get_by_role("button", name="Complete the visit").click()
    if place == "done":
        page.get_by_role("link", name=re.compile("^Visit . completed")).first.click()
    if place == "roster_errors":
        page.get_by_label("Patients at most").fill("0")
        page.get_by_role("button", name="Add to the roster").click()


@pytest.mark.parametrize("place", PLACES)
def test_every_page_is_accessible_and_fits(browser: Browser, clinic: Clinic, place: str) -> None:
    with judged(browser, place) as page:
        go(page, clinic, place)


@pytest.mark.parametrize("place", ["/", f"/patients/{FOUR_VISITS}", f"/patients/{NO_TEAM}", f"/patients/{OVERDUE}"])
def test_what_a_health_plan_sees_is_accessible_and_fits(browser: Browser, clinic: Clinic, place: str) -> None:
    with judged(browser, f"plan-{place.strip('/').replace('/', '-') or 'people'}") as page:
        page.set_extra_http_headers(of_plan())
        page.goto(clinic.address + place)
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_refused_form_keeps_every_answer_and_leads_to_what_is_wrong(page: Page, clinic: Clinic) -> None:
    go(page, clinic, "errors")
    expect(page).to_have_title("Please check: Complete a visit · Carebus")
    expect(page.get_by_role("radiogroup", name="Pain").get_by_label("7", exact=True)).to_be_checked()
    expect(page.get_by_role("radiogroup", name="Nausea").get_by_label("Not answered")).to_be_checked()
    expect(page.get_by_label("Note")).to_have_value("Breathless on the stairs.")
    page.get_by_role("alert").get_by_role("link", name="Phase").click()
    expect(page.get_by_label("Stable", exact=True)).to_be_focused()


def test_answers_are_big_enough_for_a_thumb(page: Page, clinic: Clinic) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    go(page, clinic, "form")
    sizes = page.locator(".step label").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(box => [box.width, box.height])"
    )
    assert len(sizes) == 9 * 12
    assert min(width for width, _ in sizes) >= 44
    assert min(height for _, height in sizes) >= 44


def test_answers_can_be_given_by_the_keyboard(page: Page, clinic: Clinic) -> None:
    go(page, clinic, "form")
    pain = page.get_by_role("radiogroup", name="Pain")
    pain.get_by_label("Not answered").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(pain.get_by_label("3", exact=True)).to_be_checked()


def test_the_caseload_is_narrowed_without_losing_the_choice(page: Page, clinic: Clinic) -> None:
    page.goto(clinic.address)
    expect(page.get_by_role("link", name="Walter Nguyen")).to_be_visible()
    page.get_by_label("Needs a look").select_option("Visit overdue")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("link", name="Bartholomew Featherstonehaugh-Li")).to_be_visible()
    expect(page.get_by_role("link", name="Walter Nguyen")).to_have_count(0)
    expect(page.get_by_label("Needs a look")).to_have_value("overdue")


def test_a_visit_is_completed_on_a_phone(browser: Browser, clinic: Clinic) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800}, has_touch=True)
    page = context.new_page()
    page.goto(f"{clinic.address}/patients/{NO_VISIT_YET}")
    page.get_by_role("link", name="Complete visit 1").tap()
    now = datetime.fromisoformat(page.locator("[data-now]").get_attribute("data-now") or "")
    for label, at in (("Began", now - timedelta(minutes=45)), ("Ended", now)):
        expect(page.get_by_label(label)).to_have_value("")
        page.get_by_label(label).fill(f"{at.astimezone(ZoneInfo('America/New_York')):%Y-%m-%dT%H:%M}")
    page.get_by_role("radiogroup", name="Pain").get_by_label("2", exact=True).tap()
    page.get_by_label("A family member or caregiver").check()
    page.get_by_label("AKPS").select_option("60")
    page.get_by_label("Stable", exact=True).check()
    page.get_by_role("button", name="Complete the visit").tap()
    expect(page.get_by_role("heading", name="Walter Nguyen")).to_be_visible()
    expect(page.get_by_text("Visit 1 completed", exact=True)).to_be_visible()
    expect(page.get_by_text("one is wanted by")).to_be_visible()  # the planner, which does not run here, finds its hour
    context.close()
