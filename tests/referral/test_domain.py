"""The rules of referral: who is eligible, and what may be decided when."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from pydantic import ValidationError

from carebus.contracts.event import patient_stream
from carebus.contracts.people import Condition, Diagnosis
from carebus.contracts.referral import (
    DeclineReason,
    EligibilityAssessed,
    ReferralAccepted,
    ReferralDeclined,
    ReferralReceived,
)
from carebus.decisions import Cause, Decision
from carebus.errors import CarebusError
from carebus.web import errors_of
from services.referral.domain import AcceptReferral, DeclineReferral, Intake, Status, intake
from services.referral.domain.conditions import condition_of
from services.referral.domain.reference import read_reference, reference
from tests.referral.samples import NOW, RULES, stated

receive = partial(intake.receive, rules=RULES)


def cause(n: int = 1) -> Cause:
    patient = UUID(int=77)
    return Cause(
        id=uuid5(patient, str(n)),
        stream=patient_stream(patient),
        now=NOW + timedelta(minutes=n),
        actor="coordinator",
        correlation_id=UUID(int=n),
        occurred_at=NOW,
    )


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
    known = apply(Intake(), receive(Intake(), stated(), cause()))
    decision = intake.accept(known, AcceptReferral(referral_id=known.referrals[0].referral_id), cause(2))
    (told,) = decision.events
    assert isinstance(told, ReferralAccepted)
    assert (told.patient.family_name, told.conditions) == ("Quimby90", (Condition.HEART_FAILURE,))
    assert told.contact is not None
    assert told.contact.consented
    assert told.accepted_at == cause(2).now


def test_the_same_command_decided_again_makes_the_same_ids() -> None:
    first, again = (receive(Intake(), stated(), cause()) for _ in range(2))
    assert first.events == again.events


def test_a_person_said_to_be_known_must_be_known() -> None:
    with pytest.raises(intake.PatientUnknown):
        receive(Intake(), stated(patient_id=UUID(int=77)), cause())


def apply(state: Intake, decision: Decision) -> Intake:
    (after,) = decision.states
    assert isinstance(after, Intake)
    return after


class Coordinators(RuleBasedStateMachine):
    """Anybody gives any command at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.steps, self.told = Intake(), 0, list[Any]()

    def attempt(self, decide: Any, command: Any) -> bool:
        self.steps += 1
        before = self.state
        try:
            decision = decide(self.state, command, cause(self.steps))
        except CarebusError:
            assert self.state is before
            return False
        self.state = apply(self.state, decision)
        self.told += decision.events
        return True

    @precondition(lambda self: len(self.state.referrals) < 4)
    @rule(died=st.booleans(), hospice=st.sampled_from([None, False, True]), ill=st.booleans())
    def refer(self, died: bool, hospice: bool | None, ill: bool) -> None:
        diagnosis = {"system": "SNOMED-CT", "code": "88805009" if ill else "64859006"}
        asked = stated(died_on="2025-01-01" if died else None, on_hospice=hospice, diagnoses=[diagnosis])
        assert self.attempt(receive, asked)

    @precondition(lambda self: self.state.referrals)
    @rule(which=st.integers(0, 3))
    def accept(self, which: int) -> None:
        referral = self.state.referrals[which % len(self.state.referrals)]
        enrolled = any(each.status is Status.ACCEPTED for each in self.state.referrals)
        allowed = referral.status is Status.TRIAGE and referral.assessed.eligible and not enrolled
        assert self.attempt(intake.accept, AcceptReferral(referral_id=referral.referral_id)) is allowed

    @precondition(lambda self: self.state.referrals)
    @rule(which=st.integers(0, 3), reason=st.sampled_from(DeclineReason))
    def decline(self, which: int, reason: DeclineReason) -> None:
        referral = self.state.referrals[which % len(self.state.referrals)]
        text = "as agreed" if reason is DeclineReason.OTHER else ""
        command = DeclineReferral(referral_id=referral.referral_id, reason=reason, reason_text=text)
        assert self.attempt(intake.decline, command) is (referral.status is Status.TRIAGE)

    @rule()
    def decide_on_nothing(self) -> None:
        assert not self.attempt(intake.accept, AcceptReferral(referral_id=UUID(int=0)))

    @invariant()
    def every_state_is_legal(self) -> None:
        accepted = [each for each in self.state.referrals if each.status is Status.ACCEPTED]
        assert len(accepted) <= 1
        assert all(each.assessed.eligible for each in accepted)
        for each in self.state.referrals:
            declined = each.status is Status.DECLINED
            assert declined is bool(each.outcome and each.outcome.decline_reason)

    @invariant()
    def what_was_told_is_what_is_kept(self) -> None:
        def ids(kind: type[Any]) -> list[UUID]:
            return [event.referral_id for event in self.told if isinstance(event, kind)]

        known = [each.referral_id for each in self.state.referrals]
        assert ids(ReferralReceived) == ids(EligibilityAssessed) == known
        assert len(set(known)) == len(known)
        by_status = {status: [r.referral_id for r in self.state.referrals if r.status is status] for status in Status}
        assert sorted(ids(ReferralAccepted)) == sorted(by_status[Status.ACCEPTED])
        assert sorted(ids(ReferralDeclined)) == sorted(by_status[Status.DECLINED])

    @invariant()
    def the_state_survives_being_stored(self) -> None:
        assert Intake.model_validate_json(self.state.model_dump_json()) == self.state


TestAnyOrderOfCommands = Coordinators.TestCase
TestAnyOrderOfCommands.settings = settings(max_examples=60, stateful_step_count=12, deadline=None)


@given(st.uuids())
def test_a_reference_number_is_read_back_however_it_is_typed(referral_id: UUID) -> None:
    number = reference(referral_id)
    assert read_reference(number) == read_reference(f" {number.lower().replace('-', ' ')} ") == number
    assert read_reference(number.replace("0", "O").replace("1", "l")) == number
    assert read_reference(number[:-1]) is None
