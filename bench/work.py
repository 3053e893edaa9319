"""The work of every lane: events of 900 bytes about 5,000 patients, one effect and one outgoing event each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from uuid import UUID, uuid5

from aiokafka import AIOKafkaProducer

from carebus.contracts.care_plan import Assessments, EsasR, Phase, VisitCompleted, VisitMode
from carebus.contracts.envelope import Envelope, Headers
from carebus.contracts.event import patient_stream
from carebus.contracts.people import Role, TeamMember

BYTES = 900
PARTITIONS = 6
PATIENTS = 5_000
TOPIC = "patient.events"
TOLD = b'{"topic":"visit_done","reason":"no_contact"}'
"""What every lane tells for each event."""
_AT = datetime(2026, 3, 2, 14, tzinfo=UTC)
_ROOT = UUID(int=7)
_IN_ONE_REQUEST = 300


@dataclass(frozen=True, slots=True)
class Load:
    """One record of the load."""

    partition: int
    key: bytes
    headers: Headers
    body: bytes


def visit(patient: UUID, ordinal: int) -> VisitCompleted:
    """A visit as care_plan tells it, its note filled up to the event's size."""
    clinician = TeamMember(clinician_id=uuid5(_ROOT, "nurse"), name="Robin Reed", role=Role.NURSE, primary=True)
    esas = EsasR(pain=ordinal % 11, tiredness=4, drowsiness=2, nausea=0, lack_of_appetite=3, shortness_of_breath=5)
    event = VisitCompleted(
        visit_id=uuid5(patient, str(ordinal)),
        episode_id=patient,
        ordinal=ordinal,
        mode=VisitMode.HOME,
        clinician=clinician,
        started_at=_AT,
        completed_at=_AT,
        assessments=Assessments(esas_r=esas, akps=60, phase=Phase.STABLE),
    )
    return event.model_copy(update={"visit_note": "x" * (BYTES - len(event.model_dump_json()))})


@cache
def _patient(number: int) -> UUID:
    return uuid5(_ROOT, str(number))


@cache
def _bodies(ordinal: int) -> tuple[bytes, bytes]:
    """A visit's bytes before and after what differs from patient to patient: making each would take minutes."""
    body = visit(_ROOT, ordinal).model_dump_json().encode()
    marker = str(_ROOT).encode()
    before, found, after = body.partition(marker)
    assert found
    assert marker not in after
    return before, after


def loads(events: int, partitions: int = PARTITIONS) -> Iterator[Load]:
    """That many events, spread evenly over the patients, each patient's in order in one partition."""
    for n in range(events):
        number, ordinal = n % PATIENTS, n // PATIENTS + 1
        patient = _patient(number)
        before, after = _bodies(ordinal)
        cause = UUID(int=patient.int ^ ordinal)
        envelope = Envelope(
            id=UUID(int=cause.int ^ (1 << 64)),
            source="care_plan",
            type="org.carebus.VisitCompleted",
            subject=patient_stream(patient),
            time=_AT,
            sequence=ordinal,
            correlation_id=cause,
            causation_id=cause,
            actor="bench",
            dataschema=VisitCompleted.schema_name(),
        )
        key = str(patient).encode()
        yield Load(number % partitions, key, envelope.headers(), before + key + after)


async def fill(bootstrap: str, topic: str, given: Iterable[Load], partitions: int = PARTITIONS) -> dict[int, int]:
    """Put the load on a topic; gives how many records each partition got."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_batch_size=512 * 1024)
    await producer.start()
    filled = dict.fromkeys(range(partitions), 0)
    batches = {partition: producer.create_batch() for partition in filled}
    try:
        for load in given:
            batch = batches[load.partition]
            batch.append(key=load.key, value=load.body, timestamp=None, headers=load.headers)
            filled[load.partition] += 1
            if batch.record_count() >= _IN_ONE_REQUEST:
                await producer.send_batch(batch, topic, partition=load.partition)
                batches[load.partition] = producer.create_batch()
        for partition, batch in batches.items():
            if batch.record_count():
                await producer.send_batch(batch, topic, partition=partition)
        await producer.flush()
    finally:
        await producer.stop()
    return filled
