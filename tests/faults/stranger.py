"""Writes records on the patient journal as somebody would who need not keep to the contract."""

from __future__ import annotations

import json
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy as Builder

SAID = "org.carebus.ReferralDeclined"
SNAPPY = 2
Pairs = tuple[tuple[str, bytes | None], ...]
Place = tuple[int, int]
"""A partition and an offset."""


@dataclass(frozen=True)
class Letter:
    """A record to be written. `aside`: not in the partition of its key, but in the next one."""

    key: bytes | None
    headers: Pairs
    body: bytes | None
    aside: bool = False
    packed: bool = False

    def headed(self, **values: bytes | None) -> Letter:
        """With these headers in the place of those of the same names."""
        kept = tuple(pair for pair in self.headers if pair[0] not in values)
        return replace(self, headers=(*kept, *values.items()))

    def without(self, name: str) -> Letter:
        """With one header less."""
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0] != name))

    def saying(self, **values: Any) -> Letter:
        """With these fields in its body, which is JSON still."""
        assert self.body is not None
        return replace(self, body=json.dumps(json.loads(self.body) | values).encode())


NOBODY = "nobody"
"""A source that no service is, and that the services under test believe."""


def letter(patient: UUID, sequence: int, mark: UUID, name: str, *, source: str = "asking") -> Letter:
    """What `asking` would have told of this patient, to the letter."""
    cause = uuid5(patient, f"{source}/{sequence}")
    now = datetime.now(UTC).isoformat()
    body = {"referral_id": str(mark), "reason": "other", "reason_text": f"{name} was here", "declined_at": now}
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid5(mark, f"{source}/{sequence}")),
        "ce_source": source,
        "ce_type": SAID,
        "ce_subject": f"patient/{patient}",
        "ce_time": now,
        "ce_sequence": str(sequence),
        "ce_correlationid": str(cause),
        "ce_causationid": str(cause),
        "ce_actor": "stranger",
    }
    pairs = tuple((name, value.encode()) for name, value in headers.items())
    return Letter(str(patient).encode(), pairs, json.dumps(body).encode())


@dataclass
class Stranger:
    """Somebody who may write to the topic."""

    topic: str
    partitions: int
    producer: AIOKafkaProducer

    async def write(self, patient: UUID, one: Letter) -> Place:
        """Write it where the patient's events are; gives where it stands."""
        parts = list(range(self.partitions))
        part = (DefaultPartitioner()(str(patient).encode(), parts, parts) + one.aside) % self.partitions
        if one.packed:
            return part, await self._write_packed(part, one)
        return await self._send(one, part)

    async def write_among(self, one: Letter) -> Place:
        """Write it among the events of whoever has this key; gives where it stands."""
        return await self._send(one, None)

    async def _send(self, one: Letter, part: int | None) -> Place:
        sent = await self.producer.send_and_wait(
            self.topic, value=one.body, key=one.key, headers=list(one.headers), partition=part
        )
        return int(sent.partition), int(sent.offset)

    async def _write_packed(self, part: int, one: Letter) -> int:
        """In a batch packed with Snappy, for which no reader here has a library."""
        client = self.producer.client
        leader = client.cluster.leader_for_partition(TopicPartition(self.topic, part))
        batch = (part, _packed(one.key, one.body, one.headers))
        request = ProduceRequest(
            required_acks=-1, timeout=10_000, topics=[(self.topic, [batch])], transactional_id=None
        )
        answer = await client.send(leader, request)
        _, error, offset, *_ = answer.topics[0][1][0]
        assert error == 0, answer
        return int(offset)


def _packed(key: bytes | None, body: bytes | None, headers: Sequence[tuple[str, bytes | None]]) -> bytes:
    made = Builder(2, 0, 0, -1, -1, -1, 1 << 20)
    made.append(0, None, key, body, list(headers))
    size = Builder.HEADER_STRUCT.size
    made._buffer[size:] = _snappy(bytes(made._buffer[size:]))
    made._compression_type = SNAPPY
    made._write_header(True)
    return bytes(made._buffer)


def _snappy(plain: bytes) -> bytes:
    """One literal in Snappy's block format, in the frame that Kafka's Java client reads."""
    length, rest = bytearray(), len(plain)
    while rest >= 0x80:
        length.append(rest & 0x7F | 0x80)
        rest >>= 7
    length.append(rest)
    block = bytes(length) + bytes([61 << 2]) + struct.pack("<H", len(plain) - 1) + plain
    return b"\x82SNAPPY\x00" + struct.pack(">iii", 1, 1, len(block)) + block


@asynccontextmanager
async def stranger(bootstrap: str, topic: str, partitions: int) -> AsyncIterator[Stranger]:
    """One with a connection of its own."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_request_size=1 << 20)
    await producer.start()
    try:
        yield Stranger(topic, partitions, producer)
    finally:
        await producer.stop()
