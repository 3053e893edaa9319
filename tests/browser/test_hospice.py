"""A real browser at hospice and bereavement: every page is accessible and fits, and only the letter is printed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from carebus.testing import Bench
from services.care_plan import app
from services.care_plan.settings import Settings
from tests.benches import service_bench
from tests.browser.judging import judged
from tests.browser.on_bench import Served, served
from tests.care_plan.bereavement.families import DAUGHTER
from tests.care_plan.documents.visited import BORN, SECRET
from tests.care_plan.hospice.test_hospice_pages import elect, send, wants_comfort
from tests.care_plan.people import accepted, staff

pytestmark = pytest.mark.browser

PROMPTED, ENROLLED, DIED = (UUID(f"018f0000-0000-7000-8000-0000000000{n}") for n in ("a1", "a2", "a3"))
PAGES = {
    "list": "/hospice",
    "prompted": f"/patients/{PROMPTED}/hospice",
    "elected": f"/patients/{ENROLLED}/hospice",
    "package": f"/patients/{ENROLLED}/hospice/package",
    "patient": f"/patients/{ENROLLED}",
    "bereavement-list": "/bereavement",
    "family": f"/patients/{DIED}/bereavement",
}


@pytest.fixture(scope="module")
def care(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One with a reason to talk, one in hospice whose notice is overdue, one who died and leaves a daughter."""

    async def known(bench: Bench) -> None:
        await staff(bench, capacity=30)
        for patient, name in ((PROMPTED, "Rosa Almeida"), (ENROLLED, "Walter Nguyen"), (DIED, "Ines Ferreira")):
            referral = accepted(name=name, state="CA").model_copy(update={"contact": DAUGHTER})
            await bench.hears(referral, patient=patient)
        await wants_comfort(bench, PROMPTED)
        await send(bench, PROMPTED, "discuss", discussed_on=bench.now().date(), said="She wants to think it over.")
        await wants_comfort(bench, ENROLLED)
        await elect(bench, ENROLLED)
        await send(bench, ENROLLED, "send-package", to="M. Ortiz, RN", how="by fax")
        await bench.command(f"/api/patients/{DIED}/report-death", {"source": "family"})
        died_on = (bench.now().date()).isoformat()
        await bench.command(f"/api/patients/{DIED}/confirm-death", {"died_on": died_on})
        await bench.passes(days=8)
        await send(bench, PROMPTED, "decline", declined_on=bench.now().date(), ask_again_on=_later(bench))

    folder = tmp_path_factory.mktemp("hospice")
    with served(
        lambda: service_bench(
            "care_plan", app.make, Settings, admin_url=postgres_url, folder=folder, summary_link_secret=SECRET
        )
    ) as one:
        one.do(known)
        yield one


def _later(bench: Bench) -> str:
    return (bench.now().date() + timedelta(days=14)).isoformat()


def to_daughter(page: Page, care: Served) -> None:
    """Her page, found from the list as somebody would."""
    page.goto(f"{care.address}/bereavement")
    page.goto(str(page.get_by_role("link", name="Inés Almeida").first.evaluate("link => link.href")))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_accessible_and_fits(browser: Browser, care: Served, name: str) -> None:
    with judged(browser, f"hospice-{name}") as page:
        page.goto(care.address + PAGES[name])
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_one_persons_page_is_accessible_and_fits(browser: Browser, care: Served) -> None:
    with judged(browser, "hospice-bereaved") as page:
        to_daughter(page, care)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Inés Almeida")


@pytest.mark.parametrize(("language", "words"), [("en", "We are sorry"), ("es", "Lamentamos mucho")])
def test_the_letter_is_accessible_and_fits_in_both_languages(
    browser: Browser, care: Served, language: str, words: str
) -> None:
    with judged(browser, f"hospice-letter-{language}") as page:
        to_daughter(page, care)
        page.goto(f"{page.url}/letter?language={language}")
        expect(page.get_by_role("article")).to_contain_text(words)


def test_the_private_page_of_a_package_is_accessible_and_fits(browser: Browser, care: Served) -> None:
    with judged(browser, "hospice-private-question") as page:
        page.goto(care.address + PAGES["elected"])
        page.goto(str(page.locator("a.breaks").first.evaluate("link => link.href")))
        expect(page.get_by_role("heading", level=1)).to_have_text("A package for you")
        link = page.url
    with judged(browser, "hospice-private") as page:
        page.goto(link)
        page.get_by_label("Date of birth").fill(BORN)
        page.get_by_role("button", name="Show it").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Plan, wishes and medicines")


def test_only_the_letter_is_printed(page: Page, care: Served) -> None:
    to_daughter(page, care)
    page.goto(f"{page.url}/letter")
    button = page.get_by_role("button", name="It went out")
    expect(button).to_be_visible()
    page.emulate_media(media="print")
    expect(button).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_hidden()
    expect(page.get_by_role("article")).to_be_visible()


def test_a_mistyped_number_of_a_hospice_is_refused_at_its_field(page: Page, care: Served) -> None:
    page.goto(f"{care.address}/patients/{PROMPTED}/hospice")
    card = page.locator("#elect")
    card.get_by_label("Hospice", exact=True).fill("Evergreen Hospice")
    card.get_by_label("NPI").fill("1234567890")
    card.get_by_label("Terminal diagnosis").fill("C34.90")
    card.get_by_role("button").click()
    expect(page.locator("#elect").get_by_text("one seems mistyped").first).to_be_visible()
    expect(page.locator("#elect").get_by_label("Hospice", exact=True)).to_have_value("Evergreen Hospice")
