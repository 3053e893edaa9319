"""A real browser at equipment: lists, a patient's page, a form, an order and a supplier's page are right and fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from carebus.contracts.equipment import DmeOrdered
from carebus.testing import Bench
from carebus.web.private_links import PrivateLinks
from services.equipment import app
from services.equipment.settings import Settings
from tests.benches import service_bench
from tests.browser.judging import judged
from tests.browser.on_bench import Served, served
from tests.equipment.homes import BED, CONCENTRATOR, SECRET, SUPPLIERS, asked_for, at_home, done, ordered, taken_on

pytestmark = pytest.mark.browser

JOSE, ANA = UUID("018f0000-0000-7000-8000-0000000000ac"), UUID("018f0000-0000-7000-8000-0000000000ad")
PAGES = {
    "due": "/",
    "serials": "/serials",
    "balances": "/balances",
    "equipment": f"/patients/{JOSE}",
    "request": f"/patients/{JOSE}/request",
}


@pytest.fixture(scope="module")
def equipment(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Somebody with things in use, broken, on order and asked for; another with the same serial number."""

    async def known(bench: Bench) -> None:
        for patient in (JOSE, ANA):
            await taken_on(bench, patient, address={"street": "12 Elm Street", "city": "Springfield", "state": "MA"})
            await at_home(bench, patient, BED, serial="B-77120")
        oxygen = await at_home(bench, JOSE, CONCENTRATOR, serial="OX 1207", supplier="bay")
        await done(bench, JOSE, "fault", loan_id=oxygen, words="Hardly any flow since this morning.", urgent=True)
        await done(bench, JOSE, "pickup", loan_id=oxygen, reason="faulty")
        request = await asked_for(bench, JOSE, "K0001")
        await done(bench, JOSE, "ask-payer", request_id=request)
        await done(bench, JOSE, "denied", request_id=request, reason="documents_missing", because="Send the note.")
        await ordered(bench, JOSE, "E0630")
        last = (await bench.published(DmeOrdered, patient=JOSE))[-1]
        PAGES["order"] = f"/patients/{JOSE}/orders/{last.order_id}"
        PAGES["supplier"] = PrivateLinks(SECRET, "/orders").address(last.link_id)

    folder = tmp_path_factory.mktemp("equipment")
    given: dict[str, Any] = {"suppliers": SUPPLIERS, "order_link_secret": SECRET}
    with served(
        lambda: service_bench("equipment", app.make, Settings, admin_url=postgres_url, folder=folder, **given)
    ) as one:
        one.do(known)
        yield one


@pytest.mark.parametrize("name", ["due", "serials", "balances", "equipment", "request", "order", "supplier"])
def test_every_page_is_accessible_and_fits(browser: Browser, equipment: Served, name: str) -> None:
    with judged(browser, f"equipment-{name}") as page:
        page.goto(f"{equipment.address}{PAGES[name]}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_something_is_asked_for_from_the_page_and_a_slip_keeps_what_was_typed(page: Page, equipment: Served) -> None:
    page.goto(f"{equipment.address}/patients/{ANA}")
    page.get_by_role("link", name="Ask for equipment").click()
    page.get_by_label("Why it is needed").fill("Can’t get out of bed.")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_role("alert")).to_contain_text("This is required.")
    expect(page.get_by_label("Why it is needed")).to_have_value("Can’t get out of bed.")
    page.get_by_label("What is needed").select_option("E0630")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_role("region", name="Lift to move somebody out of bed")).to_contain_text("Payer not asked yet")
