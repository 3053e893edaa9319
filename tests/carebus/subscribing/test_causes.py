"""An event that comes before what it follows from waits for it: a log that was mended may have them in that order."""

from __future__ import annotations

from carebus.contracts.event import patient_stream
from carebus.testing import Bench
from tests.carebus.subscribing.test_redrive import Log, marks, parked
from tests.carebus.wires import assessed, someone

ASKED, TOLD = "referral", "care_plan"


async def test_what_is_told_says_which_event_it_follows_from(tallying: Bench) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(log.record(patient, "a", 1), log.record(patient, "b", 2))
    await tallying.command(f"/api/{patient}/marks", assessed("c").model_dump(mode="json"))
    async with tallying.service.core.database.connection() as db:
        told = await db.fetch("select headers ->> 'ce_follows' as follows from outbox order by id")
    assert [row["follows"] for row in told] == ["referral/1", "referral/2", None]


async def test_an_effect_waits_for_its_cause_and_so_does_what_comes_after_it(tallying: Bench) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(log.record(patient, "effect", 1, TOLD, follows=(ASKED, 1)), log.record(patient, "x", 1, "y"))
    assert await parked(tallying) == [(1, "early"), (1, "behind")]
    await tallying.service.redrive.waiting()
    assert await marks(tallying, patient) == []
    await tallying.deliver(log.record(patient, "cause", 1))
    await tallying.service.redrive.waiting()
    assert await marks(tallying, patient) == ["cause", "effect", "x"]
    assert await parked(tallying) == []


async def test_a_cause_that_was_handled_is_not_waited_for(tallying: Bench) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(
        log.record(patient, "cause", 1),
        log.record(patient, "effect", 1, TOLD, follows=(ASKED, 1)),
        log.record(patient, "next", 2, TOLD, follows=(TOLD, 1)),
    )
    assert await marks(tallying, patient) == ["cause", "effect", "next"]


async def test_an_effect_that_is_early_and_comes_again_is_handled_once(tallying: Bench) -> None:
    patient, log = someone(), Log()
    for _ in range(2):
        await tallying.deliver(log.record(patient, "effect", 1, TOLD, follows=(ASKED, 1)))
    await tallying.deliver(log.record(patient, "cause", 1), log.record(patient, "effect", 1, TOLD, follows=(ASKED, 1)))
    await tallying.service.redrive.waiting()
    assert await marks(tallying, patient) == ["cause", "effect"]


async def test_causes_of_causes_come_first(tallying: Bench) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(
        log.record(patient, "third", 1, "outcomes", follows=(TOLD, 2)),
        log.record(patient, "second", 2, TOLD, follows=(ASKED, 2)),
        log.record(patient, "more", 1, TOLD, follows=(ASKED, 1)),
        log.record(patient, "first", 2),
        log.record(patient, "before", 1),
    )
    await tallying.service.redrive.waiting()
    assert await marks(tallying, patient) == ["before", "more", "first", "second", "third"]


async def test_what_fills_a_gap_does_not_overtake_its_cause(tallying: Bench) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(
        log.record(patient, "z", 2, TOLD),
        log.record(patient, "cause", 1),
        log.record(patient, "effect", 1, TOLD, follows=(ASKED, 1)),
    )
    await tallying.service.redrive.waiting()
    assert await marks(tallying, patient) == ["cause", "effect", "z"]


async def test_two_that_each_claim_to_follow_from_the_other_wait_and_end_no_loop(tallying: Bench) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(
        log.record(patient, "egg", 1, TOLD, follows=(ASKED, 1)),
        log.record(patient, "hen", 1, ASKED, follows=(TOLD, 1)),
    )
    await tallying.service.redrive.stream(patient_stream(patient))
    assert sorted(await marks(tallying, patient)) == ["egg", "hen"]
