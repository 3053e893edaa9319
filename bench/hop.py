"""One hop through every lane: events in, effect committed, one event out; in rounds, so that noise is shared."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Coroutine, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from bench.figures import Latency, middle, paired_ratio
from bench.ground import LIMIT_S, Servers, Site, TookTooLong, site
from bench.lanes import LANES, Done, Lane, progress
from bench.saying import Json, Say
from bench.usage import usage_of
from bench.work import TOPIC, Load, fill, loads

T = TypeVar("T")

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
PACE = 100
"""Events a second when latency is measured: below what the slowest lane can do."""
PACED_S = 6
WARM_S = 3
_LOOK_S = 0.02


@dataclass(frozen=True, slots=True)
class Measured:
    """One lane in one round: events a second; CPU in µs per event of its own processes and of both servers; MiB."""

    events: int
    rate: float
    cpu_us: float
    server_cpu_us: float
    peak_mib: float


async def measure(made: Servers, scale: float, say: Say) -> Json:
    """Every lane in every round, then each at a steady pace for its latency."""
    lanes = chosen()
    there = [lane for lane in lanes if lane.there]
    measured: dict[str, list[Measured]] = {lane.name: [] for lane in there}
    latencies: dict[str, Latency] = {}
    stuck: set[str] = set()
    for number in range(ROUNDS):
        for lane in (lane for lane in there if lane.name not in stuck):
            if one := await _tried(lane, _drain(lane, made, scale), stuck):
                measured[lane.name].append(one)
                say(f"  round {number + 1}: {lane.name} {one.rate:,.0f} events/s")
    for lane in (lane for lane in there if lane.name not in stuck):
        if latency := await _tried(lane, _pace(lane, made, scale), stuck):
            latencies[lane.name] = latency
            say(f"  {lane.name} at {PACE}/s: p50 {latency.p50} ms, p99 {latency.p99} ms")
    floor = [one.rate for one in measured["floor"]]
    return {
        "rounds": ROUNDS,
        "pace": PACE,
        "skipped": [lane.name for lane in lanes if not lane.there],
        "stuck": sorted(stuck),
        "lanes": [
            _line(lane, measured[lane.name], floor, latencies[lane.name]) for lane in there if lane.name not in stuck
        ],
    }


async def _tried(lane: Lane, measuring: Coroutine[None, None, T], stuck: set[str]) -> T | None:
    """A peer that does not finish is left out from then on; that the kit or the floor does not is an error."""
    try:
        return await measuring
    except (TookTooLong, TimeoutError):
        if not lane.peer:
            raise
        stuck.add(lane.name)
        return None


def chosen() -> list[Lane]:
    """The lanes that `BENCH_LANES` names, or all; the floor is always among them, since all are held against it."""
    names = os.environ.get("BENCH_LANES", "").split()
    return [lane for lane in LANES if not names or lane.name in {"floor", *names}]


def _line(lane: Lane, rounds: Sequence[Measured], floor: Sequence[float], latency: Latency) -> Json:
    rates = [one.rate for one in rounds]
    return {
        "lane": lane.name,
        "meaning": lane.meaning,
        "events": rounds[0].events,
        "rate": middle(rates),
        "rates": rates,
        "of_floor": paired_ratio(rates, floor),
        "cpu_us": middle([one.cpu_us for one in rounds]),
        "server_cpu_us": middle([one.server_cpu_us for one in rounds]),
        "peak_mib": middle([one.peak_mib for one in rounds]),
        "latency": asdict(latency),
    }


async def _drain(lane: Lane, made: Servers, scale: float) -> Measured:
    """A full topic, drained: from the first effect seen to the last event published."""
    async with site(made) as place:
        filled = await fill(place.bootstrap, place.prefix + TOPIC, loads(max(600, int(lane.events * scale))))
        db = await asyncpg.connect(place.url)
        admin = AIOKafkaAdminClient(bootstrap_servers=place.bootstrap)
        await admin.start()
        try:
            lane.start(place)
            return await _timed(progress(lane, place, filled, db, admin), place, made, sum(filled.values()))
        finally:
            await admin.close()
            await db.close()


async def _timed(done: Done, place: Site, made: Servers, events: int) -> Measured:
    deadline = time.monotonic() + LIMIT_S
    while not (first := await done()):
        await _tick(place, deadline)
    if first == events:
        first = 0  # so few that one look saw them all: the rate says nothing then, but it is a rate
    begun, own, servers = time.monotonic(), place.usage().cpu, usage_of(made.pids()).cpu
    while await done() < events:
        await _tick(place, deadline)
    took, counted, used = max(time.monotonic() - begun, _LOOK_S), events - first, place.usage()
    return Measured(
        counted,
        counted / took,
        1e6 * (used.cpu - own) / counted,
        1e6 * (usage_of(made.pids()).cpu - servers) / counted,
        used.peak_mib,
    )


async def _tick(place: Site, deadline: float) -> None:
    place.require_all()
    if time.monotonic() > deadline:
        raise TookTooLong
    await asyncio.sleep(_LOOK_S)


async def _pace(lane: Lane, made: Servers, scale: float) -> Latency:
    """A steady pace: from a record's sending to the arrival of what the lane tells about it."""
    events = int(PACE * (WARM_S + max(1, PACED_S * scale)))
    async with site(made) as place:
        consumer = AIOKafkaConsumer(
            place.prefix + lane.out, bootstrap_servers=place.bootstrap, isolation_level="read_committed"
        )
        producer = AIOKafkaProducer(bootstrap_servers=place.bootstrap, acks="all")
        await consumer.start()
        await producer.start()
        try:
            lane.start(place)
            sent: dict[bytes, float] = {}
            heard = asyncio.create_task(_hear(consumer, events, mixed=lane.out == TOPIC))
            await _send(producer, place.prefix + TOPIC, list(loads(events)), sent)
            arrived = await asyncio.wait_for(heard, LIMIT_S)
        finally:
            await producer.stop()
            await consumer.stop()
    return Latency.of([arrived[key] - at for key, at in list(sent.items())[PACE * WARM_S :]])


async def _send(producer: AIOKafkaProducer, topic: str, given: Sequence[Load], sent: dict[bytes, float]) -> None:
    """One first, and the others when the lane has had time to start."""
    begun = 0.0
    for number, load in enumerate(given):
        if number == 1:
            await asyncio.sleep(WARM_S)
            begun = time.monotonic()
        if number:
            await asyncio.sleep(max(0.0, begun + number / PACE - time.monotonic()))
        sent[load.key] = time.monotonic()
        await producer.send(topic, load.body, key=load.key, partition=load.partition, headers=load.headers)


async def _hear(consumer: AIOKafkaConsumer, events: int, *, mixed: bool) -> dict[bytes, float]:
    """When each key's outgoing event came; `mixed`: the topic holds the incoming ones as well."""
    arrived: dict[bytes, float] = {}
    while len(arrived) < events:
        for records in (await consumer.getmany(timeout_ms=1000)).values():
            for record in records:
                if not mixed or dict(record.headers)["ce_source"] == b"notifications":
                    arrived.setdefault(record.key, time.monotonic())
    return arrived
