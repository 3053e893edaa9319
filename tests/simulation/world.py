"""One simulated run: three services, clients, faults drawn from the seed, rest, mending, and the judgement."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from uuid import UUID

from carebus import notices
from carebus.contracts.event import patient_stream
from carebus.deciding import commands, due_timers
from carebus.observing import loops
from carebus.relaying import relay
from carebus.storage import lease
from carebus.subscribing import batch, dividing, positions, redrive, reporting, subscriber
from tests.simulation import services
from tests.simulation.faults import FAULTS, Fault
from tests.simulation.group import Group
from tests.simulation.kafka import Broker, Unsent, partition_of
from tests.simulation.loop import ENDLESS_STEPS, Endless, Process, new_loop
from tests.simulation.oracle import Past, Sent, judge
from tests.simulation.postgres import Row, Server
from tests.simulation.processes import Running
from tests.simulation.services import CANCELS, PLAIN, REFUSED, SETS, SPOILT, Say

REST_S = 90.0
KINDS = {PLAIN: 4, SETS: 3, CANCELS: 2, SPOILT: 1, REFUSED: 1}


@dataclass(frozen=True)
class Result:
    """What one seed came to."""

    seed: int
    broken: list[str]
    digest: str
    faults: Counter[str]
    counts: Counter[str]
    steps: int
    seconds: float


class Silent:
    """The kit's log: counted, not written."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts

    def _say(self, event: str, **_: Any) -> None:
        self._counts[event] += 1

    info = warning = error = critical = _say


class World:
    """Everything there is in a run."""

    def __init__(self, seed: int, always: Sequence[Fault] = ()) -> None:
        self.loop = new_loop(seed)
        self.chance = self.loop.chance
        self.broker = Broker(self.loop)
        self.counts: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.mended = False
        self.lost_tail = False
        self.over = False
        self.running: list[Running] = []
        self.stopping: set[Running] = set()
        names = ["asking", "echo", "counting"]
        self.definitions = {name: services.define(name, lambda: self.mended) for name in names}
        self.servers = {name: Server(self.loop, made.statements) for name, made in self.definitions.items()}
        self.groups = {name: Group(self.loop, self.broker) for name in names}
        self.sent: list[Sent] = []
        self._patients = [self.new_id() for _ in range(self.chance.randint(1, 3))]
        self._plan = self._drawn(always)

    def new_id(self) -> UUID:
        """A random id that the seed decides."""
        return uuid.UUID(int=self.chance.getrandbits(128), version=4)

    def _drawn(self, always: Sequence[Fault]) -> list[tuple[int, Fault]]:
        """Which faults strike, and after how many steps."""
        many, last = self.chance.randint(1, 5), self.chance.choice((600, 1500, 3000))
        drawn = [*always, *self.chance.choices(list(FAULTS), list(FAULTS.values()), k=many)]
        steps = sorted(self.chance.randint(40, last) for _ in drawn)
        return list(zip(steps, drawn, strict=True))

    # Processes

    def start(self, name: str) -> None:
        """Start a process of a service."""
        made = self.definitions[name]
        self.running.append(Running(made, self.loop, self.servers[name], self.broker, self.groups[name], self.counts))

    def end(self, victim: Running) -> None:
        """Kill a process; its connections are closed a moment later."""
        if victim in self.running:
            self.running.remove(victim)
            self.loop.kill(victim.process)
            for session in list(self.servers[victim.name].sessions):
                if session.owner == victim.process.index:
                    self.loop.later(0.002 + self.chance.random() * 0.01, self.servers[victim.name].cut, session)

    def stopped(self, victim: Running) -> None:
        """A process ended in good order: another one takes its place."""
        if victim in self.running and not self.loop.ending:
            self.end(victim)
            self.start(victim.name)

    def _strike(self, at_work: Process) -> None:
        while self._plan and self._plan[0][0] <= self.loop.steps:
            fault = self._plan.pop(0)[1]
            self.faults[fault.__name__] += 1
            fault(self, at_work)
        self.loop.alarm = self._plan[0][0] if self._plan else ENDLESS_STEPS

    def put_back(self) -> None:
        """When every reader has seen that the log is shorter, each service publishes again what it misses there.

        Each on its own, as the relays do: one may put effects back before another puts back their causes.
        """
        if any(not server.up for server in self.servers.values()) or not self._noticed():
            self.loop.later(0.1, self.put_back)
            return
        self.broker.takes = True
        for name in self.chance.sample(sorted(self.servers), len(self.servers)):
            self.loop.later(self.chance.random() * 0.3, self._republish, name)

    def _republish(self, name: str) -> None:
        if not self.broker.takes:
            return
        for row in self._missing(name):
            unsent = Unsent(row["body"], row["key"], services.headers_of(row), 0)
            self.broker.append((row["topic"], partition_of(row["key"])), [unsent])

    def _missing(self, *names: str) -> list[Row]:
        """What these services, or all, published and is not on the topic, as `carebus reconcile` finds it."""
        if not self.lost_tail:
            return []
        there = {dict(record.headers).get("ce_id") for record in self.broker.everything()}
        return [
            row
            for name, server in self.servers.items()
            if not names or name in names
            for key in sorted(server.tables["outbox"].keys() - server.tables["outbox_pending"].keys())
            if str((row := server.tables["outbox"][key])["event_id"]).encode() not in there
        ]

    def _noticed(self) -> bool:
        """A reader that still has lost records in hand would take what comes in their place for them: see 0014."""
        if any(one.process.asleep or not one.subscriber.at_rest() for one in self.running):
            return False
        return all(
            row["next_offset"] <= len(self.broker.logs[part])
            for server in self.servers.values()
            for part, row in server.tables["consumer_offset"].items()
        )

    # The run

    async def play(self) -> None:
        """From the first process to rest."""
        for name in self.definitions:
            for _ in range(self.chance.randint(1, 2)):
                self.start(name)
        clients = [self._client(n) for n in range(2)]
        await asyncio.gather(*clients)
        while self._plan:
            await asyncio.sleep(0.1)
        await self._rest(parked=True)
        self.mended = True
        await self._rest(parked=False)

    async def _client(self, n: int) -> None:
        for _ in range(self.chance.randint(1, 5)):
            kind = self.chance.choices(list(KINDS), list(KINDS.values()))[0]
            command = Say(mark=self.new_id(), kind=kind)
            stream, answers = patient_stream(self.chance.choice(self._patients)), list[int]()
            self.sent.append(Sent(stream, n, str(command.mark), answers))
            while not answers or self.chance.random() < 0.1:
                answers += await self._try(stream, command)
            await asyncio.sleep(self.chance.random() * self.chance.choice((0.01, 0.1, 1.0)))

    async def _try(self, stream: Any, command: Say) -> list[int]:
        """Send a command to any process; without an answer in time it is as if there were none."""
        doors = [one for one in self.running if one.name == "asking"]
        if not doors:
            await asyncio.sleep(0.1)
            return []
        door = self.chance.choice(doors)
        task = door.spawn(door.say(stream, command, str(command.mark)))
        done, _ = await asyncio.wait([task], timeout=0.8)
        if not done or task.cancelled() or task.exception() is not None:
            await asyncio.sleep(0.05)
            return []
        return [task.result().body["position"]]

    async def _rest(self, *, parked: bool) -> None:
        """Wait until nothing is left to do; an operator redrives meanwhile what can be mended."""
        deadline = self.loop.time() + REST_S
        while not self._at_rest(parked=parked):
            if self.loop.time() > deadline:
                raise Endless(f"no rest: {self._left()}")
            for name in self.servers:  # what was acknowledged while the tail was being lost is found by looking again
                self._republish(name)
            if not parked:
                await self._redrive()
            await asyncio.sleep(0.3)

    async def _redrive(self) -> None:
        for name, server in self.servers.items():
            one = next((one for one in self.running if one.name == name and not one.process.asleep), None)
            for stream in sorted({row["stream"] for row in server.tables["parked_event"].values() if row["stream"]}):
                if one is not None:
                    await asyncio.wait([one.spawn(one.redrive.stream(stream))], timeout=3)

    def _at_rest(self, *, parked: bool) -> bool:
        return not self._left(parked=parked)

    def _left(self, *, parked: bool = False) -> list[str]:
        left = []
        for name, server in self.servers.items():
            custody = {row["stream"] for row in server.tables["parked_event"].values() if row["stream"]}
            if server.tables["outbox_pending"]:
                left.append(f"{name} has not published all")
            if custody and not parked:
                left.append(f"{name} has events in custody")
            if any(stream not in custody for stream, _ in server.tables["timer"]):
                left.append(f"{name} has timers")
            stands = {part: row["next_offset"] for part, row in server.tables["consumer_offset"].items()}
            if any(stands.get(part, 0) != len(log) for part, log in self.broker.logs.items()):
                left.append(f"{name} has not read all: {stands}")
        if not self.broker.takes or self._missing() or any(one.process.asleep for one in self.running):
            left.append("a fault goes on")
        return left


