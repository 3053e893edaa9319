"""A real browser at somebody's wishes: list, wishes, document, conversation and summary are accessible and fit."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from carebus.testing import Bench
from services.wishes import app
from services.wishes.settings import Settings
from tests.benches import service_bench
from tests.browser.judging import judged
from tests.browser.on_bench import Served, served
from tests.wishes.papers import pdf
from tests.wishes.people import KEYS, done, filed_one, taken_on
from tests.wishes.test_conversations import begun, held, step

pytestmark = pytest.mark.browser

JOSE = UUID("018f0000-0000-7000-8000-0000000000ab")
SAID = [
    {"question": "goals", "words": "To be in my garden when the roses bloom, with my family around me."},
    {"question": "treatment", "choice": "comfort_only", "words": "No machines."},
    {"question": "cpr", "choice": "no_cpr"},
    {"question": "hospital", "choice": "hospital_for_comfort"},
]


@pytest.fixture(scope="module")
def wishes(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Somebody of whom much is known, some of it contested, and a conversation that was stopped."""

    async def known(bench: Bench) -> None:
        await taken_on(bench, JOSE, language="es")
        await held(bench, JOSE, answers=SAID)
        named = {"full_name": "Ana Núñez", "relationship": "daughter", "phone": "(617) 555-0142"}
        await done(bench, JOSE, "appoint", appointed_on="2026-01-02", limits="Not to sell the house.", **named)
        await filed_one(bench, JOSE, content=pdf(3), says={"cpr": "attempt_cpr", "treatment": "full_treatment"})
        page = await begun(bench, JOSE, language="es")
        await step(bench, page, "treatment", "stop", nutrition__words="Tengo que pensarlo.")

    folder = tmp_path_factory.mktemp("wishes")
    with served(
        lambda: service_bench("wishes", app.make, Settings, admin_url=postgres_url, folder=folder, document_keys=KEYS)
    ) as one:
        one.do(known)
        yield one


def opened(page: Page, wishes: Served, name: str) -> None:
    """A page, found as somebody would."""
    page.goto(wishes.address if name == "list" else f"{wishes.address}/patients/{JOSE}")
    links = {
        "document": page.get_by_role("table", name="Documents").get_by_role("link"),
        "conversation": page.get_by_role("link", name="Take it up again"),
        "summary": page.get_by_role("link", name="Summary to take along"),
    }
    if link := links.get(name):
        page.goto(str(link.first.evaluate("link => link.href")))


@pytest.mark.parametrize("name", ["list", "wishes", "document", "conversation", "summary"])
def test_every_page_is_accessible_and_fits(browser: Browser, wishes: Served, name: str) -> None:
    with judged(browser, f"wishes-{name}") as page:
        opened(page, wishes, name)
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_orders_stand_in_words_above_the_pages_and_the_pages_are_drawn(page: Page, wishes: Served) -> None:
    opened(page, wishes, "document")
    words = page.get_by_text("Attempt CPR").first
    drawn = page.get_by_role("img", name="Page 1 of 3")
    expect(words).to_be_visible()
    expect(drawn).to_be_visible()
    assert drawn.evaluate("image => image.complete && image.naturalWidth > 500")
    above, below = words.bounding_box(), drawn.bounding_box()
    assert above
    assert below
    assert above["y"] < below["y"]


def test_a_file_that_is_none_is_refused_at_its_field_and_what_was_typed_stays(page: Page, wishes: Served) -> None:
    page.goto(f"{wishes.address}/patients/{JOSE}")
    page.get_by_text("File a document").click()
    none: FilePayload = {"name": "x.pdf", "mimeType": "application/pdf", "buffer": b"no"}
    page.get_by_label("The file").set_input_files(none)
    page.get_by_label("What it is").select_option("living_will")
    page.get_by_label("Signed", exact=True).check()
    page.get_by_label("Signed on").fill("2026-01-05")
    page.get_by_role("button", name="File it").click()
    expect(page.get_by_text("This is no PDF, JPEG, PNG, TIFF or HEIC file").first).to_be_visible()
    expect(page.get_by_label("What it is")).to_have_value("living_will")
    expect(page.get_by_label("Signed on")).to_have_value("2026-01-05")
