"""The sample before the referral service's own rules: every body is valid, the findings are the expected counts."""

from __future__ import annotations

from collections import Counter

from carebus.contracts.people import Diagnosis, Payer
from deploy.local.intake import referral
from deploy.local.synthea import Sample
from services.referral.domain.eligibility import assess, conditions_in
from services.referral.domain.requests import DirectReferral
from tests.deploy.local.expected import expected

SAMPLE = Sample()


def test_the_rules_find_what_the_files_alone_give() -> None:
    reasons: Counter[str] = Counter()
    conditions: Counter[str] = Counter()
    for patient in SAMPLE.patients():
        stated = DirectReferral.stated(referral(2026, patient), SAMPLE.opens_at)
        diagnoses = [Diagnosis.model_validate(each.model_dump()) for each in stated.diagnoses]
        payer = Payer.model_validate(stated.payer.model_dump()) if stated.payer else None
        found = assess(diagnoses, died_on=stated.died_on, on_hospice=stated.on_hospice, payer=payer)
        reasons[found.decline_reason or "accepted"] += 1
        conditions.update(conditions_in(diagnoses) if found.eligible else ())
    due = expected()
    assert reasons == {**due.declined, "accepted": due.accepted}
    assert conditions == due.accepted_by_condition
