"""A coordinator completes what a referral states: nothing that was stated is lost, and the rules are applied again."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from carebus.contracts.referral import EligibilityAssessed, ReferralAmended, Verdict
from carebus.ids import new_id
from carebus.testing import Bench, assert_published
from tests.referral.samples import body
from tests.referral.workflow.test_pages import error_at

ICD_9 = {"system": "ICD-9", "code": "428.0", "description": "as our old system has it"}
WHOLE = body(
    patient={**body()["patient"], "suffix": "Jr.", "phone": "413-555-0100", "time_zone": "America/Boise"},
    contact={**body()["contact"], "relationship": "godmother"},
    diagnoses=[*body()["diagnoses"], ICD_9],
    clinical={"nyha_class": 3, "inr": 1.4, "declining": False},
    placer_id="O-1",
    placer_assigner="elm",
    requested_services=["home visit"],
    illness_in_own_words="weak heart",
    best_call_time="evening",
    referral_note="Two lines\nof text.",
)


def typed_in(page: str) -> dict[str, Any]:
    """What a browser would send of the page as it is."""
    found: dict[str, Any] = {}
    form = page.partition('id="details"')[2]
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="([^"]+)"', tag)
        if name and (kind is None or kind[1] not in {"radio", "checkbox"} or " checked" in tag):
            found[name[1]] = html.unescape(value[1]) if value else ""
    for name, options in re.findall(r'<select[^>]*name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        found[name] = html.unescape(chosen[1]) if chosen else ""
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL):
        found[name] = html.unescape(text)
    return found


async def referred(clinic: Bench, referral: dict[str, Any]) -> str:
    answer = await clinic.command("/api/referrals", referral)
    assert answer.status_code == 201, answer.text
    return f"/referrals/{answer.json()['referral_id']}"


async def details(clinic: Bench, path: str) -> dict[str, Any]:
    return typed_in((await clinic.http.get(f"{path}/details")).text)


async def test_a_page_sent_back_as_it_is_changes_nothing(clinic: Bench) -> None:
    path = await referred(clinic, WHOLE)
    answer = await clinic.http.post(f"{path}/details", data=await details(clinic, path))
    assert answer.status_code == 303, answer.text
    await assert_published(clinic, ReferralAmended, times=0)


async def test_what_was_learned_by_phone_settles_what_was_unknown(clinic: Bench) -> None:
    path = await referred(clinic, body(channel="letter", diagnoses=[], on_hospice=None, letter_code="CP-1"))
    assert "Complete the details" in (await clinic.http.get(path)).text
    told = {**await details(clinic, path), "codes": "I50.22", "on_hospice": "no"}
    assert (await clinic.http.post(f"{path}/details", data=told)).headers["location"] == path
    first, second = await assert_published(clinic, EligibilityAssessed, times=2)
    assert (first.verdict, second.verdict) == (Verdict.UNDETERMINED, Verdict.ELIGIBLE)
    (amended,) = await assert_published(clinic, ReferralAmended, times=1)
    assert set(amended.changed) == {"diagnoses", "on_hospice"}


async def test_a_death_that_is_learned_later_stands_in_the_way(clinic: Bench) -> None:
    path = await referred(clinic, WHOLE)
    await clinic.http.post(f"{path}/details", data={**await details(clinic, path), "died_on": "2026-03-01"})
    assert (await clinic.published(EligibilityAssessed))[-1].barred_by == "living"


@pytest.mark.parametrize(
    ("name", "typed", "field"), [("codes", "heart", "codes"), ("patient.given_name", "", "patient-given_name")]
)
async def test_a_slip_keeps_the_page_as_it_was_typed(clinic: Bench, name: str, typed: str, field: str) -> None:
    path = await referred(clinic, WHOLE)
    page = await clinic.http.post(
        f"{path}/details", data={**await details(clinic, path), name: typed, "payer.plan_id": "H1234"}
    )
    assert page.status_code == 422
    assert error_at(page.text, field)
    assert 'value="H1234"' in page.text


async def test_of_two_who_mend_it_at_once_the_later_is_told_and_loses_nothing(clinic: Bench) -> None:
    path = await referred(clinic, WHOLE)
    one, two = await details(clinic, path), await details(clinic, path)
    await clinic.http.post(f"{path}/details", data={**one, "on_hospice": "unknown"})
    page = await clinic.http.post(f"{path}/details", data={**two, "payer.plan_id": "H1234"})
    assert page.status_code == 409
    assert 'value="H1234"' in page.text
    await assert_published(clinic, ReferralAmended, times=1)


async def test_details_of_nobody_are_not_found(clinic: Bench) -> None:
    assert (await clinic.http.get(f"/referrals/{new_id()}/details")).status_code == 404
