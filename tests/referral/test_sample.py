"""The whole sample, referred as the simulated clinic does it."""

from __future__ import annotations

from collections import Counter

from carebus.testing import Bench, set_clock
from deploy.local.intake import referral
from deploy.local.synthea import Sample


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
