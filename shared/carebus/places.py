"""Where an event was seen last in each log: kept by the very statement that says what became of it."""

from collections.abc import Mapping
from typing import Any

Partition = tuple[str, int]
Place = tuple[int, str]
"""An offset and the id of the event there."""
Places = Mapping[Partition, Place]


def keeping(first: int) -> str:
    """The beginning of a statement that keeps places, besides what it is for; their parameters begin with `$first`."""
    reader, topics, partitions, offsets, ids = (f"${first + n}" for n in range(5))
    return f"""
with seen as (
    insert into witness (reader, topic, partition, record_offset, event_id)
    select {reader}::text, * from unnest({topics}::text[], {partitions}::int[], {offsets}::bigint[], {ids}::text[])
    on conflict (reader, topic, partition) do update
    set record_offset = excluded.record_offset, event_id = excluded.event_id
)
"""


def kept(reader: str, seen: Places) -> tuple[Any, ...]:
    """The parameters of `keeping`: what this reader saw last. In order, so that two cannot wait for each other."""
    parts = sorted(seen)
    return (
        reader,
        [topic for topic, _ in parts],
        [partition for _, partition in parts],
        [seen[part][0] for part in parts],
        [seen[part][1] for part in parts],
    )
