"""What a direct referral may state: odd input is refused at its field, what only looks odd is accepted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from carebus.web import errors_of
from services.referral.domain import DirectReferral
from tests.referral.samples import NOW, body, patient, rules_broken, stated


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"patient": patient(birth_date="2026-03-05")}, "patient.birth_date", "not in the future"),
        ({"patient": patient(birth_date="1850-01-01")}, "patient.birth_date", "125 years"),
        ({"patient": patient(given_name="\x07Bo")}, "patient.given_name", "control characters"),
        ({"patient": patient(given_name="\u202eBo")}, "patient.given_name", "control characters"),
        ({"patient": patient(given_name="   ")}, "patient.given_name", "required"),
        ({"patient": patient(given_name="123")}, "patient.given_name", "one letter"),
        ({"patient": patient(family_name="x" * 201)}, "patient.family_name", "at most 200"),
        ({"patient": patient(time_zone="Mars/Olympus")}, "patient.time_zone", "time zone"),
        ({"patient": patient(time_zone="../../etc/passwd")}, "patient.time_zone", "time zone"),
        ({"patient": patient(email="me@home")}, "patient.email", "e-mail"),
        ({"patient": patient(email="a..b@example.org")}, "patient.email", "e-mail"),
        ({"patient": patient(phone="none")}, "patient.phone", "phone number"),
        ({"patient": patient(nickname="Otto")}, "patient", "not known here"),
        ({"died_on": "1930-01-01"}, "died_on", "before the date of birth"),
        ({"died_on": "2026-03-05"}, "died_on", "not in the future"),
        ({"died_on": "soon"}, "died_on", "real date"),
        ({"diagnoses": []}, "diagnoses", "at least 1"),
        ({"diagnoses": body()["diagnoses"] * 101}, "diagnoses", "at most 100"),
        ({"diagnoses": [{"system": "ICD-10-CM", "code": "I50; --"}]}, "diagnoses.0.code", "letters, digits"),
        ({"referrer": {"organization": "Elm", "npi": "1234567890"}}, "referrer.npi", "mistyped"),
        ({"referral_note": "x" * 4001}, "referral_note", "at most 4000"),
        ({"referral_note": "\x00"}, "referral_note", "control characters"),
        ({"priority": "yesterday"}, "priority", "Choose"),
        ({"clinical": {"nyha_class": 5}}, "clinical.nyha_class", "4 or less"),
        ({"clinical": {"akps": 55}}, "clinical.akps", "multiple of 10"),
        ({"clinical": {"albumin": 32}}, "clinical.albumin", "or less"),
        ({"clinical": {"mood": "low"}}, "clinical", "not known here"),
        ({"letter_code": "7F3K; --"}, "letter_code", "as they stand in the letter"),
        ({"arrived_at": "2026-03-02T14:11Z"}, "arrived_at", "not in the future"),
        ({"arrived_at": "2026-03-02T13:00"}, "arrived_at", "time zone"),
    ],
)
def test_odd_input_is_refused_at_its_field(changes: dict[str, Any], field: str, rule: str) -> None:
    assert rule in rules_broken(**changes)[field]


@pytest.mark.parametrize(
    "changes",
    [
        {"patient": patient(given_name="Irvin970", family_name="O'Keefe-Íñiguez 3rd")},
        {"patient": patient(address={"postal_code": "00000"})},
        {"patient": patient(address={"street": "", "postal_code": ""})},
        {"patient": patient(birth_date="1926-03-02")},
        {"patient": patient(email=" ", phone="")},
        {"died_on": "1941-05-06"},
        {"died_on": "2026-03-03"},  # it is the third already where the day begins
        {"payer": None, "contact": None, "on_hospice": None},
        {"referrer": {"organization": "Elm", "npi": "1234567893"}},
        {"referral_note": "Two lines\r\nof text\t."},
        {"diagnoses": body()["diagnoses"] * 100},
        {"clinical": {"nyha_class": "3", "inr": "1.4", "albumin": " ", "declining": "true"}},
        {"channel": "letter", "diagnoses": [], "illness_in_own_words": "bad lungs"},
        {"channel": "phone", "diagnoses": []},
        {"letter_code": "cp-7f3k"},
        {"arrived_at": "2026-03-02T14:09Z"},  # our clocks may differ a little
        {"arrived_at": "2026-03-02T09:00-05:00"},
    ],
)
def test_what_only_looks_odd_is_accepted(changes: dict[str, Any]) -> None:
    assert stated(**changes).patient.family_name


def test_code_systems_are_known_by_their_other_names() -> None:
    found = stated(diagnoses=[{"system": "http://snomed.info/sct", "code": "88805009"}])
    assert found.diagnoses[0].system == "SNOMED-CT"


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_in_a_name_is_kept_or_refused_by_a_rule(text: str) -> None:
    body_sent = body(patient=patient(given_name=text))
    broken: dict[str, str] = {}
    try:
        kept = DirectReferral.stated(body_sent, NOW).patient.given_name
    except ValidationError as why:
        broken, kept = errors_of(why), ""
    assert set(broken) == (set() if kept else {"patient.given_name"})
    assert kept.strip() == kept
    assert not any(ord(letter) < 32 for letter in kept)


GROWS = "\N{DEVANAGARI LETTER QA}"
"""One character that is two when it is normalized."""


@pytest.mark.parametrize("length", [1, 100, 101, 200])
def test_text_that_grows_when_it_is_normalized_is_never_longer_than_it_may_be(length: int) -> None:
    once = DirectReferral.stated(body(patient=patient(family_name=GROWS * length)), NOW)
    assert len(once.patient.family_name) <= 200
    assert DirectReferral.model_validate_json(once.model_dump_json()) == once


def test_text_that_gets_no_longer_is_normalized() -> None:
    once = DirectReferral.stated(body(patient=patient(family_name="Nu\u0301n\u0303ez")), NOW)
    assert once.patient.family_name == "N\u00fa\u00f1ez"
