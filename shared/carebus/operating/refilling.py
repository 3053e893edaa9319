"""What `rebuild` and `replay` share: a copy of a service's tables is filled from the topics, and put in place."""

import argparse
import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from carebus.deciding.without_effects import WithoutEffects
from carebus.errors import CarebusError
from carebus.kafka.reading import Reading
from carebus.operating.replaying import Replay
from carebus.operating.services import migrations_of, say, service_called, setting, sources_of
from carebus.records import Partition
from carebus.service import Service
from carebus.storage import copies, offsets, operator_acts, streams
from carebus.storage.database import Connection
from carebus.subscribing.arrivals import Arrival

SCHEMA = "carebus_copy"
NEARLY = 1000
"""So near to the end of the topics, in records, the copy is put in place: the service itself reads the rest."""
TELL_EVERY_S = 2.0
LOCK_PATIENCE_S = 20.0


Span = tuple[Mapping[Partition, int], Mapping[Partition, int]]
"""From where, and to where, in each partition."""


class AlreadyUnderWay(CarebusError):
    """Another rebuild or replay is at work in this database: wait until it ends, or end it."""


class TopicMissing(CarebusError):
    """The topic {topic} does not exist: is KAFKA_BOOTSTRAP_SERVERS the right broker, and CAREBUS_TOPIC_PREFIX set?"""


class FirstEventsGone(CarebusError):
    """{topic}:{partition} begins at offset {start}: its first events are gone, and with them what came of them."""


class MoreParked(CarebusError):
    """{parked} events could not be handled, more than are parked now, so nothing was changed. See which with `replay`,
    or say --accept-parked."""


class Progress:
    """Tells the person who waits how far it is, every two seconds."""

    def __init__(self, total: int) -> None:
        self.done = 0
        self.total = total
        self._began = self._told = time.monotonic()

    def __call__(self, records: int) -> None:
        """So many more."""
        self.done += records
        now = time.monotonic()
        if now - self._told >= TELL_EVERY_S:
            self._told = now
            left = max(0, self.total - self.done) / self.rate
            say(f"{self.done} of {self.total} records, {self.rate:.0f}/s, {left:.0f} s left")

    @property
    def rate(self) -> float:
        """Records per second, on average."""
        return self.done / max(0.001, time.monotonic() - self._began)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._began


@dataclass(slots=True)
class Work:
    """A copy that is being filled."""

    db: Connection
    service: Service
    reading: Reading
    replay: Replay
    progress: Progress
    before: int

    async def catch_up(self) -> None:
        """Read until next to nothing is left, however much is told meanwhile."""
        while True:
            await self.replay.read(self.reading, self.reading.ends)
            await self.reading.look_again()
            if self.replay.left(self.reading.ends) <= NEARLY:
                return
            self.progress.total = self.progress.done + self.replay.left(self.reading.ends)

    async def put_in_place(self, act: int, *, accept_parked: bool) -> int:
        """Put the copy where the service's rows are, at once; gives how many events were read in all.

        The service may be at work: it waits for a moment, is then fenced, and reads on from where the copy stands,
        which is nowhere before where it stood itself. Raises MoreParked.
        """
        async with self.db.transaction():
            await streams.lock_all(self.db)
            live = await offsets.stored(self.db)
            await self.reading.look_again()
            await self.replay.read(self.reading, live)
            if not accept_parked:
                await self._require_no_more_parked()
            await copies.put_in_place(self.db, SCHEMA)
            events = self.before + self.replay.counts.read
            await operator_acts.end_act(self.db, act, events)
        await copies.drop(self.db, SCHEMA)
        return events

    async def _require_no_more_parked(self) -> None:
        in_copy, live = await copies.parked_in(self.db, SCHEMA)
        if in_copy > live:
            raise MoreParked(parked=in_copy)


@asynccontextmanager
async def alone(db: Connection) -> AsyncIterator[None]:
    """While this lasts, nobody else fills a copy in this database; what a killed process left is waited for."""
    deadline = time.monotonic() + LOCK_PATIENCE_S
    while not await copies.take_lock(db):
        if time.monotonic() > deadline:
            raise AlreadyUnderWay
        await asyncio.sleep(0.2)
    yield


def service_for_copy(name: str) -> Service:
    """The service, with the copy for its database, and without an exporter of traces."""
    url = copies.url_of(setting("DATABASE_URL"), SCHEMA)
    return service_called(name, DATABASE_URL=url, OTEL_EXPORTER_OTLP_ENDPOINT="")


def reading_of(service: Service, topics: list[str] | None = None) -> Reading:
    """A reading of the topics that a service hears, or of some of them."""
    settings = service.core.settings
    heard = [settings.topic_prefix + topic for topic in service.hearing.topics]
    return Reading(settings.kafka_bootstrap_servers, [topic for topic in heard if not topics or topic in topics])


def require_whole(reading: Reading) -> None:
    """Raise TopicMissing or FirstEventsGone unless every topic is there from its first event."""
    for topic in reading.topics:
        if not any(part[0] == topic for part in reading.starts):
            raise TopicMissing(topic=topic)
    for (topic, partition), start in reading.starts.items():
        if start:
            raise FirstEventsGone(topic=topic, partition=partition, start=start)


@asynccontextmanager
async def work(
    db: Connection,
    asked: argparse.Namespace,
    service: Service,
    reading: Reading,
    span: Span,
    wanted: Callable[[Arrival], bool] | None = None,
) -> AsyncIterator[Work]:
    """A copy, begun or gone on with, and what fills it with the records of `span`, if they are `wanted`."""
    plan, (since, until) = _plan(asked), span
    goes_on = await copies.begin(
        db, setting("DATABASE_URL"), SCHEMA, migrations_of(asked.service), b"" if asked.afresh else plan
    )
    if asked.afresh:
        await copies.keep_plan(db, SCHEMA, plan)
    await service.core.database.open()
    progress = Progress(0)
    replay = Replay(
        service, WithoutEffects(service.core.clock.now()), wanted=wanted, halts=asked.plan != "look", told=progress
    )
    try:
        before = await replay.begin(reading, since)
        progress.total = replay.left(until)
        say(f"goes on after {before} records" if goes_on else f"{progress.total} records to read")
        yield Work(db, service, reading, replay, progress, before)
    finally:
        await service.core.database.close()
        service.core.tracing.close()


def _plan(asked: argparse.Namespace) -> bytes:
    """What must be the same for a copy to be gone on with: the command, and the program that handles the events."""
    whole = hashlib.sha256(f"{asked.plan} {asked.service}".encode())
    for file in sources_of(asked.service):
        whole.update(file.read_bytes())
    return whole.digest()


def options(parser: argparse.ArgumentParser) -> None:
    """What both commands can be told."""
    parser.add_argument("--afresh", action="store_true", help="begin again, even if one that was broken off can go on")
    parser.add_argument(
        "--accept-parked", action="store_true", help="put it in place with more parked events than there are now"
    )
