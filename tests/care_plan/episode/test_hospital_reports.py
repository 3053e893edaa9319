"""A hospital's message that somebody has died holds care at once, and is never taken for a fact."""

from __future__ import annotations

from uuid import uuid4

from carebus.contracts.care_plan import CareHeld, EpisodeEnded
from carebus.contracts.line import DeathReported
from carebus.testing import Bench, assert_published
from tests.care_plan.people import accepted, staff
from tests.examples import example


async def test_a_report_holds_care_and_does_not_end_it(care_plan: Bench) -> None:
    await staff(care_plan)
    patient = uuid4()
    await care_plan.hears(accepted(), patient=patient)
    await care_plan.hears(example(DeathReported, reported_by="hospital"), patient=patient)
    (held,) = await assert_published(care_plan, CareHeld, patient=patient)
    assert held.source == "hospital"
    await assert_published(care_plan, EpisodeEnded, patient=patient, times=0)
