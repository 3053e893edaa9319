"""A real browser at every door: a provider, a health plan, somebody with a letter, and a coordinator with a fax."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from carebus.testing import Bench
from services.referral import app
from services.referral.settings import Settings
from tests.benches import service_bench
from tests.browser.judging import judged
from tests.browser.on_bench import Served, served
from tests.referral.samples import body

pytestmark = pytest.mark.browser

UNDETERMINED = body(channel="letter", diagnoses=[], on_hospice=None, illness_in_own_words="bad lungs")


@pytest.fixture(scope="module")
def office(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("office")
    with served(
        lambda: service_bench(
            "referral", app.make, Settings, admin_url=postgres_url, folder=folder, help_line="844 555 0100"
        )
    ) as one:
        yield one


def person(page: Page) -> None:
    page.get_by_label("Given name").fill("Ottoline")
    page.get_by_label("Family name").fill("Quimby")
    page.get_by_label("Date of birth").fill("1941-05-06")


def organization(page: Page, name: str) -> None:
    page.get_by_label(name).fill("Elm Street")
    page.get_by_label("Your name").fill("R. Osei")
    page.get_by_label("Your phone").fill("508-580-2730")


def provider(page: Page) -> None:
    organization(page, "Organization")
    person(page)
    page.get_by_label("COPD").check()
    page.get_by_text("Heart failure", exact=True).last.click()
    page.get_by_label("NYHA class").select_option("3")


def plan(page: Page) -> None:
    organization(page, "Health plan")
    person(page)
    page.get_by_label("Member number").fill("MBI-77231")
    page.get_by_label("Line of business").select_option("medicare")
    page.get_by_label("Hospital stays").fill("2")
    page.get_by_label("Dementia").check()


def letter(page: Page) -> None:
    page.get_by_label("I am a loved one or a friend").check()
    page.get_by_label("Your name").fill("Bo Quimby")
    page.get_by_label("Who are you to them?").select_option("son")
    page.get_by_label("Phone number").fill("413 555 0100")
    page.get_by_label("In the evening").check()
    page.get_by_label("First name").fill("Ottoline")
    page.get_by_label("Last name").fill("Quimby")
    for part, typed in {"Month": "5", "Day": "6", "Year": "1941"}.items():
        page.get_by_label(part, exact=True).fill(typed)
    page.get_by_label("What is the illness?").fill("Her heart is weak.")


def intake(page: Page) -> None:
    page.get_by_label("Fax").check()
    page.get_by_label("When it arrived").fill("2026-03-01T17:40")
    page.get_by_label("Who refers").select_option("provider")
    page.get_by_label("Organization").fill("Elm Street Cardiology")
    page.get_by_label("Caller's phone").fill("508-580-2730")
    person(page)
    page.get_by_label("The illness in the caller's words").fill("Breathless at rest.")


DOORS: dict[str, Callable[[Page], None]] = {
    "/refer": provider,
    "/refer/plan": plan,
    "/refer/letter": letter,
    "/intake/new": intake,
}
SEND = {"/refer/letter": "Ask for a call", "/intake/new": "Save the referral"}
CALLED = {path: path.strip("/").replace("/", "-") for path in DOORS}


def send(page: Page, path: str) -> None:
    page.get_by_role("button", name=SEND.get(path, "Send the referral")).click()


@pytest.mark.parametrize("path", DOORS)
def test_a_door_is_accessible_and_fits_blank_wrong_and_thankful(browser: Browser, office: Served, path: str) -> None:
    with judged(browser, f"{CALLED[path]}-blank") as page:
        page.goto(office.address + path)
    with judged(browser, f"{CALLED[path]}-wrong") as page:
        page.goto(office.address + path)
        send(page, path)
        expect(page.get_by_role("alert")).to_contain_text("Please look at these again")
    with judged(browser, f"{CALLED[path]}-sent") as page:
        page.goto(office.address + path)
        DOORS[path](page)
        send(page, path)
        expect(page.get_by_role("heading", level=1)).to_have_text("Saved" if path == "/intake/new" else "Thank you")


def test_the_rules_and_what_is_missing_are_accessible_and_fit(browser: Browser, office: Served) -> None:
    told: list[str] = []

    async def refer(bench: Bench) -> None:
        told.append((await bench.command("/api/referrals", UNDETERMINED)).json()["referral_id"])

    office.do(refer)
    paths = {
        "rules": "/rules",
        "ruleset": "/rules/medi_cal_sb1004/1",
        "missing": f"/referrals/{told[0]}",
    }
    for name, path in paths.items():
        with judged(browser, name) as page:
            page.goto(office.address + path)


@pytest.mark.parametrize("path", DOORS)
def test_a_double_click_at_a_door_is_one_referral_and_no_script_is_needed(
    browser: Browser, office: Served, path: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    family = f"Twice-{CALLED[path]}"
    page.goto(office.address + path)
    DOORS[path](page)
    page.get_by_label("Last name" if path == "/refer/letter" else "Family name").fill(family)
    page.get_by_role("button", name=SEND.get(path, "Send the referral")).dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Saved" if path == "/intake/new" else "Thank you")
    page.goto(office.address + "/?status=all")
    expect(page.get_by_role("link", name=f"Ottoline {family}", exact=True)).to_have_count(1)
    context.close()


def test_a_coordinator_types_a_fax_in_by_keyboard_alone_and_takes_the_next(page: Page, office: Served) -> None:
    page.goto(office.address + "/intake/new")
    expect(page.get_by_label("Phone", exact=True)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Fax")).to_be_checked()
    intake(page)
    page.get_by_label("Family name").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Saved")
    page.get_by_role("link", name="Take down the next one").press("Enter")
    expect(page.get_by_label("Phone", exact=True)).to_be_focused()


def test_an_error_leads_to_its_field(page: Page, office: Served) -> None:
    page.goto(office.address + "/refer/letter")
    letter(page)
    page.get_by_label("Year").fill("41")
    send(page, "/refer/letter")
    page.get_by_role("link", name="Date of birth").click()
    expect(page.get_by_label("Month", exact=True)).to_be_focused()
    expect(page.get_by_label("Year")).to_have_value("41")
    expect(page.get_by_label("First name")).to_have_value("Ottoline")
