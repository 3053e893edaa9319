"""A real browser refers a person and works through the worklist, on a real database."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.judging import judged
from tests.browser.referring import refer
from tests.referral.samples import body

pytestmark = pytest.mark.browser

TITLES = {
    "blank": "Direct Referral Form",
    "wrong": "Direct Referral Form",
    "thanks": "Thank you",
    "worklist": "Referrals",
    "declined": "Referrals",
    "urgent": "Wilhelmina-Josephine O'Keefe de la Vega y Montalbán",
    "deceased": "Ottoline672 Quimby90",
}
VIEWS = [(360, "light"), (1280, "dark")]


@pytest.fixture(scope="module")
def referrals(address: str) -> dict[str, str]:
    """A referral that is urgent and one of a person who died, by what they are; and a third that says nothing new."""
    eastern = body()["patient"]
    refer(address, body())
    return {
        "urgent": refer(address, body(priority="urgent", patient={**eastern, "given_name": "Wilhelmina-Josephine",
                                                                    "family_name": "O'Keefe de la Vega y Montalbán"})),
        "deceased": refer(address, body(died_on="2025-11-02", contact=None, payer=None, on_hospice=None)),
    }  # fmt: skip


def fill(page: Page, address: str) -> None:
    page.goto(address + "/refer")
    page.get_by_label("Organization").fill("Elm Street Cardiology")
    page.get_by_label("Your name").fill("R. Osei")
    page.get_by_label("Your phone").fill("508-580-2730")
    page.get_by_label("Given name").fill("Ottoline")
    page.get_by_label("Family name").fill("Quimby")
    page.get_by_label("Date of birth").fill("1941-05-06")
    page.get_by_label("Heart failure").check()
    page.get_by_label("Diagnosis codes").fill("I50.22, J44.9")
    page.get_by_label("Loved one's name").fill("Bo Quimby")
    page.get_by_label("Relationship").select_option("son")
    page.get_by_label("Loved one's e-mail").fill("bo@families.example")
    page.get_by_label("The person has agreed").check()
    page.get_by_label("What else should we know?").fill("Breathless at rest.\nDaughter moves out in May.")


def fill_wrong(page: Page, address: str) -> None:
    fill(page, address)
    page.get_by_label("Heart failure").uncheck()
    page.get_by_label("Organization").fill("")
    page.get_by_label("Date of birth").fill("2031-05-06")
    page.get_by_label("Diagnosis codes").fill("")
    page.get_by_label("Your phone").fill("")
    page.get_by_label("Loved one's e-mail").fill("bo at home")
    page.get_by_role("button", name="Send the referral").click()


def send(page: Page) -> None:
    page.get_by_role("button", name="Send the referral").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
@pytest.mark.parametrize("what", TITLES)
def test_every_page_is_accessible_and_fits(
    browser: Browser, address: str, referrals: dict[str, str], what: str, width: int, scheme: str
) -> None:
    with judged(browser, width, scheme, what) as page:
        if what == "wrong":
            fill_wrong(page, address)
        elif what == "thanks":
            fill(page, address)
            send(page)
        else:
            paths = {"blank": "/refer", "worklist": "/", "declined": "/?status=declined"}
            paths |= {name: f"/referrals/{referral_id}" for name, referral_id in referrals.items()}
            page.goto(address + paths[what])
        expect(page.get_by_role("heading", level=1)).to_have_text(TITLES[what])


def test_what_was_typed_is_kept_and_every_rule_stands_at_its_field(page: Page, address: str) -> None:
    fill_wrong(page, address)
    expect(page).to_have_title("Please check: Direct Referral Form · Carebus")
    assert page.url == address + "/refer"
    expect(page.get_by_label("Given name")).to_have_value("Ottoline")
    expect(page.get_by_label("Date of birth")).to_have_value("2031-05-06")
    expect(page.get_by_label("Loved one's e-mail")).to_have_value("bo at home")
    expect(page.get_by_label("Relationship")).to_have_value("son")
    expect(page.get_by_label("The person has agreed")).to_be_checked()
    expect(page.get_by_label("Date of birth")).to_have_accessible_description(
        "Error: Give a date that is not in the future."
    )
    page.get_by_role("link", name="Which serious illness").click()
    expect(page.get_by_label("Heart failure")).to_be_focused()


def test_a_double_click_is_one_referral(page: Page, address: str) -> None:
    fill(page, address)
    page.get_by_label("Family name").fill("Doubleday")
    page.get_by_role("button", name="Send the referral").dblclick()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    page.goto(address + "/?status=all")
    expect(page.get_by_role("link", name="Ottoline Doubleday")).to_have_count(1)


def test_everything_works_without_the_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    fill(page, address)
    page.get_by_label("Family name").fill("Scriptless")
    send(page)
    number = page.locator(".stat .figure").inner_text()
    page.goto(address)
    page.get_by_label("Find by reference number").fill(number.lower().replace("-", " "))
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("heading", name="Ottoline Scriptless")).to_be_visible()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Accepted").first).to_be_visible()
    expect(page.get_by_role("button", name="Decline")).to_have_count(0)
    context.close()


def test_a_coordinator_declines_from_the_worklist_and_the_list_waits_for_the_choice(page: Page, address: str) -> None:
    name = "Wait Forme"
    referred = refer(address, body(patient={**body()["patient"], "given_name": "Wait", "family_name": "Forme"}))
    page.goto(address)
    row = page.get_by_role("row").filter(has_text=name)
    row.locator("summary").click()
    row.get_by_label("Reason").select_option("patient_declined")
    row.get_by_role("button", name="Decline").focus()
    with page.expect_response(address + "/"), page.expect_response(address + "/"):
        refer(address, body())
    expect(row.get_by_label("Reason")).to_have_value("patient_declined")
    row.get_by_role("button", name="Decline").click()
    expect(page.get_by_role("status")).to_contain_text(f"{name}: The person does not want it")
    assert page.url == f"{address}/?decided={referred}"


def test_the_worklist_shows_a_new_referral_by_itself(page: Page, address: str) -> None:
    page.goto(address)
    refer(address, body(priority="urgent", patient={**body()["patient"], "given_name": "Nova", "family_name": "New"}))
    expect(page.get_by_role("link", name="Nova New")).to_be_visible(timeout=15_000)
