"""What is heard a month late, or all over again, comes to the same wishes, and a contradiction is told once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from carebus.contracts import Event, patient_stream
from carebus.contracts.care_plan import CareHeld, CarePlanRevised, CareResumed, EpisodeEnded, InterventionKind
from carebus.contracts.line import CallTriaged, CallTriageWithdrawn, HospitalAdvice
from carebus.contracts.wishes import PreferenceConflictDetected, PreferenceConflictSettled
from carebus.testing import START, Bench, Happens, Opened, assert_published, late_differences
from services.wishes.handlers import HANDLERS
from tests.examples import example
from tests.wishes.people import done, filed_one, stands, taken_on
from tests.wishes.test_conflicts import planned
from tests.wishes.test_conversations import held

PATIENT = UUID(int=7)
STREAM = patient_stream(PATIENT)
NO_HOSPITAL = [{"question": "hospital", "choice": "no_hospital"}]
KINDS = [kind for kind in HANDLERS if issubclass(kind, Event)]
MADE_NOW = {"told WishesSummarised.summarised_at"}
"""When a summary was made is the only thing that may differ: it is told when it is made."""


async def test_what_is_heard_a_month_late_comes_to_the_same(opened: Opened) -> None:
    story = [Happens(timedelta(hours=n), _at(kind, n), STREAM) for n, kind in enumerate(KINDS)]
    assert await late_differences(opened, story) <= MADE_NOW


async def test_a_contradiction_is_told_once_however_often_everything_is_heard_again(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    await held(wishes, patient, answers=NO_HOSPITAL)
    stream = patient_stream(patient)
    to_hospital = planned(InterventionKind.HOSPITAL)
    advised = example(CallTriaged, hospital=HospitalAdvice.AMBULANCE, triaged_at=START)
    heard = [wishes.record(event, stream) for event in (to_hospital, advised)]
    await wishes.deliver(*heard)
    before, told = await stands(wishes, patient), await wishes.all_published()
    assert len([one for one in told if isinstance(one.event, PreferenceConflictDetected)]) == 2

    for forgotten in ("", "truncate mark", "truncate mark, stream, consumer_offset"):
        async with wishes.service.core.database.transaction() as db:
            await db.execute(forgotten or "select")
        await wishes.deliver(*heard)
        await wishes.deliver(*reversed(heard))
    now = await stands(wishes, patient)
    assert (now["topics"], now["conflicts"]) == (before["topics"], before["conflicts"])
    assert await wishes.all_published() == told


async def test_what_was_settled_stays_so_when_everything_is_heard_again(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    await held(wishes, patient, answers=NO_HOSPITAL)
    record = wishes.record(planned(InterventionKind.HOSPITAL), patient_stream(patient))
    await wishes.deliver(record)
    (conflict,) = (await stands(wishes, patient))["conflicts"]
    said = {"outcome": "both_stand", "asked": "The patient", "because": "Only for the pump."}
    await done(wishes, patient, "settle", conflict_id=conflict["conflict_id"], **said)
    async with wishes.service.core.database.transaction() as db:
        await db.execute("truncate mark, stream, consumer_offset")
    await wishes.deliver(record)
    await assert_published(wishes, PreferenceConflictDetected, patient=patient)
    await assert_published(wishes, PreferenceConflictSettled, patient=patient)
    (now,) = (await stands(wishes, patient))["conflicts"]
    assert now["outcome"] == "both_stand"


async def test_documents_are_there_whatever_is_heard_again(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    document = await filed_one(wishes, patient, says={"cpr": "no_cpr"})
    ended = wishes.record(example(EpisodeEnded), patient_stream(patient))
    for _ in range(2):
        await wishes.deliver(ended)
    assert (await wishes.http.get(document["path"])).status_code == 200


def _at(kind: type[Event], hours: int) -> Event:
    """Lifted is the hold that was set, and withdrawn the advice that was given."""
    same = {"call_id": UUID(int=9)} if kind in (CallTriaged, CallTriageWithdrawn) else {}
    if kind is CarePlanRevised:
        return planned(InterventionKind.HOSPITAL)
    if kind in (CareHeld, CareResumed):
        same = {"hold_id": UUID(int=8)}
    own_time = kind.own_time()
    return example(kind, **same, **({own_time: START + timedelta(hours=hours)} if own_time else {}))
