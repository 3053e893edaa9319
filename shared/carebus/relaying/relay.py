"""The relay: publishes what the outbox holds, in order, and forgets it only when the broker has acknowledged it."""

import asyncio
import time
from collections.abc import Sequence

import structlog
from aiokafka import AIOKafkaProducer

from carebus import credentials
from carebus.core import Core
from carebus.kafka.clients import METADATA_AGE_MS, Brokers
from carebus.kafka.producing import Producer
from carebus.kafka.publishing import BatchSize, BatchTooLarge, publish
from carebus.kafka.topics import names
from carebus.kafka.witness import Witness
from carebus.observing.loops import backoff, keep, pause
from carebus.records import LastSeen, LastSeenOf, Partition
from carebus.relaying.own_past import OwnPast
from carebus.relaying.reconciling import reconcile
from carebus.relaying.republishing import BYTES, republish
from carebus.storage import outbox
from carebus.storage.database import Connection
from carebus.storage.last_seen import keep_last_seen
from carebus.storage.operator_acts import begin_act, end_act
from carebus.storage.outbox import Pending

log = structlog.get_logger()

BATCH = 1000
BACKLOG_S = 5.0
LOOK_ON_S = 300.0
"""Seconds between looks at where the topics end while nothing is pending."""
BUSY_S, BUSY_LOOK_S = 1.0, 0.04
"""For so long after it published it looks that often, also without a notice: a loop that is awake answers sooner."""


class LogLostItsEnd(Exception):
    """The log has lost events that were acknowledged: they must be published again before any other."""


