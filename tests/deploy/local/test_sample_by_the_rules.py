"""The sample before the referral service's own rules: every body is valid, the findings are the expected counts."""

from __future__ import annotations

from collections import Counter

from carebus.contracts.referral import EligibilityAssessed, ReferralReceived
from deploy.local.front_office import referral
from deploy.local.synthea import Sample
from services.referral.domain import Intake
from services.referral.domain.referring.requests import DirectReferral
from tests.deploy.local.expected import expected
from tests.referral.deciding import cause, receive

SAMPLE = Sample()


def test_the_rules_find_what_the_files_alone_give() -> None:
    reasons: Counter[str] = Counter()
    conditions: Counter[str] = Counter()
    for patient in SAMPLE.patients():
        stated = DirectReferral.stated(referral(2026, patient), SAMPLE.opens_at)
        received, found, *_ = receive(Intake(), stated, cause(now=SAMPLE.opens_at)).events
        assert isinstance(received, ReferralReceived)
        assert isinstance(found, EligibilityAssessed)
        reasons[found.decline_reason or "accepted"] += 1
        conditions.update(received.conditions if found.eligible else ())
    due = expected()
    assert reasons == {**due.declined, "accepted": due.accepted}
    assert conditions == due.accepted_by_condition
