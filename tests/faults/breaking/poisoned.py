"""One record in a hundred is poison, for a while and then not, and again; and what that did to everybody else."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.faults.breaking import poison
from tests.faults.breaking.poison import Series
from tests.faults.history import PARTITIONS
from tests.faults.kinds import ALLOWING, KINDS, REFUSING, Kind
from tests.faults.operator import Operator
from tests.faults.stranger import NOBODY, Place, Stranger, letter, stranger
from tests.faults.worlds import World

SHARE = 0.01
AMONG = 3
"""So many records of the stranger's stand among the events of the clients' own patients."""
LEAST_KINDS = 20
"""A machine that does little in a round has more rounds, until one in a hundred was of so many kinds."""
NAME = "Zqpoison"

_BEHIND = """
select stream from parked_event group by stream
having bool_or(stream = any($1::text[])) and bool_and(reason = any('{gap,early,behind}'))
"""


@dataclass
class Poisoned:
    """A fault: rounds without and with poison take turns, so that what else is busy bears on both alike."""

    rounds: int
    round_s: float
    written: list[Series] = field(default_factory=list)
    among: dict[Place, str] = field(default_factory=dict)
    times: list[tuple[bool, float, float]] = field(default_factory=list)
    world: World | None = None

    async def __call__(self, world: World) -> None:
        self.world = world
        await _execute(world.urls["echo"], REFUSING)
        async with (
            stranger(world.pair.kafka.bootstrap, world.topic, PARTITIONS) as somebody,
            _growth(world.pair.kafka.bootstrap, world.topic) as ends,
        ):
            kinds = world.dice.sample(KINDS, len(KINDS))
            while len(self.times) < 2 * self.rounds or len(self.written) < LEAST_KINDS:
                await self._quiet()
                await self._poison(world, somebody, ends, kinds)
            await self._settle(world, somebody)
        world.seen |= {
            "kinds of poison": len({one.kind.name for one in self.written}),
            "mended": sum(one.mended for one in self.written),
        }

    async def _quiet(self) -> None:
        began = time.time()
        await asyncio.sleep(self.round_s)
        self.times.append((False, began, time.time()))

    async def _poison(self, world: World, somebody: Stranger, ends: _Ends, kinds: list[Kind]) -> None:
        began, due = time.time(), 0.0
        last = await ends.total()
        while time.time() < began + self.round_s:
            await asyncio.sleep(0.1)
            now = await ends.total()
            due, last = due + SHARE * (now - last), now
            while due >= 1:
                due -= 1
                kind = kinds[len(self.written) % len(kinds)]
                await world.hit("poison", lambda kind=kind: self._write(world, somebody, kind))  # type: ignore[misc]
        if len(self.among) < AMONG:
            await world.hit("poison among a patient's own events", lambda: self._write_among(world, somebody))
        self.times.append((True, began, time.time()))

    async def _write(self, world: World, somebody: Stranger, kind: Kind) -> None:
        one = await poison.write(somebody, kind, world.dice, NAME)
        self._keep(world, one)
        self.written.append(one)

    def _keep(self, world: World, one: Series) -> None:
        world.strangers.add(one.stream)
        world.foreign |= set(one.places)

    async def _write_among(self, world: World, somebody: Stranger) -> None:
        """On the stream of a patient whom a client speaks of just now: that patient waits, until this is given up."""
        lines = (world.folder / "ledger").read_text().splitlines()[-1:-50:-1]
        stream = next(line["stream"] for line in map(json.loads, lines) if line["do"] == "intent")
        patient = UUID(stream.partition("/")[2])
        bad = replace(letter(patient, 1, UUID(int=1), NAME, source=NOBODY), body=b"{")
        place = await somebody.write_among(bad)
        self.among[place] = stream
        world.foreign.add(place)

    async def _settle(self, world: World, somebody: Stranger) -> None:
        """Look at every custody, clear it, and see that each patient goes on."""
        services = ("echo", "asking")
        for service in services:
            await poison.none_wrong(poison.wrong, world.urls[service], service, self.written)
        await _execute(world.urls["echo"], ALLOWING)
        for one in self.written:
            one.mended = one.kind.becomes == "database_refused"
        for service in services:
            operator = self._operator(world, service)
            assert NAME not in (await operator.parked("list"))[2]
            await poison.clear(operator, self.written, 1, list(self.among))
        for one in self.written:
            await poison.write_on(somebody, one, NAME)
            self._keep(world, one)
        for service in services:
            await poison.none_wrong(poison.disordered, world.urls[service], service, self.written)
            await poison.none_wrong(_still_behind, world.urls[service], list(self.among.values()))

    def _operator(self, world: World, service: str) -> Operator:
        prefix = world.topic.removesuffix("patient.events")
        return Operator(service, world.urls[service], world.pair.kafka.bootstrap, prefix, world.folder)

    async def latencies(self) -> dict[str, int]:
        """Milliseconds from a healthy patient's command to its effect in `echo`, without and with poison."""
        assert self.world is not None
        db = await asyncpg.connect(self.world.urls["echo"])
        rows = await db.fetch("select entry, extract(epoch from at)::float8 as at from effect where log = 'heard'")
        await db.close()
        effect = {row["entry"].removeprefix("said "): row["at"] for row in rows}
        waited: dict[bool, list[float]] = {False: [], True: []}
        for line in map(json.loads, (self.world.folder / "ledger").read_text().splitlines()):
            if line["do"] != "intent" or line["stream"] in self.among.values() or line["mark"] not in effect:
                continue
            for poisoned, began, ended in self.times:
                if began <= line["at"] < ended:
                    waited[poisoned].append(1000 * (effect[line["mark"]] - line["at"]))
        return compared(waited)


def compared(waited: dict[bool, list[float]]) -> dict[str, int]:
    """For the report: milliseconds without and with poison, and how much longer the latter is."""
    found: dict[str, int] = {}
    for percent in (50, 99):
        without, with_ = (statistics.quantiles(waited[poisoned], n=100)[percent - 1] for poisoned in (False, True))
        found |= {f"ms p{percent} without poison": round(without), f"ms p{percent} with": round(with_)}
        found[f"% of p{percent} with poison"] = round(100 * with_ / without)
    return found


class _Ends:
    """How many records a topic has had."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: str) -> None:
        self._consumer = consumer
        self._parts = [TopicPartition(topic, n) for n in range(PARTITIONS)]

    async def total(self) -> int:
        return int(sum((await self._consumer.end_offsets(self._parts)).values()))


@asynccontextmanager
async def _growth(bootstrap: str, topic: str) -> AsyncIterator[_Ends]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        yield _Ends(consumer, topic)
    finally:
        await consumer.stop()


async def _still_behind(url: str, streams: Sequence[str]) -> list[str]:
    db = await asyncpg.connect(url)
    try:
        return [f"{row['stream']} still waits" for row in await db.fetch(_BEHIND, streams)]
    finally:
        await db.close()


async def _execute(url: str, sql: str) -> None:
    db = await asyncpg.connect(url)
    await db.execute(sql)
    await db.close()
