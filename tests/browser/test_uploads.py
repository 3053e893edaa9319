"""A real browser sends a health plan's list, looks at what is wrong, confirms it and takes the result home."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from carebus.testing import Bench
from services.referral import app
from services.referral.settings import Settings
from tests.benches import service_bench
from tests.browser.judging import judged
from tests.browser.on_bench import Served, served
from tests.referral.lists import HEADER, lines, member, worked

pytestmark = pytest.mark.browser

ROWS = 40
WRONG = [
    member(40, DOB="5/6/19"),
    member(41, DOB="soon"),
    member(42, **{"Last Name": "", "Dx1": "heart"}),
    [*member(43), "", "x"],
]

NEW = count(1000)
"""What makes each list another one, of other people."""


@pytest.fixture(scope="module")
def referral(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("uploads")

    def opened() -> Any:
        return service_bench(
            "referral", app.make, Settings, admin_url=postgres_url, folder=folder, help_line="800-555-0199"
        )

    with served(opened) as one:
        yield one


@pytest.fixture
def found(referral: Served, browser: Browser, tmp_path: Path) -> str:
    """The address of a list that was sent in the page and looked at by the worker."""
    file = tmp_path / "members.csv"
    file.write_bytes(lines([*(member(next(NEW)) for _ in range(ROWS)), *WRONG]))
    page = browser.new_page()
    page.goto(referral.address + "/uploads")
    _send(page, file)
    referral.do(worked)
    address = page.url
    page.close()
    return address


def _send(page: Page, file: Path) -> None:
    page.get_by_label("The list").set_input_files(file)
    page.get_by_label("Health plan").fill("Blue Harbor Health")
    page.get_by_label("E-mail for questions").fill("referrals@blueharbor.example")
    page.get_by_role("button", name="Send the list").click()


def test_the_page_to_send_a_list(referral: Served, browser: Browser, found: str) -> None:
    assert found
    with judged(browser, "upload") as page:
        page.goto(referral.address + "/uploads")
        expect(page.get_by_role("link", name="Download an empty list")).to_be_visible()


def test_a_form_without_a_file_says_so_and_keeps_what_was_typed(referral: Served, browser: Browser) -> None:
    with judged(browser, "upload-wrong") as page:
        page.goto(referral.address + "/uploads")
        page.get_by_label("Health plan").fill("Blue Harbor Health")
        page.get_by_role("button", name="Send the list").click()
        expect(page.get_by_role("alert")).to_contain_text("Choose a file")
        expect(page.get_by_label("Health plan")).to_have_value("Blue Harbor Health")


def test_what_is_wrong_is_shown_before_anybody_is_referred(browser: Browser, found: str) -> None:
    with judged(browser, "upload-preview") as page:
        page.goto(found)
        expect(page.get_by_role("heading", name="40 of 44 rows can be taken in")).to_be_visible()
        expect(page.get_by_role("button", name="Refer 40 people")).to_be_visible()


def test_a_confirmed_list_is_watched_until_it_is_done(referral: Served, browser: Browser, found: str) -> None:
    with judged(browser, "upload-result") as page:
        page.goto(found)
        page.get_by_role("button", name="Refer 40 people").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        referral.do(worked)
        expect(page.get_by_role("heading", name="40 people were referred")).to_be_visible()
        with page.expect_download() as taken:
            page.get_by_role("link", name="Download the result").click()
        assert len(Path(taken.value.path()).read_text().splitlines()) == 45


def test_progress_looks_as_it_should(referral: Served, browser: Browser, found: str) -> None:
    async def halfway(bench: Bench) -> None:
        async with bench.service.core.database.connection() as db:
            await db.execute(
                "update upload set stage = 'performing', done = 17 where upload_id = $1", found.rpartition("/")[2]
            )

    referral.do(halfway)
    with judged(browser, "upload-progress") as page:
        page.goto(found)
        expect(page.get_by_role("progressbar")).to_be_visible()


def test_the_same_file_again_leads_to_the_list_it_is(referral: Served, browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "again.csv"
    file.write_bytes(lines([member(9000)]))
    page = browser.new_page()
    for _ in range(2):
        page.goto(referral.address + "/uploads")
        _send(page, file)
    expect(page.get_by_role("status")).to_contain_text("This file came before")
    page.close()


@pytest.fixture
def changed(referral: Served, browser: Browser, tmp_path: Path) -> str:
    """The address of a list that changes people who are known, with something mended in it."""
    n = next(NEW)
    header = [*HEADER, "Reference"]
    file = tmp_path / "changed.csv"

    def come(page: Page, **changes: str) -> None:
        file.write_bytes(lines([[*member(n, **changes), f"R{n}"], [*member(n + 500_000), f"S{n}"]], header))
        page.goto(referral.address + "/uploads")
        _send(page, file)
        referral.do(worked)
        page.reload()

    page = browser.new_page()
    come(page)
    page.get_by_role("button", name="Refer 2 people").click()
    referral.do(worked)
    come(page, **{"Address": "9 Elm Street", "Zip": "1901", "Member ID": f"N{n}"})
    address = page.url
    page.close()
    return address


def test_what_a_list_changes_is_ticked_before_it_counts(referral: Served, browser: Browser, changed: str) -> None:
    with judged(browser, "upload-changes") as page:
        page.goto(changed)
        tick = page.get_by_label("Addresses, phones and e-mails: 1 row")
        expect(tick).not_to_be_checked()
        expect(page.get_by_text("A spreadsheet took the zero in front away")).to_be_visible()
        tick.check()
    with judged(browser, "upload-again") as page:
        page.goto(changed)
        page.get_by_role("button", name="Take in changes to 1 person").click()
        referral.do(worked)
        page.reload()
        expect(page.get_by_role("button", name="Take it again")).to_be_visible()
