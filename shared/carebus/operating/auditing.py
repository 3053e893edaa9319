"""Checks a service's audit: its chain in its database, and that against what the topic knows of it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from carebus.contracts.audit import AuditSealed, ChainFault, ChainWalk, rows_of
from carebus.kafka.reading import Reading
from carebus.records import Record, envelope_of
from carebus.storage import audit
from carebus.storage.database import Connection


@dataclass(slots=True)
class TopicHeads:
    """What the topic knows of one service's chain: of each batch its head. `faults` are those of the topic itself."""

    service: str
    heads: dict[int, str] = field(default_factory=dict)
    faults: list[ChainFault] = field(default_factory=list)

    def hear(self, sealed: AuditSealed) -> None:
        """One batch as it was told, perhaps not for the first time."""
        rows = rows_of(sealed)
        if not rows or rows[-1].hash != sealed.head:
            self.faults.append(ChainFault("told_with_another_head", sealed.batch))
        if self.heads.setdefault(sealed.batch, sealed.head) != sealed.head:
            self.faults.append(ChainFault("told_twice_in_two_ways", sealed.batch))


@dataclass(frozen=True, slots=True)
class Verified:
    """What a chain came to. `witnessed`: how many of its batches the topic knows; None if nobody asked the topic."""

    rows: int
    batches: int
    head: str
    pending: int
    witnessed: int | None
    faults: Sequence[ChainFault]


async def verify(db: Connection, service: str, brokers: Sequence[str] | None, prefix: str) -> Verified:
    """Check the chain of the service with this name; against the topic, if its brokers are given.

    The topic is read first: what is sealed meanwhile is then in the database only, which is no fault.
    """
    witness = TopicHeads(service)
    if brokers is not None:
        async for sealed in _told(brokers, prefix + AuditSealed.SUBJECT.topic, service):
            witness.hear(sealed)
    walk, faults = ChainWalk(service), list(witness.faults)
    async with db.transaction(isolation="repeatable_read", readonly=True):
        async for row in audit.chain(db):
            faults += walk.past([row])
        pending, _ = await audit.backlog(db)
    if brokers is not None:
        faults += walk.against(witness.heads)
    witnessed = len(walk.heads.keys() & witness.heads.keys()) if brokers is not None else None
    return Verified(walk.number, len(walk.heads), walk.head, pending, witnessed, faults)


async def _told(brokers: Sequence[str], topic: str, service: str) -> AsyncIterator[AuditSealed]:
    """The batches that this service has told, from the beginning of the topic."""
    async with Reading(brokers, [topic]) as reading:
        async for record in reading.records():
            if (sealed := _sealed(record, service)) is not None:
                yield sealed


def _sealed(record: Record, service: str) -> AuditSealed | None:
    envelope, _ = envelope_of(record.headers, dict(record.headers))
    if envelope is None or (envelope.source, envelope.type) != (service, AuditSealed.type_name()):
        return None
    try:
        return AuditSealed.model_validate_json(record.value or b"")
    except ValidationError:
        return None
