"""What the outbox holds goes to the partition of its key, in order, however large it is."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from carebus.kafka.publishing import partition_of, publish
from carebus.storage.outbox import MAX_BODY, Pending
from tests.carebus.wires import Wire, someone

AT = datetime(2026, 3, 2, 14, 0, 0, 123_000, tzinfo=UTC)


def pending(number: int, key: str, body: bytes) -> Pending:
    id_ = str(someone()).encode()
    headers = [("ce_id", id_), ("ce_source", b"tally"), ("n", b"%d" % number)]
    return Pending(number, "patient.events", key.encode(), headers, body, AT)


@given(st.binary(max_size=60), st.integers(1, 48))
def test_a_key_goes_where_every_client_of_kafka_puts_it(key: bytes, partitions: int) -> None:
    parts = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, parts, parts)


async def test_events_of_many_sizes_arrive_in_order_and_the_last_of_each_partition_is_known(on_wire: Wire) -> None:
    sizes = [1, MAX_BODY, 300_000, 5, MAX_BODY, *[700] * 900]
    events = [pending(n, f"key {n % 7}", b"x" * size) for n, size in enumerate(sizes)]
    last = await publish(on_wire.producer, on_wire.prefix, events)
    records = await on_wire.published(wait_for=len(events))
    arrived: dict[bytes, list[tuple[bytes, Any]]] = defaultdict(list)
    for record in records:
        arrived[record.key].append((dict(record.headers)["n"], record.value))
        assert record.timestamp == AT.timestamp() * 1000
    for key, of in arrived.items():
        assert of == [(dict(e.headers)["n"], e.body) for e in events if e.key == key]
    ends = {(r.topic, r.partition): (r.offset, dict(r.headers)["ce_id"].decode()) for r in records}
    assert last == ends
