"""What a Bundle also states, on the page of its referral: it fits every screen, however long its words are."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.judging import judged
from tests.browser.referring import address
from tests.referral import bundles as b
from tests.referral.consents import PERMIT, consent, related

pytestmark = pytest.mark.browser

__all__ = ["address"]


def test_what_is_also_stated_is_accessible_and_fits(browser: Browser, address: str) -> None:
    said = {"identifier": [{"system": f"http://hospital.example/{'number/' * 30}", "value": "77" * 60}]}
    bundle = b.transaction(
        patient={**said, "maritalStatus": {"text": "Widowed"}}, order={"patientInstruction": "Ring."}
    )
    bundle["entry"] += [b.entry(related("k1")), b.entry({**consent(PERMIT, policyRule=None), "id": "n1"})]
    answer = httpx.post(f"{address}/fhir", json=bundle)
    referral = answer.headers["location"].rpartition("/")[2]
    with judged(browser, "office-also-stated") as page:
        page.goto(f"{address}/referrals/{referral}")
        expect(page.get_by_role("heading", name="Also stated")).to_be_visible()
        expect(page.get_by_text("It names no policy")).to_be_visible()
