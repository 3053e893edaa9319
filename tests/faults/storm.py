"""A run: clients send, something is broken again and again, everything comes to rest, and the checker judges."""

from __future__ import annotations

import asyncio
import random
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from carebus.access import brokers_in
from carebus.kafka import topics
from carebus.storage.migrate import migrate
from tests.databases import at
from tests.faults import history as after
from tests.faults.chain import MIGRATIONS
from tests.faults.checker import Kind, Violation, check
from tests.faults.clients import Client, Ledger
from tests.faults.fleet import CREW, Crew, Fleet, fleet
from tests.faults.history import History
from tests.faults.hosts import Host
from tests.servers import Pair

CLIENTS = 6
REST_S = 120.0
QUIET_LOOKS, LOOKS_AT_WAITING = 3, 20
"""Looks in a row that find all at rest; and if events wait for others in custody, which may go on within seconds."""


@dataclass(frozen=True)
class Hit:
    """Something that was broken: what, from when, and from when on nothing hindered it to recover."""

    what: str
    began: float
    ended: float


@dataclass
class World:
    """The servers, the processes and the clients of one run."""

    pair: Pair
    fleet: Fleet
    urls: dict[str, str]
    topic: str
    folder: Path
    dice: random.Random
    hosts: Mapping[str, Host] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    losses: set[int] = field(default_factory=set)
    seen: dict[str, int] = field(default_factory=dict)  # what else is worth a word in the report
    mended: bool = False  # whether an operator mends all that is spoilt, so that nothing stays in custody
    strangers: set[str] = field(default_factory=set)  # streams that a fault wrote itself
    foreign: set[tuple[int, int]] = field(default_factory=set)  # partitions and offsets of records a fault wrote itself
    prefix: str = ""
    went_back_from: float = 0.0  # from when to when the databases went back in time: what was answered before that
    went_back_at: float = 0.0  # may have lost its state

    def count(self, what: str, many: int) -> None:
        """So many of these more were seen."""
        self.seen[what] = self.seen.get(what, 0) + many

    async def hit(self, what: str, break_it: Callable[[], Awaitable[None]]) -> None:
        """Break something, and keep when."""
        began = time.time()
        await break_it()
        self.hits.append(Hit(what, began, time.time()))


Fault = Callable[[World], Awaitable[None]]


@dataclass(frozen=True)
class Result:
    """A line of the report."""

    fault: str
    seed: int
    injected: dict[str, int]
    commands: int
    acked: int
    acked_meanwhile: int
    counts: dict[str, int]
    fenced: int
    repeated_records: int
    refused: dict[str, int]
    recovery_s: dict[str, float]
    rested: bool
    first_violations: list[str]
    seen: dict[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Whether nothing was wrong at all."""
        return self.rested and not sum(self.counts.values()) and set(self.refused) <= {"503"}


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
    return _judge(world, name, seed, history, rested=rested)


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


def _judge(world: World, name: str, seed: int, history: History, *, rested: bool) -> Result:
    lost = _lost_states(world, history)
    world.count("states lost with the database", len(lost)) if world.went_back_at else None
    violations = [one for one in check(history) if not any(name in one.where for name in lost)]
    return Result(
        fault=name,
        seed=seed,
        injected={what: sum(hit.what == what for hit in world.hits) for what in {hit.what: None for hit in world.hits}},
        commands=len(history.commands),
        acked=len({key for key, _, _ in history.answers}),
        acked_meanwhile=len(
            {key for key, _, at_ in history.answers if any(h.began < at_ < h.ended for h in world.hits)}
        ),
        counts={kind.value: sum(violation.kind is kind for violation in violations) for kind in Kind},
        fenced=world.fleet.logged("fenced"),
        repeated_records=len(history.records) - len({record.id for record in history.records}),
        refused={str(code): history.refused.count(code) for code in sorted(set(history.refused))},
        recovery_s=_recovery(world.hits, history),
        rested=rested,
        first_violations=_shown(violations),
        seen={**world.seen, **after.of_later_types(history)},
    )


def _lost_states(world: World, history: History) -> set[str]:
    """Marks and keys of commands that were answered by a database that is gone, and whose state went with it.

    Their events are on the topic, and are judged there; what was answered after the return must be whole.
    """
    kept = {effect.entry for effects in history.asking.said.values() for effect in effects}
    answered = {key for key, _, at_ in history.answers if at_ < world.went_back_at}
    lost = [one for one in history.commands if one.key in answered and one.mark not in kept]
    return {name for one in lost for name in (one.key, one.mark)}


def _shown(violations: list[Violation]) -> list[str]:
    return [f"{violation.kind}: {violation.where}" for violation in violations[:8]]


def _recovery(hits: list[Hit], history: History) -> dict[str, float]:
    """Seconds from the end of each fault to the first effect, in the second service, of a command sent after it."""
    sent = {command.mark: command.at for command in history.commands}
    effects = sorted(
        (effect.at, sent.get(effect.entry.rpartition(" ")[2], 0.0))
        for each in history.echo.heard.values()
        for effect in each
    )
    found = []
    for hit in hits:
        since = [at_ - hit.ended for at_, asked in effects if asked >= hit.ended]
        found += since[:1]
    if not found:
        return {}
    return {"median": round(statistics.median(found), 2), "most": round(max(found), 2)}
