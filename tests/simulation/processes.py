"""One process of a service: the kit's own relay, subscriber, timers, redrive and commands over I/O in memory."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from carebus.access import Access, own_work
from carebus.clock import Clock
from carebus.contracts.event import Stream
from carebus.core import Core
from carebus.deciding.commands import Answer, Asked, Commands
from carebus.deciding.due_timers import DueTimers
from carebus.observing.loops import keep
from carebus.observing.metrics import Metrics
from carebus.observing.tracing import Tracing
from carebus.relaying.own_past import OwnPast
from carebus.relaying.relay import Relay
from carebus.settings import Settings
from carebus.storage.lease import lead
from carebus.subscribing.redrive import Redrive
from carebus.subscribing.subscriber import Subscriber
from tests.simulation.connections import MemoryDatabase
from tests.simulation.group import Consumer, Group
from tests.simulation.kafka import Broker, Producer
from tests.simulation.loop import Loop, Process
from tests.simulation.postgres import Server
from tests.simulation.services import SAY, STATES, Definition, Place, Said, Say
from tests.simulation.statements import EPOCH

_TRACING = Tracing("simulated", endpoint=None, ratio=0)
SETTINGS = Settings.model_construct(
    kafka_bootstrap_servers=(), topic_prefix="", batch_records=50, drain_seconds=1.5, database_connections=8
)


class MemoryMetrics:
    """Counts by the metrics' names; what else is measured is left."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts

    def __getattr__(self, name: str) -> str:
        return name

    def add(self, counter: str, *labels: str, by: float = 1) -> None:
        self._counts[counter] += int(by)

    def put(self, gauge: str, value: float, *labels: str) -> None: ...
    def forget(self, gauge: str) -> None: ...
    def observe(self, histogram: str, seconds: float, *labels: str) -> None: ...
    def observe_all(self, histogram: str, many: Sequence[float], *labels: str) -> None: ...


class VirtualClock(Clock):
    """The clinic's time is the loop's."""

    def __init__(self, loop: Loop) -> None:
        super().__init__()
        self._loop = loop

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self._loop.time())


class _KnownPast:
    """No database here goes back in time."""

    async def require_known(self, bootstrap: str) -> None: ...
    async def look_on(self, bootstrap: str) -> None: ...


class _Relay(Relay):
    def __init__(self, core: Core, loop: Loop, broker: Broker) -> None:
        super().__init__(core)
        self._place = (loop, broker)
        self._past = cast("OwnPast", _KnownPast())

    def _producer(self) -> Any:
        return Producer(*self._place)


class _Subscriber(Subscriber):
    place: tuple[Loop, Broker, Group]
    reads: Consumer | None = None

    def _build(self) -> Any:
        consumer = Consumer(*self.place, self._topics, self, self.consume)
        self.reads = consumer
        return consumer, consumer

    def at_rest(self) -> bool:
        """Whether it has no records in hand."""
        return self.reads is None or not self.reads.busy


class Running:
    """One process of one service, from its start until it is killed or told to stop."""

    def __init__(
        self, definition: Definition, loop: Loop, server: Server, broker: Broker, group: Group, counts: Counter[str]
    ) -> None:
        self.name = definition.name
        self.process: Process = loop.process(definition.name)
        self._loop = loop
        self._stop = asyncio.Event()
        database = MemoryDatabase(loop, server)
        metrics = cast("Metrics", MemoryMetrics(counts))
        self._core = core = Core(self.name, SETTINGS, STATES, Access(), database, VirtualClock(loop), metrics, _TRACING)
        self.redrive = Redrive(core, definition.batch)
        self.commands = Commands(core)
        self._relay = _Relay(core, loop, broker)
        self._timers = DueTimers(core, definition.timers)
        self.subscriber = _Subscriber(core, definition.hears.topics, definition.batch, self._filled)
        self.subscriber.place = (loop, broker, group)
        self._tasks: list[asyncio.Task[Any]] = []
        self._main = self.spawn(self._run(definition))

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Let something run in this process."""
        task = self._loop.create_task(work, context=self.process.context.copy())
        self._tasks.append(task)
        return task

    async def _run(self, definition: Definition) -> None:
        """The same loops as `Service`, but for the measures."""
        core, stop = self._core, self._stop
        await core.database.open()
        loops = [
            lead(core.database, "relay", self._relays, stop=stop, beats=core.beats),
            keep("waiting", self.redrive.waiting, stop=stop, beats=core.beats),
            self.subscriber.run(stop),
        ]
        if definition.timers.kinds:
            heard = core.notices.timers.heard
            loops.append(keep("timers", self._timers.handle, stop=stop, beats=core.beats, wake=heard))
        await asyncio.gather(*loops)

    async def _relays(self, lost: asyncio.Event) -> None:
        with self._core.notices.told.doing(lost):
            await self._relay.run(lost)

    async def _filled(self, stream: Stream) -> None:
        await self.redrive.stream(stream)

    def stop(self) -> asyncio.Task[Any]:
        """Ask it to end in good order; gives what ends then."""
        self._stop.set()
        return self._main

    async def say(self, stream: Stream, command: Say, key: str) -> Answer:
        """Take a command, as the API does."""
        asked = Asked(key=key, caller=own_work("client"), correlation_id=UUID(int=1), address=stream)
        return await self.commands.perform(
            SAY, stream, command, asked, lambda done: Place(position=len(done.state(Said).entries))
        )
