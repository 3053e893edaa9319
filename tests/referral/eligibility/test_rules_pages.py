"""The rules in plain words, and what a referral's page says of its findings."""

from __future__ import annotations

import re

from carebus.contracts.referral import EligibilityAssessed, ReferralAccepted
from carebus.testing import Bench, assert_published
from tests.referral.samples import RULES, body


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


async def test_coordinators_read_which_rules_hold_for_whom(clinic: Bench) -> None:
    page = text_of((await clinic.http.get("/rules")).text)
    assert "It holds for everybody for whom no other rule set does." in page
    assert "kind of coverage is Medicaid or Medicare and Medicaid" in page
    assert page.index("Medi-Cal palliative care") < page.index("Palliative care at home")


async def test_every_rule_set_is_told_in_plain_words(clinic: Bench) -> None:
    for rules in RULES.sets:
        page = text_of((await clinic.http.get(f"/rules/{rules.name}")).text)
        assert all(criterion.title in page.replace("&#39;", "'") for criterion in rules.criteria)
        assert rules.digest in page
    medi_cal = text_of((await clinic.http.get("/rules/medi_cal_sb1004/1")).text)
    assert "NYHA class: 3 or more" in medi_cal
    assert "Informs only" not in medi_cal


async def test_rules_that_nobody_has_are_not_found(clinic: Bench) -> None:
    assert (await clinic.http.get("/rules/home_palliative/99")).status_code == 404


async def test_the_rule_sets_are_told_as_data(clinic: Bench) -> None:
    told = (await clinic.http.get("/api/rulesets")).json()
    assert told["in_force"] == ["medi_cal_sb1004/1", "home_palliative/2"]
    found = {f"{each['id']}/{each['version']}": each for each in told["rulesets"]}
    assert found["home_palliative/2"]["criteria"][0]["rule"] == {"fact": "died", "is": False}


async def test_what_is_missing_is_shown_and_nobody_is_declined_or_accepted_by_it(clinic: Bench) -> None:
    told = (await clinic.command("/api/referrals", body(diagnoses=[{"system": "ICD-9", "code": "428.0"}]))).json()
    assert (told["eligible"], told["suggested_decline_reason"]) == (False, None)
    path = f"/referrals/{told['referral_id']}"
    page = text_of((await clinic.http.get(path)).text)
    assert "Not decided yet: something is missing" in page
    assert "the diagnosis by its code (from the referrer)" in page
    assert "something is missing" in (await clinic.http.get("/")).text
    refused = await clinic.command(f"/api{path}/accept", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "eligibility_undetermined")
    await assert_published(clinic, ReferralAccepted, times=0)


async def test_a_finding_says_what_it_rests_on_and_the_rules_speak_kindly(clinic: Bench) -> None:
    told = (await clinic.command("/api/referrals", body(on_hospice=True, clinical={"nyha_class": 3}))).json()
    page = text_of((await clinic.http.get(f"/referrals/{told['referral_id']}")).text)
    assert "SNOMED-CT 88805009" in page
    assert "NYHA class 3" in page
    assert "we gladly hear from you again" in page
    (assessed,) = await assert_published(clinic, EligibilityAssessed, times=1)
    assert (assessed.barred_by, assessed.verdict) == ("not_on_hospice", "ineligible")
