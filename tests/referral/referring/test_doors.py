"""Every way in by a form: what each door asks, what it makes of the answers, and what it says afterwards."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from carebus.contracts.people import ReferrerKind
from carebus.contracts.referral import CallTime, Channel, EligibilityAssessed, ReferralReceived, Verdict
from carebus.ids import new_id
from carebus.testing import Bench, assert_published
from services.referral.api.referring.doors import DOORS
from tests.referral.reading_level import grade, said, syllables
from tests.referral.workflow.test_pages import error_at

PERSON = {"patient.given_name": "Ottoline", "patient.family_name": "Quimby", "patient.birth_date": "1941-05-06",
          "patient.language": "en", "patient.time_zone": "America/New_York", "priority": "routine"}  # fmt: skip
LETTER = {"who": "self", "patient.given_name": "Ottoline", "patient.family_name": "Quimby", "born.month": "5",
          "born.day": "6", "born.year": "1941", "phone": "413-555-0100", "patient.language": "es",
          "patient.address.state": "California", "best_call_time": "evening", "letter_code": "cp-7f3k",
          "illness_in_own_words": "My lungs are bad."}  # fmt: skip
PLAN = {**PERSON, "referrer.organization": "Elm Street Health Plan", "referrer.name": "R. Osei",
        "referrer.email": "osei@elm.example", "payer.member_id": "MBI-77231", "payer.kind": "medicare",
        "payer.plan_id": "H1234-001", "placer_id": "CASE-9", "codes": "I50.22"}  # fmt: skip
PHONE = {**PERSON, "channel": "phone", "referrer.kind": "provider", "referrer.organization": "Elm Street Cardiology",
         "referrer.name": "R. Osei", "referrer.phone": "508-580-2730", "contact.language": "en",
         "contact.time_zone": "America/New_York"}  # fmt: skip
PROVIDER = {**PERSON, "referrer.organization": "Elm Street Cardiology", "referrer.name": "R. Osei",
            "referrer.phone": "508-580-2730", "codes": "I50.22"}  # fmt: skip
TYPED = {"/refer": PROVIDER, "/refer/plan": PLAN, "/refer/letter": LETTER, "/intake/new": PHONE}


async def send(clinic: Bench, path: str, key: str = "", **changes: Any) -> httpx.Response:
    typed = {**TYPED[path], **{name.replace("__", "."): value for name, value in changes.items()}}
    return await clinic.http.post(path, data={**typed, "idempotency_key": key or str(new_id())})


async def received(clinic: Bench, path: str, **changes: Any) -> ReferralReceived:
    answer = await send(clinic, path, **changes)
    assert answer.status_code == 303, {one["id"]: one for one in re.finditer(r'id="(field-[^"]+-error)"', answer.text)}
    (found,) = await assert_published(clinic, ReferralReceived, times=1)
    return found


@pytest.mark.parametrize("path", TYPED)
async def test_a_door_sent_twice_is_one_referral_and_thanks_without_a_name(clinic: Bench, path: str) -> None:
    key = str(new_id())
    first, again = await send(clinic, path, key), await send(clinic, path, key)
    assert first.headers["location"] == again.headers["location"]
    assert first.headers["location"].startswith(f"{path}/sent/")
    await assert_published(clinic, ReferralReceived, times=1)
    thanks = (await clinic.http.get(first.headers["location"])).text
    assert re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", thanks)
    assert not any(secret in thanks for secret in ("Ottoline", "Quimby", "1941", "MBI-77231", "lungs"))


@pytest.mark.parametrize("path", TYPED)
async def test_a_door_keeps_every_field_as_it_was_typed(clinic: Bench, path: str) -> None:
    door = next(each for each in DOORS if each.path == path)
    odd = {name: f"<{number}>" for number, name in enumerate(door.labels)}
    page = await clinic.http.post(path, data=odd)
    assert page.status_code == 422
    blank = (await clinic.http.get(path)).text
    named = set(re.findall(r'<(?:input|select|textarea)[^>]*\bname="([^"]+)"', blank)) - {"idempotency_key"}
    assert named == {name for name in door.labels if name != "born"}
    texts = re.findall(r'<input[^>]*name="([^"]+)"[^>]*type="(?:text|tel|email|date|number|datetime-local)"', blank)
    assert len(texts) > 3
    for name in texts:
        assert f'value="&lt;{list(door.labels).index(name)}&gt;"' in page.text, name


@pytest.mark.parametrize("path", TYPED)
async def test_a_door_says_what_is_missing_with_a_link_to_each_field(clinic: Bench, path: str) -> None:
    page = await clinic.http.post(path, data={"idempotency_key": str(new_id())})
    assert page.status_code == 422
    summary = page.text.partition('id="error-summary"')[2].partition("</ul>")[0]
    links = re.findall(r'href="#([^"]+)"', summary)
    assert len(links) >= 3
    assert all(f'id="{link}"' in page.text for link in links)
    assert all(f'id="{link}-error"' in page.text for link in links)


async def test_a_member_is_referred_by_a_plan(clinic: Bench) -> None:
    found = await received(clinic, "/refer/plan")
    assert (found.channel, found.referrer.kind, found.referrer.organization) == (
        Channel.FORM,
        ReferrerKind.HEALTH_PLAN,
        "Elm Street Health Plan",
    )
    assert found.payer is not None
    assert (found.payer.name, found.payer.plan_id, found.payer.member_id) == (
        "Elm Street Health Plan",
        "H1234-001",
        "MBI-77231",
    )
    assert (found.placer_id, found.placer_assigner) == ("CASE-9", "Elm Street Health Plan")


async def test_a_plan_says_whose_member_it_is(clinic: Bench) -> None:
    page = await send(clinic, "/refer/plan", payer__member_id="", payer__kind="")
    assert "required" in error_at(page.text, "payer-member_id")
    assert "Choose one" in error_at(page.text, "payer-kind")


async def test_clinical_facts_come_with_the_form_and_their_part_stays_open_when_one_is_wrong(clinic: Bench) -> None:
    page = await send(clinic, "/refer", clinical__nyha_class="3", clinical__ejection_fraction="250")
    assert "100 or less" in error_at(page.text, "clinical-ejection_fraction")
    assert re.search(r"<details[^>]* open><summary>Heart failure", page.text)
    assert not re.search(r"<details[^>]* open><summary>Cancer", page.text)
    found = await received(clinic, "/refer", clinical__nyha_class="3", clinical__declining="false")
    assert found.clinical is not None
    assert found.clinical.model_dump(exclude_none=True) == {"nyha_class": 3, "declining": False}


async def test_somebody_who_got_a_letter_asks_for_a_call(clinic: Bench) -> None:
    found = await received(clinic, "/refer/letter")
    assert (found.channel, found.letter_code, found.best_call_time) == (Channel.LETTER, "CP-7F3K", CallTime.EVENING)
    assert (found.referrer.kind, found.referrer.name) == (ReferrerKind.PERSON, "Ottoline Quimby")
    assert (found.patient.phone, found.patient.time_zone) == ("413-555-0100", "America/Los_Angeles")
    assert (found.contact, found.illness_in_own_words) == (None, "My lungs are bad.")
    (assessed,) = await assert_published(clinic, EligibilityAssessed, times=1)
    assert (assessed.verdict, assessed.decline_reason) == (Verdict.UNDETERMINED, None)


async def test_a_loved_one_asks_and_is_told_nothing_before_the_person_agrees(clinic: Bench) -> None:
    found = await received(
        clinic, "/refer/letter", who="family", letter_code="", you__name="Bo Quimby", you__relationship="son"
    )
    assert (found.channel, found.referrer.kind) == (Channel.SELF, ReferrerKind.FAMILY)
    assert found.contact is not None
    assert (found.contact.full_name, found.contact.phone) == ("Bo Quimby", "413-555-0100")
    assert not found.contact.consented
    assert found.patient.phone is None


async def test_a_loved_one_says_who_they_are(clinic: Bench) -> None:
    page = await send(clinic, "/refer/letter", who="family")
    assert "Please fill this in" in error_at(page.text, "you-name")
    assert "Please choose one" in error_at(page.text, "you-relationship")


@pytest.mark.parametrize(
    "born",
    [
        ("", "6", "1941"),
        ("13", "6", "1941"),
        ("2", "30", "1941"),
        ("5", "6", "41"),
        ("May", "6", "1941"),
        ("5", "6", "2031"),
    ],
)
async def test_a_birth_date_in_parts_is_checked_as_a_whole(clinic: Bench, born: tuple[str, str, str]) -> None:
    month, day, year = born
    page = await send(clinic, "/refer/letter", born__month=month, born__day=day, born__year=year)
    assert page.status_code == 422
    assert re.search("month, the day and the year|not come yet", error_at(page.text, "born"))
    assert f'name="born.year" value="{year}"' in page.text


async def test_a_fax_is_typed_in_with_the_time_it_arrived(clinic: Bench) -> None:
    found = await received(
        clinic,
        "/intake/new",
        channel="fax",
        arrived_at="2026-03-01T17:40",
        referrer__npi="1234567893",
        placer_id="F-12",
    )
    assert found.channel is Channel.FAX
    assert found.arrived_at == datetime(2026, 3, 1, 17, 40, tzinfo=ZoneInfo("America/New_York"))
    assert (found.diagnoses, found.referrer.npi, found.placer_id) == ((), "1234567893", "F-12")


async def test_a_caller_from_the_family_belongs_to_no_organization(clinic: Bench) -> None:
    found = await received(clinic, "/intake/new", referrer__kind="family", referrer__organization="", referrer__name="")
    assert (found.referrer.kind, found.referrer.organization) == (ReferrerKind.FAMILY, "Family or a friend")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"channel": "letter"}, "channel"),
        ({"channel": ""}, "channel"),
        ({"referrer__kind": ""}, "referrer-kind"),
        ({"referrer__organization": ""}, "referrer-organization"),
        ({"referrer__phone": ""}, "referrer-phone"),
        ({"arrived_at": "yesterday"}, "arrived_at"),
        ({"arrived_at": "2031-01-01T10:00"}, "arrived_at"),
        ({"referrer__npi": "1234567890"}, "referrer-npi"),
    ],
)
async def test_a_coordinators_slip_is_said_at_its_field(clinic: Bench, changes: dict[str, str], field: str) -> None:
    page = await send(clinic, "/intake/new", **changes)
    assert page.status_code == 422
    assert error_at(page.text, field)


async def test_fields_that_a_door_does_not_ask_are_left_out(clinic: Bench) -> None:
    sent = {"channel": "api", "patient_id": str(new_id()), "died_on": "2020-01-01", "batch_id": "x", "clinical": "x"}
    found = await received(clinic, "/refer", **sent)
    assert (found.channel, found.died_on) == (Channel.FORM, None)


@pytest.mark.parametrize("path", ["/refer", "/refer/plan", "/refer/letter"])
async def test_whoever_comes_from_outside_sees_no_way_to_the_worklist(clinic: Bench, path: str) -> None:
    page = (await clinic.http.get(path)).text
    assert "Worklist" not in page
    assert f'href="{path}" aria-current="page"' in page


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("The cat sat on the mat. The dog ran to the cat.", -2, 1),
        ("We help people who are very ill. We come to the home.", -1, 3),
        (
            "Palliative care is specialized medical care that addresses the physical, emotional and spiritual needs of",
            12,
            20,
        ),
    ],
)
def test_the_reading_level_tells_plain_words_from_others(text: str, low: float, high: float) -> None:
    assert low <= grade(text) <= high


SYLLABLES = {"care": 1, "illness": 2, "called": 1, "wanted": 2, "the": 1, "little": 2, "evening": 3, "palliative": 4}


@pytest.mark.parametrize("word", SYLLABLES)
def test_syllables_are_counted(word: str) -> None:
    assert syllables(word) == SYLLABLES[word]


async def test_the_letters_form_and_its_thanks_read_at_sixth_grade_or_below(clinic: Bench) -> None:
    answer = await send(clinic, "/refer/letter")
    wrong = await send(clinic, "/refer/letter", who="family", phone="1", born__year="41", patient__given_name="")
    for page in (await clinic.http.get("/refer/letter"), await clinic.http.get(answer.headers["location"]), wrong):
        text = said(page.text)
        assert len(text.split()) > 60
        assert grade(text) <= 6, text
