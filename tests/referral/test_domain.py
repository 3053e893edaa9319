"""The rules of referral: who is eligible, and what may be decided when."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from carebus.contracts.people import Condition, Diagnosis
from carebus.contracts.referral import (
    DeclineReason,
    ReferralAccepted,
)
from carebus.web import errors_of
from services.referral.domain import AcceptReferral, DeclineReferral, Intake, accept
from services.referral.domain.referring.conditions import condition_of
from services.referral.domain.workflow.reference import read_reference, reference
from services.referral.domain.workflow.referrals import PatientUnknown
from tests.referral.deciding import cause, receive, state_of
from tests.referral.samples import stated


@pytest.mark.parametrize(
    ("system", "code", "condition"),
    [
        ("ICD-10-CM", "I50.22", Condition.HEART_FAILURE),
        ("ICD-10-CM", "i5022", Condition.HEART_FAILURE),
        ("ICD-10-CM", "I11.0", Condition.HEART_FAILURE),
        ("ICD-10-CM", "I11.9", None),
        ("ICD-10-CM", "J44.1", Condition.COPD),
        ("ICD-10-CM", "J45.20", None),
        ("ICD-10-CM", "C34.90", Condition.CANCER),
        ("ICD-10-CM", "C44.311", None),
        ("ICD-10-CM", "D07.5", None),
        ("ICD-10-CM", "G31.83", Condition.DEMENTIA),
        ("ICD-10-CM", "G31.84", None),
        ("ICD-10-CM", "G20.A1", Condition.PARKINSONS),
        ("SNOMED-CT", "49049000", Condition.PARKINSONS),
        ("SNOMED-CT", "92691004", None),
        ("SNOMED-CT", "8880500", None),
        ("SNOMED-CT", "I50.22", None),
        ("ICD-9", "I50.22", None),
    ],
)
def test_a_code_names_a_serious_illness_or_none(system: str, code: str, condition: Condition | None) -> None:
    assert condition_of(Diagnosis(system=system, code=code)) is condition


@pytest.mark.parametrize("reason", DeclineReason)
@pytest.mark.parametrize("text", ["", "moved to Spain"])
def test_a_text_belongs_to_the_reason_other_and_to_no_other(reason: DeclineReason, text: str) -> None:
    if bool(text) is (reason is DeclineReason.OTHER):
        assert DeclineReferral(referral_id=UUID(int=1), reason=reason, reason_text=text).reason is reason
    else:
        with pytest.raises(ValidationError) as why:
            DeclineReferral(referral_id=UUID(int=1), reason=reason, reason_text=text)
        assert list(errors_of(why.value)) == ["reason_text"]


def test_an_accepted_referral_tells_what_the_next_services_need() -> None:
    known = state_of(receive(Intake(), stated(), cause()))
    decision = accept(known, AcceptReferral(referral_id=known.referrals[0].referral_id), cause(2))
    told = decision.events[0]
    assert isinstance(told, ReferralAccepted)
    assert (told.patient.family_name, told.conditions) == ("Quimby90", (Condition.HEART_FAILURE,))
    assert told.contact is not None
    assert told.contact.consented
    assert told.accepted_at == cause(2).now


def test_the_same_command_decided_again_makes_the_same_ids() -> None:
    first, again = (receive(Intake(), stated(), cause()) for _ in range(2))
    assert first.events == again.events


def test_a_person_said_to_be_known_must_be_known() -> None:
    with pytest.raises(PatientUnknown):
        receive(Intake(), stated(patient_id=UUID(int=77)), cause())


@given(st.uuids())
def test_a_reference_number_is_read_back_however_it_is_typed(referral_id: UUID) -> None:
    number = reference(referral_id)
    assert read_reference(number) == read_reference(f" {number.lower().replace('-', ' ')} ") == number
    assert read_reference(number.replace("0", "O").replace("1", "l")) == number
    assert read_reference(number[:-1]) is None
