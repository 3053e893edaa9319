"""A run: clients send, something is broken again and again, everything comes to rest, and the checker judges."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from carebus.credentials import brokers_in
from carebus.kafka import topics
from carebus.storage.migrate import migrate
from tests.databases import at
from tests.faults import history as after
from tests.faults.chain import MIGRATIONS
from tests.faults.clients import Client, Ledger
from tests.faults.fleet import CREW, Crew, fleet
from tests.faults.history import History
from tests.faults.hosts import Host
from tests.faults.results import Result, judged
from tests.faults.worlds import Fault, World
from tests.servers import Pair

CLIENTS = 6
REST_S = 120.0
QUIET_LOOKS, LOOKS_AT_WAITING = 3, 20
"""Looks in a row that find all at rest; and if events wait for others in custody, which may go on within seconds."""


@dataclass(frozen=True)
class Scene:
    """Where a run takes place: on which servers and hosts, with what in the processes' environment.

    `database_port` is where the processes find PostgreSQL, if not at its own.
    """

    pair: Pair
    folder: Path
    hosts: Mapping[str, Host] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    database_port: int = 0
    crew: Crew = CREW
    replicas: int = 1

    def seen(self, url: str) -> str:
        """A database's address as the processes have it."""
        return url.replace(f":{self.pair.postgres.port}/", f":{self.database_port or self.pair.postgres.port}/")


async def run(
    pair: Pair,
    folder: Path,
    name: str,
    fault: Fault,
    seed: int,
    *,
    mutant: str = "",
    rest_s: float = REST_S,
    crew: Crew = CREW,
) -> Result:
    """Break things while clients send, let all come to rest, and judge."""
    return await play(
        Scene(pair, folder, environment={"CHAIN_MUTANT": mutant}, crew=crew), name, fault, seed, rest_s=rest_s
    )


async def play(scene: Scene, name: str, fault: Fault, seed: int, *, rest_s: float = REST_S) -> Result:
    """The same on any scene."""
    pair, folder = scene.pair, scene.folder
    prefix = f"f{secrets.token_hex(4)}."
    brokers = brokers_in(pair.kafka.bootstrap)
    await topics.create(brokers, prefix=prefix, partitions=after.PARTITIONS, replication=scene.replicas)
    urls = {service: await _database(pair, service) for service in (after.ASKING, after.ECHO)}
    logs = folder / "logs"
    logs.mkdir(parents=True)
    members = fleet(
        logs,
        {name: scene.seen(url) for name, url in urls.items()},
        pair.kafka.bootstrap,
        prefix,
        scene.environment,
        scene.hosts,
        scene.crew,
    )
    world = World(
        pair, members, urls, prefix + "patient.events", folder, random.Random(seed), scene.hosts, prefix=prefix
    )
    canary = f"Zq{secrets.token_hex(6)}"
    try:
        members.start()
        await until(members.all_work, "the services start")
        await _storm(world, fault, canary, seed)
        rested = await _rest(world, rest_s)
    finally:
        members.end()
    history = await _history(world, canary)
    return judged(world, name, seed, history, rested=rested)


async def until(holds: Callable[[], bool], what: str, within: float = 120.0) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, f"did not come about: {what}"
        await asyncio.sleep(0.1)


async def _database(pair: Pair, service: str) -> str:
    name = f"{service}_{secrets.token_hex(4)}"
    db = await asyncpg.connect(pair.postgres.url)
    await db.execute(f"create database {name}")
    await db.close()
    await migrate(at(pair.postgres.url, name), MIGRATIONS)
    return at(pair.postgres.url, name)


async def _storm(world: World, fault: Fault, canary: str, seed: int) -> None:
    ledger, stop = Ledger(world.folder / "ledger"), asyncio.Event()
    url, *more = [member.url for member in world.fleet.members if member.role == "api"]
    clients = [asyncio.create_task(Client(n, url, ledger, canary, seed, more).run(stop)) for n in range(CLIENTS)]
    try:
        await asyncio.sleep(1)
        await fault(world)
        await asyncio.sleep(1)
    finally:
        stop.set()
        await asyncio.gather(*clients)


async def _rest(world: World, within: float) -> bool:
    """Wait until all that was told is published and handled, seen a few times in a row."""
    deadline, quiet, last = time.monotonic() + within, 0, None
    while quiet < (LOOKS_AT_WAITING if last else QUIET_LOOKS) and time.monotonic() < deadline:
        await asyncio.sleep(0.3)
        waiting = await _waiting_at_rest(world)
        quiet = 0 if waiting is None else quiet + 1 if waiting == last else 1
        last = waiting
    return quiet >= (LOOKS_AT_WAITING if last else QUIET_LOOKS)


_WAITING = """
select count(*) from parked_event where stream in (
    select stream from parked_event group by stream having bool_and(reason = any('{gap,early,behind}')))
"""
_TIMERS = """
select count(*) from timer where due_at < now() + interval '10 s' and stream not in (
    select stream from parked_event where stream is not null)
"""


async def _waiting_at_rest(world: World) -> int | None:
    """How many events in custody wait for others, if all is read, published and due; timers of the parked are held."""
    unfinished, waiting, offsets = 0, 0, []
    for url in world.urls.values():
        db = await asyncpg.connect(url)
        unfinished += await db.fetchval("select count(*) from outbox_pending")
        unfinished += await db.fetchval(_TIMERS)
        waiting += await db.fetchval(_WAITING)
        unfinished += await db.fetchval("select count(*) from parked_event where $1", world.mended)
        rows = await db.fetch("select partition, next_offset from consumer_offset where topic = $1", world.topic)
        offsets.append({row["partition"]: row["next_offset"] for row in rows})
        await db.close()
    ends = await _ends(world)
    return waiting if not unfinished and all(each == ends for each in offsets) else None


async def _ends(world: World) -> dict[int, int]:
    parts = [TopicPartition(world.topic, n) for n in range(after.PARTITIONS)]
    consumer = AIOKafkaConsumer(bootstrap_servers=world.pair.kafka.bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        return {tp.partition: offset for tp, offset in (await consumer.end_offsets(parts)).items()}
    finally:
        await consumer.stop()


async def _history(world: World, canary: str) -> History:
    history = History(
        canary=canary.encode(),
        losses=world.losses,
        mended=world.mended,
        strangers=world.strangers,
        foreign=world.foreign,
    )
    after.read_ledger(history, world.folder / "ledger")
    history.asking = await after.read_database(world.urls[after.ASKING], history, after.ASKING)
    history.echo = await after.read_database(world.urls[after.ECHO], history, after.ECHO)
    await after.read_topic(history, world.pair.kafka.bootstrap, world.topic)
    after.read_logs(history, [world.fleet.logs, world.pair.postgres.data.parent])
    return history
