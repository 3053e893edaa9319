"""Counts accepted referrals by condition with aiokafka, from the first event to the last one there is now."""

import asyncio
import os
from collections import Counter

from aiokafka import AIOKafkaConsumer

from carebus.contracts import MalformedEnvelope, read_envelope, read_headers
from carebus.contracts.referral import ReferralAccepted


async def main() -> None:
    """Read everything once."""
    consumer = AIOKafkaConsumer(
        os.environ.get("TOPIC", "patient.events"),
        bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"],
        auto_offset_reset="earliest",
    )
    await consumer.start()
    last: dict[tuple[str, str], int] = {}
    conditions: Counter[str] = Counter()
    repeated = 0
    try:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        while any([await consumer.position(part) < end for part, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    try:
                        envelope = read_envelope(read_headers(record.headers))
                    except MalformedEnvelope as broken:
                        print(f"offset {record.offset}: {broken}")
                        continue
                    stream = envelope.source, envelope.subject
                    if envelope.sequence <= last.get(stream, 0):
                        repeated += 1
                        continue
                    last[stream] = envelope.sequence
                    if envelope.type == ReferralAccepted.type_name() and record.value is not None:
                        event = ReferralAccepted.model_validate_json(record.value)
                        conditions.update(condition.value for condition in event.conditions)
    finally:
        await consumer.stop()
    for condition, patients in conditions.most_common():
        print(condition, patients)
    print(repeated, "repeated")


asyncio.run(main())
