"""The pages: the form keeps what was typed, the worklist shows who waits, and no address or title names anybody."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from carebus.contracts.people import ReferrerKind
from carebus.contracts.referral import Channel, ReferralAccepted, ReferralDeclined, ReferralReceived
from carebus.ids import new_id
from carebus.testing import Bench, assert_published
from tests.referral.acting import as_
from tests.referral.samples import SECRETS, body, named

TYPED = {
    "referrer.organization": "Elm Street Cardiology",
    "referrer.name": "R. Osei",
    "referrer.email": "osei@elm.example",
    "patient.given_name": "Ottoline",
    "patient.family_name": "Quimby",
    "patient.birth_date": "1941-05-06",
    "patient.language": "en",
    "patient.time_zone": "America/New_York",
    "conditions": ["heart_failure", "copd"],
    "codes": "I50.22, 59621000",
    "on_hospice": "unknown",
    "payer.kind": "none",
    "priority": "urgent",
    "contact.language": "en",
    "contact.time_zone": "America/New_York",
    "referral_note": "Breathless <b>at rest</b>.",
}


async def send(clinic: Bench, key: str | None = None, **changes: Any) -> httpx.Response:
    typed = {**TYPED, **{name.replace("__", "."): value for name, value in changes.items()}}
    return await clinic.http.post("/refer", data={**typed, "idempotency_key": key or str(new_id())})


async def referred(clinic: Bench, **changes: Any) -> str:
    answer = await clinic.command("/api/referrals", body(**changes))
    return str(answer.json()["referral_id"])


def error_at(page: str, field: str) -> str:
    found = re.search(rf'id="field-{field}-error">.*?</span>(.*?)</p>', page, re.DOTALL)
    return found[1] if found else ""


async def test_the_form_becomes_a_referral_and_leads_to_a_reference_number(clinic: Bench) -> None:
    answer = await send(clinic)
    assert answer.status_code == 303
    assert re.fullmatch(r"/refer/sent/[0-9a-f-]{36}", answer.headers["location"])
    (received,) = await assert_published(clinic, ReferralReceived, times=1)
    assert (received.channel, received.referrer.kind) == (Channel.FORM, ReferrerKind.PROVIDER)
    assert [each.code for each in received.diagnoses] == ["13645005", "I50.22", "59621000"]
    assert received.conditions == ("copd", "heart_failure")
    assert (received.on_hospice, received.contact) == (None, None)
    assert received.payer is not None
    assert received.payer.kind == "none"
    thanks = await clinic.http.get(answer.headers["location"])
    assert re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", thanks.text)
    assert not any(secret in thanks.text for secret in SECRETS)


async def test_the_form_sent_twice_is_one_referral(clinic: Bench) -> None:
    key = str(new_id())
    first, again = await send(clinic, key), await send(clinic, key)
    assert first.headers["location"] == again.headers["location"]
    await assert_published(clinic, ReferralReceived, times=1)


async def test_a_form_changed_after_it_was_sent_asks_before_it_refers_once_more(clinic: Bench) -> None:
    key = str(new_id())
    await send(clinic, key)
    page = await send(clinic, key, patient__family_name="Quimby-Ash")
    assert page.status_code == 422
    assert "You have sent this form already" in page.text
    assert 'value="Quimby-Ash"' in page.text
    assert key not in page.text
    await assert_published(clinic, ReferralReceived, times=1)


@pytest.mark.parametrize("key", ["", "not-a-key"])
async def test_a_form_without_its_key_is_shown_again(clinic: Bench, key: str) -> None:
    page = await clinic.http.post("/refer", data={**TYPED, "idempotency_key": key})
    assert page.status_code == 422
    assert 'value="Quimby"' in page.text
    await assert_published(clinic, ReferralReceived, times=0)


async def test_everything_wrong_is_said_at_once_and_all_that_was_typed_is_kept(clinic: Bench) -> None:
    key = str(new_id())
    page = await send(
        clinic,
        key,
        referrer__email="",
        referrer__npi="1234567890",
        patient__birth_date="2031-01-01",
        conditions=[],
        codes="",
        payer__kind="medicare",
        contact__full_name="Bo",
        contact__email="bo at home",
    )
    assert page.status_code == 422
    for field, rule in {
        "referrer-phone": "phone number or an e-mail",
        "referrer-npi": "mistyped",
        "patient-birth_date": "not in the future",
        "conditions": "at least one illness",
        "payer-name": "required",
        "contact-relationship": "required",
        "contact-email": "e-mail address",
    }.items():
        assert rule in error_at(page.text, field), field
    assert not error_at(page.text, "codes")
    for kept in ("Ottoline", "2031-01-01", "bo at home", "1234567890", key):
        assert f'value="{kept}"' in page.text
    assert "Breathless &lt;b&gt;at rest&lt;/b&gt;." in page.text
    assert "<b>at rest" not in page.text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"codes": "heart trouble"}, "codes"),
        ({"codes": ", ".join(["I50.22"] * 101)}, "codes"),
        ({"conditions": ["old_age"]}, "conditions"),
        ({"on_hospice": "perhaps"}, "on_hospice"),
        ({"contact__consented": "true"}, "contact-full_name"),
        ({"patient__time_zone": "Mars/Olympus"}, "patient-time_zone"),
    ],
)
async def test_a_rule_is_named_at_its_field(clinic: Bench, changes: dict[str, Any], field: str) -> None:
    page = await send(clinic, **changes)
    assert page.status_code == 422
    assert error_at(page.text, field)


async def test_a_form_is_not_lost_while_the_database_is_away(clinic: Bench) -> None:
    await clinic.service.core.database.close()
    page = await send(clinic)
    assert page.status_code == 503
    assert "What you typed is still here" in page.text
    assert 'value="Ottoline"' in page.text


async def test_an_ineligible_referral_offers_no_acceptance_and_suggests_the_reason(clinic: Bench) -> None:
    referral_id = await referred(clinic, died_on="2025-01-02")
    assert "The person has died" in (await clinic.http.get("/")).text
    page = (await clinic.http.get(f"/referrals/{referral_id}")).text
    assert "/accept" not in page
    assert '<option value="deceased" selected>' in page


async def test_decisions_are_taken_on_the_pages(clinic: Bench) -> None:
    one, two = await referred(clinic, **named("Ann")), await referred(clinic, **named("Bea"))
    accepted = await clinic.http.post(
        f"/referrals/{one}/accept", data={"idempotency_key": str(new_id()), "back": "worklist"}
    )
    assert accepted.headers["location"] == f"/?decided={one}"
    assert "Accepted" in (await clinic.http.get(accepted.headers["location"])).text
    declined = await clinic.http.post(
        f"/referrals/{two}/decline",
        data={"idempotency_key": str(new_id()), "reason": "no_capacity", "reason_text": " "},
    )
    assert declined.headers["location"] == f"/referrals/{two}"
    await assert_published(clinic, ReferralAccepted, times=1)
    await assert_published(clinic, ReferralDeclined, times=1)


async def test_a_decision_that_breaks_a_rule_keeps_what_was_typed(clinic: Bench) -> None:
    path = f"/referrals/{await referred(clinic)}/decline"
    page = await clinic.http.post(path, data={"reason": "no_capacity", "reason_text": "full until May"})
    assert page.status_code == 422
    assert "belongs to" in error_at(page.text, "reason_text")
    assert "full until May" in page.text
    assert '<option value="no_capacity" selected>' in page.text
    await assert_published(clinic, ReferralDeclined, times=0)


async def test_a_decision_that_came_too_late_says_so_on_the_page(clinic: Bench) -> None:
    path = f"/referrals/{await referred(clinic)}"
    await clinic.http.post(path + "/accept", data={})
    page = await clinic.http.post(path + "/decline", data={"reason": "no_capacity"})
    assert page.status_code == 409
    assert "This referral was accepted before" in page.text


async def test_who_looks_at_a_second_referral_of_somebody_is_led_to_the_first(clinic: Bench) -> None:
    one, two = await referred(clinic), await referred(clinic, referral_note="Asked for once more.")
    page = (await clinic.http.get(f"/referrals/{two}")).text
    assert "Referred twice?" in page
    assert f"/referrals/{one}" in page


@pytest.mark.parametrize("path", ["/referrals/{}", "/refer/sent/{}"])
async def test_an_unknown_referral_has_a_kind_page(clinic: Bench, path: str) -> None:
    page = await clinic.http.get(path.format(new_id()), headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "There is no referral with this id" in page.text


async def test_a_number_that_nobody_has_is_not_found(clinic: Bench) -> None:
    for number in ("7F3KQ-9Q2MB", "%", "x" * 40):
        page = await clinic.http.get("/find", params={"number": number})
        assert page.status_code == 404
        assert "Nobody fits" in page.text
    assert "Nobody fits" not in (await clinic.http.get("/find")).text


async def test_no_title_and_no_address_names_the_person(clinic: Bench) -> None:
    path = f"/referrals/{await referred(clinic)}"
    for at in ("/", path):
        page = (await clinic.http.get(at)).text
        told = [*re.findall(r'(?:href|action)="([^"]*)"', page), *re.findall(r"<title>(.*?)</title>", page)]
        assert not any(secret in text for secret in SECRETS for text in told)


async def test_the_page_says_who_did_it_and_why_not_in_words_and_no_markup_is_shown_as_text(clinic: Bench) -> None:
    referral_id = await referred(clinic)
    await clinic.passes(days=30)
    path = f"/referrals/{referral_id}"
    await clinic.http.post(path + "/triage", data={"triage.urgency": "urgent"}, headers=as_("ann"))
    page = (await clinic.http.get(path)).text
    assert "overdue by" in page
    assert "&lt;time" not in page
    assert "coordinator:ann" not in page
    assert "· ann" in page
    await clinic.http.post(path + "/decline", data={"reason": "no_capacity"})
    late = await clinic.http.post(path + "/accept", data={"seen": "1"})
    assert late.status_code == 409
    refusal = re.findall(r'role="alert">(.*?)</div>', late.text, re.DOTALL)[0]
    assert not re.search(r"[a-z]_[a-z]|coordinator:", refusal), refusal
