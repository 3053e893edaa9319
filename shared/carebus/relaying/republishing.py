"""Puts events of the outbox on their topics again, as they were and in their order."""

from collections.abc import Callable, Sequence

from carebus.credentials import kafka
from carebus.kafka.producing import Producer
from carebus.kafka.publishing import publish
from carebus.records import LastSeen, LastSeenOf, Partition
from carebus.storage import outbox
from carebus.storage.database import Connection

BATCH = 1000
BYTES = 16 * 1024


async def republish(
    db: Connection,
    brokers: Sequence[str],
    prefix: str,
    ids: Sequence[int],
    say: Callable[[str], None],
    size: int = BYTES,
) -> LastSeenOf:
    """Put these events of the outbox on their topics again, in order and as they were; gives where the last are."""
    producer = Producer(bootstrap_servers=brokers, acks="all", enable_idempotence=True, max_batch_size=size, **kafka())
    try:
        await producer.start()
        done, seen = 0, dict[Partition, LastSeen]()
        for start in range(0, len(ids), BATCH):
            events = await outbox.told(db, ids[start : start + BATCH])
            seen |= await publish(producer, prefix, events)
            done += len(events)
            say(f"{done} of {len(ids)} events published again")
        return seen
    finally:
        await producer.close()
