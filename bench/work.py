"""The work of every lane: events of 742 bytes about 5,000 patients, one effect and one outgoing event each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

from aiokafka import AIOKafkaProducer

from carebus.contracts.care_plan import Assessments, EsasR, Phase, VisitCompleted, VisitMode
from carebus.contracts.envelope import Envelope, Headers
from carebus.contracts.event import patient_stream
from carebus.contracts.people import Role, TeamMember

BYTES = 742
PARTITIONS = 6
PATIENTS = 5_000
TOPIC = "patient.events"
_AT = datetime(2026, 3, 2, 14, tzinfo=UTC)
_ROOT = UUID(int=7)


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


def loads(events: int) -> Iterator[Load]:
    """That many events, spread evenly over the patients, each patient's in order in one partition."""
    for n in range(events):
        number, ordinal = n % PATIENTS, n // PATIENTS + 1
        patient = uuid5(_ROOT, str(number))
        event = visit(patient, ordinal)
        cause = uuid5(patient, f"cause/{ordinal}")
        envelope = Envelope(
            id=uuid5(cause, "0"),
            source="care_plan",
            type=event.type_name(),
            subject=patient_stream(patient),
            time=_AT,
            sequence=ordinal,
            correlation_id=cause,
            causation_id=cause,
            actor="bench",
            dataschema=event.schema_name(),
        )
        yield Load(number % PARTITIONS, str(patient).encode(), envelope.headers(), event.model_dump_json().encode())


async def fill(bootstrap: str, prefix: str, events: int) -> None:
    """Put the load on a topic."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=20)
    await producer.start()
    try:
        for load in loads(events):
            await producer.send(prefix + TOPIC, load.body, key=load.key, partition=load.partition, headers=load.headers)
        await producer.flush()
    finally:
        await producer.stop()
