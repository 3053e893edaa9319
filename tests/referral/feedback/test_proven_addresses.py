"""Who answers for a referrer's address: a proven sender, or somebody who has shown whom they referred."""

from __future__ import annotations

from carebus.contracts.referral import ReferrerStatusChanged, ReferrerUpdateRequested
from carebus.testing import Bench, people
from tests.referral.acting import as_referrer
from tests.referral.following import OSEI, referred
from tests.referral.samples import body


async def proven(bench: Bench) -> list[bool]:
    kinds = ReferrerStatusChanged | ReferrerUpdateRequested
    return [each.event.address_proven for each in await bench.all_published() if isinstance(each.event, kinds)]


async def test_the_office_answers_for_an_address(office: Bench) -> None:
    answer = await office.http.post(
        "/api/referrals",
        json=body(referrer=OSEI),
        headers={"Idempotency-Key": "k", "Authorization": f"Bearer {people.everybody()}"},
    )
    assert answer.status_code == 201
    assert set(await proven(office)) == {True}


async def test_for_what_somebody_unproven_gave_nobody_answers(office: Bench) -> None:
    await referred(office)
    assert set(await proven(office)) == {False}


async def test_a_program_does_not_answer_for_another_organization(office: Bench) -> None:
    answer = await office.http.post(
        "/api/referrals", json=body(referrer=OSEI), headers={"Idempotency-Key": "k", **as_referrer("Another Practice")}
    )
    assert answer.status_code == 201
    assert set(await proven(office)) == {False}
