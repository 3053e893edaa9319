"""A real browser shows a privacy officer who saw what: every page is accessible and fits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from carebus.contracts.audit import AuditKind
from carebus.testing import Bench
from services.audit import app
from services.audit.settings import Settings
from tests.audit.sealing import ANNA, BENNO, batches, row, stream
from tests.benches import service_bench
from tests.browser.judging import judged
from tests.browser.on_bench import Served, served

pytestmark = pytest.mark.browser

ROWS = [
    row(1),
    row(2, patients=(ANNA, BENNO), name="GET /"),
    row(3, kind=AuditKind.DENIAL, outcome="access_denied"),
    row(4, kind=AuditKind.DISCLOSURE, name="GET /fhir/Task/{referral_id}"),
    row(5, emergency_reason="Pain at night, and nobody of the team answers the telephone"),
]


@pytest.fixture(scope="module")
def audit(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    async def hear(bench: Bench) -> None:
        await bench.hears(*batches(ROWS), stream=stream())

    folder = tmp_path_factory.mktemp("audit")
    with served(lambda: service_bench("audit", app.make, Settings, admin_url=postgres_url, folder=folder)) as one:
        one.do(hear)
        yield one


@pytest.mark.parametrize("path", ["/", f"/?patient={ANNA}", "/?patient=x", "/reviews", "/chains"])
def test_every_page_is_accessible_and_fits(browser: Browser, audit: Served, path: str) -> None:
    with judged(browser, f"audit-{path.strip('/?').partition('=')[0] or 'search'}-{len(path)}") as page:
        page.goto(audit.address + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_an_emergency_access_is_reviewed_on_its_page(page: Page, audit: Served) -> None:
    page.goto(f"{audit.address}/reviews")
    page.get_by_label("Found").select_option("justified")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("justified")).to_be_visible()
