"""Who a person is by now is told at registration and with each change, and not otherwise."""

from __future__ import annotations

from carebus.contracts.referral import PatientIdentityStated
from carebus.testing import Bench, assert_published
from tests.referral.samples import body


async def test_a_registration_and_a_change_are_told_and_a_repeat_is_not(clinic: Bench) -> None:
    stated = body(placer_id="A-1")
    for _ in range(2):
        assert (await clinic.command("/api/referrals", stated)).is_success
    (first,) = await assert_published(clinic, PatientIdentityStated)
    assert first.person.family_name == stated["patient"]["family_name"]
    moved = {**stated, "patient": {**stated["patient"], "phone": "413 555 0199"}}
    assert (await clinic.command("/api/referrals", moved)).is_success
    told = await clinic.published(PatientIdentityStated)
    assert [one.person.phone for one in told][1:] in ([], ["413 555 0199"]), "at once, or once the office takes it over"
