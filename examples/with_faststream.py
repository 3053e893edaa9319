"""Counts accepted referrals by condition with FastStream, and goes on with every new one."""

import asyncio
import os
from collections import Counter

from faststream import FastStream
from faststream.kafka import KafkaBroker, KafkaMessage

from carebus.contracts import MalformedEnvelope, read_envelope
from carebus.contracts.referral import ReferralAccepted

broker = KafkaBroker(os.environ["KAFKA_BOOTSTRAP_SERVERS"], logger=None)
app = FastStream(broker)
last: dict[tuple[str, str], int] = {}
conditions: Counter[str] = Counter()


@broker.subscriber(
    os.environ.get("TOPIC", "patient.events"),
    group_id=os.environ.get("GROUP", "my-team"),
    auto_offset_reset="earliest",
    decoder=lambda message: message.body,  # bodies are decoded below, and only those of types that are wanted
)
async def hear(body: bytes, message: KafkaMessage) -> None:
    """One event after the other, in the order of their partition."""
    try:
        envelope = read_envelope(message.headers)
    except MalformedEnvelope as broken:
        print(broken, flush=True)
        return
    stream = envelope.source, envelope.subject
    if envelope.sequence <= last.get(stream, 0):
        print("1 repeated", flush=True)
        return
    last[stream] = envelope.sequence
    if envelope.type == ReferralAccepted.type_name():
        for condition in ReferralAccepted.model_validate_json(body).conditions:
            conditions[condition] += 1
            print(condition.value, conditions[condition], flush=True)


if __name__ == "__main__":
    asyncio.run(app.run())
