"""The whole sample, referred as the simulated clinic does it."""

from __future__ import annotations

from collections import Counter

from carebus.contracts.referral import EligibilityAssessed
from carebus.testing import Bench, set_clock
from deploy.local.front_office import referral
from deploy.local.synthea import Sample
from services.referral.domain import DirectReferral, Intake
from tests.referral.deciding import cause, receive
from tests.referral.sample_oracle import reasons


async def test_everyone_in_the_sample_is_received_and_judged_as_the_files_say(clinic: Bench) -> None:
    sample = Sample()
    set_clock(clinic.clock_file, sample.opens_at)
    found: Counter[str | None] = Counter()
    for patient in sample.patients():
        answer = await clinic.command("/api/referrals", referral(7, patient))
        assert answer.status_code == 201, answer.text
        found[answer.json()["suggested_decline_reason"]] += 1
        assert answer.json()["eligible"] is (answer.json()["suggested_decline_reason"] is None)
    assert found == {None: 104, "deceased": 44, "on_hospice": 1, "not_clinically_eligible": 4}


def test_the_rules_find_of_each_what_an_oracle_reads_from_what_diagnoses_are_called() -> None:
    sample = Sample()
    found: dict[str, str | None] = {}
    for patient in sample.patients():
        asked = DirectReferral.stated(referral(7, patient), sample.opens_at)
        told = receive(Intake(), asked, cause(now=sample.opens_at)).events[1]
        assert isinstance(told, EligibilityAssessed)
        found[patient.source_id] = told.decline_reason
    assert found == reasons()
    assert Counter(found.values()) == {None: 104, "deceased": 44, "on_hospice": 1, "not_clinically_eligible": 4}
