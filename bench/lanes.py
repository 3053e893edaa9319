"""The lanes of a hop: how each is started, and when it has done its work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient

from bench.ground import ROOT, Site, committed
from bench.work import TOPIC

RECORDS = "1000"
"""The most records in one transaction, of every lane that has such a bound."""
PEERS = ROOT / ".venv-peers" / "bin" / "python"

Done = Callable[[], Awaitable[int]]
"""How many events of the load are wholly done: effect committed, outgoing event published."""

_READ = """
select coalesce(sum(least(o.next_offset, f.filled)), 0)::int
from consumer_offset as o join unnest($2::int[], $3::bigint[]) as f (partition, filled) using (partition)
where o.topic = $1
"""


@dataclass(frozen=True, slots=True)
class Lane:
    """A way to do the work.

    `pending`: the table that is empty when all is published, or none when the lane keeps its offsets in Kafka, in the
    group `group`.  `out`: the topic its events go to.
    """

    name: str
    meaning: str
    start: Callable[[Site], None]
    events: int
    pending: str | None = None
    group: str = ""
    out: str = "out"
    peer: bool = False

    @property
    def there(self) -> bool:
        """Whether it can run here."""
        return not self.peer or PEERS.exists()


def _roles(module: str) -> Callable[[Site], None]:
    def start(site: Site) -> None:
        for role in ("subscriber", "relay"):
            site.start(["-m", module, role], CAREBUS_ROLE=role, CAREBUS_BATCH_RECORDS=RECORDS)

    return start


def _per_event(site: Site) -> None:
    site.start(["-m", "bench.per_event"])
    site.start(["-m", "bench.floor", "relay"])


def _peer(*modules: str) -> Callable[[Site], None]:
    def start(site: Site) -> None:
        for module in modules:
            site.start(["-m", *module.split()], python=str(PEERS))

    return start


LANES = (
    Lane("floor", "bare aiokafka + asyncpg: set-based, untyped", _roles("bench.floor"), 90_000, "floor_outbox"),
    Lane("kit", "this kit: a typed decision per event", _roles("bench.kit"), 60_000, "outbox_pending", out=TOPIC),
    Lane("per_event", "FastStream: a transaction per event", _per_event, 2_400, "floor_outbox"),
    Lane(
        "faststream-outbox",
        "a transaction per event, its own outbox and relay",
        _peer("bench.peers.outbox handler", "bench.peers.outbox relay"),
        1_500,
        "peer_outbox",
        peer=True,
    ),
    Lane(
        "quix",
        "Quix Streams, exactly once, RocksDB, no database",
        _peer("bench.peers.quix"),
        60_000,
        group="quix",
        peer=True,
    ),
    Lane(
        "faust",
        "Faust, exactly once, table in memory, no database",
        _peer("bench.peers.faust_lane"),
        9_000,
        group="faust",
        peer=True,
    ),
)


def progress(
    lane: Lane,
    site: Site,
    filled: Mapping[int, int],
    db: asyncpg.Connection[asyncpg.Record],
    admin: AIOKafkaAdminClient,
) -> Done:
    """How far a lane is, by what it has committed itself: an observer of its output would take CPU from it."""
    topic = site.prefix + TOPIC

    async def by_database() -> int:
        read: int = await db.fetchval(_READ, topic, list(filled), list(filled.values()))
        if read < sum(filled.values()):
            return read
        waiting: int = await db.fetchval(f"select count(*) from {lane.pending}")
        return read - waiting

    async def by_group() -> int:
        return await committed(admin, site.prefix + lane.group, filled, topic)

    return by_database if lane.pending else by_group