class Relay:
    """Publishes one service's outbox. One at a time per database: see `loops.lead`.

    At least once: a crash between acknowledgement and deletion publishes again, with the same ids and sequences.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._brokers = Brokers(core.settings.kafka_bootstrap_servers)
        self._witness = Witness(core, "relay", self._brokers)
        self._past = OwnPast(core)
        self._looks_on_at = 0.0
        self._size = BatchSize()
        self._failures = 0
        self._lost = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until `stop`. Any error makes a new producer, which starts from what is still pending."""
        self._core.metrics.put(self._core.metrics.relay_active, 1)
        self._core.beats.expect("relay", within=120)
        self._failed(0)
        past_known, self._lost = False, stop
        try:
            while not stop.is_set():
                self._core.beats.beat("relay")
                producer = self._producer()
                try:
                    if not past_known:
                        await self._past.require_known(self._brokers.places)
                        past_known, self._looks_on_at = True, time.monotonic() + LOOK_ON_S
                    await producer.start()
                    self._brokers.learn(producer.client)
                    await self._mend_log(producer)
                    await self._publish_until(producer, stop)
                except LogLostItsEnd:
                    log.warning("relay_mends_the_log")
                except Exception as exc:
                    past_known = False  # a database that was put back, or takes nothing, is found before the next event
                    self._core.metrics.add(self._core.metrics.relay_errors)
                    log.warning("relay_begins_anew", failures=self._failures, exc_info=exc)
                    divided = isinstance(exc, BatchTooLarge) and self._size.halve()
                    wait = backoff(0 if divided else self._failures, most=3.0)
                    self._failed(self._failures + 1)
                    await pause(wait, stop)
                finally:
                    await producer.close()
        finally:
            self._failed(0)
            self._core.beats.forget("relay")
            self._core.metrics.put(self._core.metrics.relay_active, 0)

    def _failed(self, times: int) -> None:
        """So often in a row, since anything was published or there was nothing to publish."""
        self._failures = times
        self._core.beats.note("relay", times)

    def _producer(self) -> Producer:
        return Producer(
            bootstrap_servers=self._brokers.places,
            client_id=f"carebus-relay-{self._core.name}",
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=self._size.begin(),
            request_timeout_ms=10_000,
            metadata_max_age_ms=METADATA_AGE_MS,
            **credentials.kafka(),
        )

    async def _publish_until(self, producer: AIOKafkaProducer, stop: asyncio.Event) -> None:
        """Until `stop`, or until a new producer may try larger batches."""
        busy_until, now = 0.0, asyncio.get_running_loop().time
        while not stop.is_set() and not self._size.may_grow:
            published = await self.publish_pending(producer)
            self._core.beats.beat("relay")
            self._failed(0)
            if published:
                busy_until = now() + BUSY_S
            else:
                await self._look_on()
            if published < BATCH:
                await self._core.notices.told.wait(BUSY_LOOK_S if now() < busy_until else None)

    async def _look_on(self) -> None:
        """Now and then, while nothing is pending: so the look into the past that a new leader takes stays short."""
        now = time.monotonic()
        if now >= self._looks_on_at:
            self._looks_on_at = now + LOOK_ON_S
            await self._past.look_on(self._brokers.places)

    async def publish_pending(self, producer: AIOKafkaProducer) -> int:
        """Publish the oldest pending events and forget them; gives their number. All or nothing is forgotten."""
        async with self._core.database.connection() as db:  # one session: what it read it also forgets, or nobody does
            events = await outbox.pending(db, BATCH)
            if self._lost.is_set():
                return 0  # another process may lead by now, or another database stand in this one's place
            seen = await self._sent(producer, events) if events else {}
            if await self._witness.lost(producer.client):  # also while nothing is pending
                raise LogLostItsEnd
            if events:
                await outbox.forget_pending(db, [event.id for event in events], seen)
                self._core.metrics.add(self._core.metrics.relayed, by=len(events))
        return len(events)

    async def _mend_log(self, producer: AIOKafkaProducer) -> None:
        """Publish again what this service had published and the log has lost, before anything that comes after it."""
        lost = await self._witness.lost(producer.client)
        if not lost:
            return
        self._core.metrics.add(self._core.metrics.log_losses)
        async with self._core.database.connection() as db:
            act = await begin_act(db, "relay", "republish", [self._core.name], "the log had lost its end")
            again, seen = await self._republish_missing(db)
            await end_act(db, act, again)
            async with db.transaction():
                await self._witness.forget(db, lost)
                await keep_last_seen(db, "relay", seen)
        log.error("log_mended", partitions=len(lost), published_again=again)

    async def _republish_missing(self, db: Connection) -> tuple[int, LastSeenOf]:
        """Until nothing is missing: a log may lose its end again while this reads it, and nobody would see that later.

        Gives how many were published again, and where the last ones are: by them a loss from now on shows.
        """
        prefix, brokers, size = self._core.settings.topic_prefix, self._brokers.places, min(BYTES, self._size.begin())
        before, again, seen = list[int](), 0, dict[Partition, LastSeen]()
        while True:
            report = await reconcile(db, self._core.name, brokers, names(prefix), self._tell)
            missing = [id_ for id_, _, _ in report.missing]
            if missing in ([], before):
                return again, seen
            seen |= await republish(db, brokers, prefix, missing, self._tell, size)
            before, again = missing, again + len(missing)

    def _tell(self, progress: str) -> None:
        self._core.beats.beat("relay")
        log.info("relay_mends_the_log", progress=progress)

    async def _sent(self, producer: AIOKafkaProducer, events: Sequence[Pending]) -> dict[Partition, LastSeen]:
        """Send them, and all of them again if a broker went or another led meanwhile.

        It may have taken along the first of them, which it had acknowledged, though the last ones are there.
        """
        for topic in {event.topic for event in events}:  # else a new producer learns who leads while it sends
            await producer.partitions_for(self._core.settings.topic_prefix + topic)
        while True:
            before = self._witness.bearings(producer.client)
            seen = await self._send(producer, events)
            if before.hold(self._witness.bearings(producer.client)):
                return seen

    async def _send(self, producer: AIOKafkaProducer, events: Sequence[Pending]) -> dict[Partition, LastSeen]:
        return await publish(producer, self._core.settings.topic_prefix, events)


async def watch_backlog(core: Core, stop: asyncio.Event) -> None:
    """Keep the outbox's metrics true, also while the broker is away."""

    async def look() -> float:
        async with core.database.connection() as db:
            events, age = await outbox.backlog(db)
        core.metrics.put(core.metrics.outbox_pending, events)
        core.metrics.put(core.metrics.outbox_age, age)
        return BACKLOG_S

    await keep("outbox", look, stop=stop, beats=core.beats)