def simulate(seed: int, always: Sequence[Fault] = ()) -> Result:
    """Play one seed and judge it; the faults of `always` strike in any case, at a moment that the seed chooses."""
    world = World(seed, always)
    broken: list[str] = []
    with _replaced(world):
        world.loop.on_alarm = world._strike
        world.loop.alarm = world._plan[0][0]
        try:
            world.loop.run(world.play())
        except Endless as endless:
            broken.append(f"lost: {endless}")
    past = Past(world.sent, world.servers, world.broker.everything(), world.lost_tail)
    broken += judge(past)
    return Result(seed, broken, _digest(world), world.faults, world.counts, *world.loop.played[1:])


def _digest(world: World) -> str:
    journals = sum(len(server.journal) for server in world.servers.values())
    digest, steps, _ = world.loop.played
    return f"{digest:x}-{steps}-{journals}-{len(world.broker.everything())}"


@contextmanager
def _replaced(world: World) -> Iterator[None]:
    """Chance, ids and logs of the kit come from the run; polls are slower, since virtual time is cheap but not free."""
    silent = Silent(world.counts)
    with ExitStack() as stack:
        for module in (batch, commands, due_timers, lease, loops, positions, redrive, relay, reporting, subscriber):
            if hasattr(module, "log"):
                stack.enter_context(patch.object(module, "log", silent))
        stack.enter_context(patch.object(loops, "random", world.chance))
        stack.enter_context(patch.object(commands, "new_id", world.new_id))
        stack.enter_context(patch.object(notices, "LOOK_S", 0.3))
        stack.enter_context(patch.object(relay, "BUSY_LOOK_S", 0.3))
        stack.enter_context(patch.object(dividing, "WORTH_IT", 2))
        yield
