"""Whether a log is still the one that was known: the event seen last of each partition is looked up where it was.

A broker that loses the end of its log goes on from there, so offsets beyond it soon mean other events. Kafka's clients
find that out by leader epochs; aiokafka does not, so this asks the log itself, whenever there is a new connection or
another broker leads.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from carebus.core import Core
from carebus.credentials import kafka
from carebus.kafka.clients import Brokers
from carebus.kafka.topics import names
from carebus.records import LastSeenOf, Partition, id_of
from carebus.storage.database import Connection
from carebus.storage.last_seen import forget_last_seen, last_seen

log = structlog.get_logger()

LOOK_S = 20.0
ANSWER_MS = 8_000
"""A broker that does not answer in this time is passed by, so that another is asked before the look is given up."""


@dataclass(frozen=True)
class Bearings:
    """A client's connections, and which broker led each partition, at one moment."""

    links: Mapping[Any, Any]
    leaders: Mapping[Partition, int]

    def hold(self, later: "Bearings") -> bool:
        """Whether nothing of this is another one later: what was acknowledged in between is of one and the same log."""
        same = all(later.links.get(broker) is link for broker, link in self.links.items())
        return same and self.leaders.items() <= later.leaders.items()


class Witness:
    """What one reader, or publisher, saw last of each partition.

    looks: how often it has begun to look whether the logs are the same. What was fetched before the last look may be
    of a log that was there before it.
    """

    def __init__(self, core: Core, reader: str, brokers: Brokers) -> None:
        self._core = core
        self._brokers = brokers
        self._reader = reader
        self._topics = names(core.settings.topic_prefix)
        self._good = Bearings({}, {})
        self.looks = 0

    async def lost(self, client: Any, parts: Iterable[Partition] | None = None) -> dict[Partition, int]:
        """Of `parts`, or of all, those whose log is another one now, and where it ends.

        Looks only if the client of aiokafka has a connection that it had not at the last look, or knows another leader:
        nothing that was fetched or acknowledged since then can be of another log otherwise.
        """
        now = self.bearings(client)
        if now.hold(self._good):
            return {}
        self.looks += 1
        async with self._core.database.connection() as db:
            known = await last_seen(db, self._reader)
        self._brokers.learn(client)
        asked = {part: place for part, place in known.items() if parts is None or part in set(parts)}
        found = await asyncio.wait_for(_lost(self._brokers.places, asked), LOOK_S) if asked else {}
        for (topic, partition), end in found.items():
            log.error("log_lost_its_end", reader=self._reader, topic=topic, partition=partition, log_end=end)
        if not found:
            self._good = Bearings(now.links, {**self._good.leaders, **now.leaders})
        return found

    def bearings(self, client: Any) -> Bearings:
        """What this client of aiokafka goes by now."""
        links = dict(client._conns)  # noqa: SLF001  # aiokafka tells nobody of its connections
        return Bearings(links, _leaders(client.cluster, self._topics))

    def look_again(self) -> None:
        """Look at the next occasion, also with known connections: there are partitions that others have read so far."""
        self._good = Bearings({}, self._good.leaders)

    async def forget(self, db: Connection, parts: Iterable[Partition]) -> None:
        """What was known of these is no longer so."""
        await forget_last_seen(db, self._reader, parts)


def _leaders(cluster: Any, topics: Iterable[str]) -> dict[Partition, int]:
    """Which broker leads each partition, if any does. It may have been connected before it led."""
    parts = [TopicPartition(topic, part) for topic in topics for part in cluster.partitions_for_topic(topic) or ()]
    found = {(tp.topic, tp.partition): cluster.leader_for_partition(tp) for tp in parts}
    return {part: leader for part, leader in found.items() if leader is not None and leader >= 0}


async def _lost(places: Sequence[str], known: LastSeenOf) -> dict[Partition, int]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=places,
        request_timeout_ms=ANSWER_MS,
        client_id="carebus-witness",
        enable_auto_commit=False,
        auto_offset_reset="none",
        max_partition_fetch_bytes=1,  # one batch is sent all the same
        **kafka(),
    )
    try:
        await consumer.start()
        parts = [TopicPartition(*part) for part in sorted(known)]
        consumer.assign(parts)
        begins, ends = await consumer.beginning_offsets(parts), await consumer.end_offsets(parts)
        gone = {tp for tp in parts if known[tp][0] >= ends[tp]}
        there = [tp for tp in parts if begins[tp] <= known[tp][0] < ends[tp]]
        gone |= {tp for tp in there if await _id_at(consumer, tp, known[tp][0]) != known[tp][1]}
        return {(tp.topic, tp.partition): ends[tp] for tp in gone}
    finally:
        await consumer.stop()


async def _id_at(consumer: AIOKafkaConsumer, tp: TopicPartition, offset: int) -> str | None:
    consumer.seek(tp, offset)
    record = await consumer.getone(tp)
    return id_of(record) if record.offset == offset else None
