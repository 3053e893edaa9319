"""One patient's whole journey in a real browser, through the pages of every service of a run of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from deploy.local.options import SERVICES
from tests.browser.judging import judge, keep_picture
from tests.runner import Runner
from tests.servers import server_folder

pytestmark = pytest.mark.browser
TEAM = {
    "Doctor": "Dr. Amara Osei",
    "Advanced practice provider": "Grace Kim, NP",
    "Nurse": "Carmen Ortiz, RN",
    "Social worker": "Naomi Feld, LICSW",
}
COORDINATOR, SUPERVISOR = "Ana Lima", "June Park"
SOON_MS = 30_000


@pytest.fixture(scope="module")
def run() -> Iterator[Runner]:
    """A run without patients."""
    with server_folder() as data:
        runner = Runner(data)
        runner.start(FEED="none")
        try:
            runner.until_told("Logs ")
            yield runner
        finally:
            runner.process.terminate()
            runner.ended()
            assert runner.left() == []


def at(run: Runner, place: str, path: str = "/") -> str:
    return f"http://127.0.0.1:{run.ports[place]}{path}"


def look(page: Page, name: str) -> None:
    """Keep a picture of what is on the screen, and judge it."""
    keep_picture(page, name)
    judge(page, name)


@pytest.fixture
def as_(browser: Browser, run: Runner) -> Iterator[Callable[[str], Page]]:
    """A browser of its own for each person, who signs in once."""
    expect.set_options(timeout=SOON_MS)
    opened: list[BrowserContext] = []

    def sits_down(name: str) -> Page:
        opened.append(browser.new_context())
        page = opened[-1].new_page()
        page.set_default_timeout(SOON_MS)
        page.goto(at(run, "care_plan"))
        look(page, "0-who-are-you")
        page.get_by_role("link", name=name).click()
        expect(page.locator(".account")).to_contain_text(name)
        return page

    yield sits_down
    for context in opened:
        context.close()


def test_a_referral_becomes_care_a_visit_a_message_and_a_number(
    run: Runner, page: Page, as_: Callable[[str], Page]
) -> None:
    page.set_default_timeout(SOON_MS)
    nurse, coordinator = as_(TEAM["Nurse"]), as_(COORDINATOR)
    staff(as_(SUPERVISOR), run)
    refer(page, run)
    accept(coordinator, run)
    visit(nurse, run)
    find(nurse, run)
    read_the_mail(coordinator, run)
    count(coordinator, run)
    leave(nurse, run)


def staff(page: Page, run: Runner) -> None:
    for role, name in TEAM.items():
        page.goto(at(run, "care_plan", "/roster"))
        page.get_by_label("Name").fill(name)
        page.get_by_label("Profession").select_option(label=role)
        page.get_by_label("Patients at most").fill("5")
        page.get_by_label("Licensed in").fill("MA, NY")
        if role == "Nurse":
            page.get_by_label("Signs in as").select_option(label=name)
        page.get_by_role("button", name="Add to the roster").click()
        expect(page.get_by_text(name).first).to_be_visible()
    look(page, "1-roster")


def refer(page: Page, run: Runner) -> None:
    page.goto(at(run, "referral", "/refer"))
    page.get_by_label("Organization").fill("Elm Street Cardiology")
    page.get_by_label("Your name").fill("R. Osei")
    page.get_by_label("Your phone").fill("508-555-0130")
    page.get_by_label("Given name").fill("Ottoline")
    page.get_by_label("Family name").fill("Quimby")
    page.get_by_label("Date of birth").fill("1941-05-06")
    page.get_by_label("Heart failure").check()
    page.get_by_label("Loved one's name").fill("Bo Quimby")
    page.get_by_label("Relationship").select_option("son")
    page.get_by_label("Loved one's e-mail").fill("bo@families.example")
    page.get_by_label("The person has agreed").check()
    page.get_by_role("button", name="Send the referral").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    look(page, "2-thank-you")


def accept(page: Page, run: Runner) -> None:
    page.goto(at(run, "referral"))
    look(page, "3-worklist")
    page.locator("a[data-row]").first.click()
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_text("Accepted").first).to_be_visible()


def _just_now(page: Page) -> None:
    """The visit began a minute ago and ends now, as the patient's clock shows it."""
    there = page.locator("[data-visit]")
    zone = ZoneInfo(there.get_attribute("data-zone") or "UTC")
    now = datetime.fromisoformat(there.get_attribute("data-now") or "").astimezone(zone)
    page.locator("[name='started_at']").fill(f"{now - timedelta(minutes=1):%Y-%m-%dT%H:%M}")
    page.locator("[name='ended_at']").fill(f"{now:%Y-%m-%dT%H:%M}")


def visit(page: Page, run: Runner) -> None:
    page.goto(at(run, "care_plan"))
    page.get_by_role("link", name="Ottoline Quimby").click()
    expect(page.get_by_text(TEAM["Nurse"]).first).to_be_visible()
    page.get_by_role("link", name="Complete visit 1").first.click()
    for name, value in {"esas_r.pain": "7", "respondent": "patient", "phase": "stable"}.items():
        page.locator(f"[name='assessments.{name}'][value='{value}']").check()
    _just_now(page)
    look(page, "4-visit")
    page.get_by_role("button", name="Complete the visit").click()
    expect(page.get_by_role("heading", name="Ottoline Quimby")).to_be_visible()
    look(page, "5-patient")


def find(page: Page, run: Runner) -> None:
    """The nurse, who has signed in to the care plan only, looks the person up, and reads what the family was sent."""
    page.goto(at(run, "portal", "/care-plan/"))
    page.locator("#find-a-person").fill("Quimby")
    page.keyboard.press("Enter")  # it flows through the sign-in; one fits, and is opened
    expect(page.get_by_role("heading", name="Quimby").first).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    look(page, "5b-referral-as-a-nurse")
    page.goto(at(run, "notifications"))
    expect(page.get_by_role("row")).not_to_have_count(0)


def leave(page: Page, run: Runner) -> None:
    """Whoever signs out of one service has left all of them."""
    page.goto(at(run, "referral", "/find"))
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/signed-out**")
    expect(page.get_by_role("heading", name="You are signed out.")).to_be_visible()
    expect(page.get_by_role("navigation", name="Services")).to_have_count(0)
    page.goto(at(run, "care_plan"))
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()


def read_the_mail(page: Page, run: Runner) -> None:
    page.goto(at(run, "portal", "/inbox"))
    expect(page.get_by_role("row")).to_have_count(1 + 4)  # the team, two visits planned, one done
    look(page, "6-inbox")
    page.get_by_role("row").nth(1).get_by_role("link").click()
    look(page, "7-message")
    page.goto(at(run, "notifications"))
    look(page, "8-notifications")


def count(page: Page, run: Runner) -> None:
    page.goto(at(run, "outcomes"))
    expect(page.get_by_role("heading", name="Outcomes of care")).to_be_visible()
    look(page, "9-outcomes")
    page.goto(at(run, "portal"))
    for service in SERVICES:
        expect(page.get_by_role("link", name=service.replace("_", " ").capitalize()).first).to_be_visible()
    look(page, "10-start")
