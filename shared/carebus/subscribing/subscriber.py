"""The subscriber: batches from Kafka, each handled in one transaction with its offsets, and never an exception out."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.structs import TopicPartition
from faststream.kafka import KafkaBroker

from carebus.contracts.event import Stream
from carebus.core import Core
from carebus.deciding.faults import fault_of
from carebus.kafka.clients import Brokers
from carebus.kafka.fetching import close, fetcher
from carebus.kafka.witness import Witness
from carebus.observing.loops import backoff, keep, pause
from carebus.records import Record, seen_last
from carebus.storage import offsets
from carebus.storage.offsets import Fenced
from carebus.subscribing.arrivals import Arrival
from carebus.subscribing.batch import Batch
from carebus.subscribing.breaker import Breaker, MostEventsFail
from carebus.subscribing.dividing import divide
from carebus.subscribing.handled import Handled
from carebus.subscribing.positions import Positions
from carebus.subscribing.reporting import log_batch, measure

log = structlog.get_logger()


class ConsumerDied(Exception):
    """A loop that aiokafka reads with has ended: only a new consumer will read again."""


class Subscriber(ConsumerRebalanceListener):  # type: ignore[misc]
    """Reads the topics a service hears. Effects, marks, told events and offsets commit together in PostgreSQL."""

    def __init__(
        self, core: Core, topics: Sequence[str], batch: Batch, filled: Callable[[Stream], Awaitable[None]]
    ) -> None:
        prefix = core.settings.topic_prefix
        self._core = core
        self._metrics = core.metrics
        self._group = prefix + core.name
        self._topics = [prefix + topic for topic in topics]
        self._drain_seconds = core.settings.drain_seconds
        self._batch = batch
        self._filled = filled
        self._positions = Positions(core.database, core.metrics)
        self._brokers = Brokers(core.settings.kafka_bootstrap_servers)
        self._witness = Witness(core, "subscriber", self._brokers)
        self._trusting = asyncio.Lock()
        self._telling = asyncio.Lock()
        self._settled = False
        self._partitions = dict.fromkeys(self._topics, 1)
        self._told_kafka: dict[TopicPartition, int] = {}
        self._breaker = Breaker()
        self._consumer: AIOKafkaConsumer | None = None
        self._generation = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._stop = asyncio.Event()
        self._halted = asyncio.Event()
        self._died = asyncio.Event()
        self._look = asyncio.Event()
        self._sessions, self._agreed_in = 0, 0
        self.stopped: str | None = None
        self.assigned = 0
        self.lag = 0
        self.lag_seconds = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop`, even if the broker goes away; or until most events fail."""
        failures = 0
        while not stop.is_set() and self.stopped is None:
            broker, subscriber = self._build()
            try:
                await broker.start()
                failures = 0
                self._core.beats.note("subscriber", failures)
                self._consumer = subscriber.consumer
                self._brokers.learn(subscriber.consumer._client)  # noqa: SLF001
                await self._read_until(stop)
            except Exception:
                log.warning("subscriber_waits_for_broker", failures=failures, exc_info=True)
                await pause(backoff(failures, most=3.0), stop)
                failures += 1
                self._core.beats.note("subscriber", failures)
            finally:
                self._stop.set()
                await close(broker)
                self._consumer = None
                self._forget()
                self._stop.clear()
                self._died.clear()

    def look_at_database(self) -> None:
        """There is a new session of the database, which may be an older one now: see whether it stands where we do."""
        self._sessions += 1
        self._look.set()

    async def _read_until(self, stop: asyncio.Event) -> None:
        watch = asyncio.create_task(keep("lag", self._watch, stop=stop, beats=self._core.beats, wake=self._look))
        ends = [asyncio.create_task(event.wait()) for event in (stop, self._halted, self._died)]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (watch, *ends):
                task.cancel()
            await asyncio.gather(watch, *ends, return_exceptions=True)
        if self._died.is_set():
            raise ConsumerDied

    def _build(self) -> tuple[KafkaBroker, Any]:
        broker, subscriber = fetcher(self._core.settings, self._brokers.places, self._group, self._topics, self)
        subscriber(self._receive)
        return broker, subscriber

    async def _receive(self, records: Any) -> None:
        """FastStream makes a pydantic model of its handler's parameters, so this one has no type to make it of."""
        await self.consume(records)

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Let the batch in hand commit before another process takes over; beyond the bound it will be fenced."""
        self._generation += 1
        self._settled = False
        try:
            async with asyncio.timeout(self._drain_seconds), self._telling:
                await self._idle.wait()
        except TimeoutError:
            log.warning("drain_timed_out", partitions=len(revoked))
        self._forget()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Start from what the database says: at once by the watch, at the latest when the first records come."""
        self._forget()
        self._not_behind()
        self._witness.look_again()
        self._settled = True
        self.assigned = len(assigned)
        self._look.set()
        log.info("partitions_assigned", partitions=len(assigned))

    def _not_behind(self) -> None:
        """What was measured of partitions that others have now is theirs to tell."""
        self.lag, self.lag_seconds = 0, 0.0
        self._metrics.forget(self._metrics.lag_events)
        self._metrics.put(self._metrics.lag_seconds, 0)

    def _forget(self) -> None:
        self.assigned = 0
        self._positions.forget()

    async def consume(self, records: Sequence[Record]) -> None:
        """Handle one batch. Never raises: what FastStream does with exceptions loses messages."""
        if self.stopped is not None:
            return
        self._idle.clear()
        self._core.beats.expect("batch", within=120)
        try:
            await asyncio.gather(*map(self._handle, divide(records)))
        finally:
            self._core.beats.forget("batch")
            self._idle.set()

    async def _handle(self, records: Sequence[Record]) -> None:
        try:
            await self._until_done(records)
        except Exception as exc:
            log.error("batch_abandoned", exc_info=exc)
            self._positions.leave(records)

    async def _until_done(self, records: Sequence[Record]) -> None:
        generation, looks, singly, attempt = self._generation, self._witness.looks, False, 0
        while True:
            try:
                await self._once(records, looks, singly=singly)
                return
            except Fenced:
                self._metrics.add(self._metrics.fenced)
                log.warning("fenced", records=len(records))
                self._positions.leave(records)
                return
            except MostEventsFail as exc:
                self._halt(exc)
                return
            except Exception as exc:
                if fault_of(exc) and not singly:
                    singly = True
                    continue
                log.warning("batch_retries", attempt=attempt, exc_info=exc)
            self._metrics.add(self._metrics.retries)
            self._core.beats.beat("batch")
            if not await pause(backoff(attempt), self._stop) or generation != self._generation:
                self._positions.leave(records)
                return
            attempt += 1

    async def _once(self, records: Sequence[Record], looks: int, *, singly: bool) -> None:
        assert self._consumer is not None
        started = time.perf_counter()
        await self._trust(self._consumer)
        if self._witness.looks != looks:
            return  # these are of the log from before the look, and are fetched again
        fresh, moves = await self._positions.sort(records, self._consumer)
        if not fresh:
            return
        arrivals = self._batch.read(fresh)
        apply = self._batch.apply_in_halves if singly else self._batch.apply
        async with self._core.database.transaction() as db:
            handled = await apply(db, arrivals, self._core.clock.now(), self._positions.from_first)
            self._breaker.check(handled.outcomes)
            await offsets.move(db, moves, seen_last(fresh))
        self._positions.moved(moves)
        if self._witness.looks != looks:
            self._witness.look_again()  # that look may not have seen what is committed now
        self._breaker.remember(handled.outcomes)
        await self._after(arrivals, handled, time.perf_counter() - started)

    async def _trust(self, consumer: AIOKafkaConsumer) -> None:
        """Nothing is handled before it is sure that the log is still the one that was read so far."""
        async with self._trusting:
            looks, assigned = self._witness.looks, [(tp.topic, tp.partition) for tp in consumer.assignment()]
            try:
                lost = await self._witness.lost(consumer._client, assigned)  # noqa: SLF001
                if lost:
                    await self._positions.distrust(lost, consumer)
                    async with self._core.database.transaction() as db:
                        await self._witness.forget(db, lost)
            finally:
                if self._witness.looks != looks:
                    self._positions.fetch_again(consumer)

    async def _after(self, arrivals: Sequence[Arrival], handled: Handled, seconds: float) -> None:
        self._core.committed(handled.made)
        measure(self._metrics, handled, seconds)
        log_batch(arrivals, handled, seconds)
        for stream in sorted(handled.filled):
            await self._filled(stream)

    def _halt(self, exc: MostEventsFail) -> None:
        self.stopped = str(type(exc).__doc__)
        self._metrics.put(self._metrics.stopped, 1)
        log.critical("subscriber_stopped", why=self.stopped)
        self._halted.set()

    async def _tell_kafka(self, consumer: AIOKafkaConsumer, where: dict[TopicPartition, int]) -> None:
        """Commit the group's offsets, for lag tools only, if they have moved and no rebalance is under way.

        A commit that crosses one is refused, and aiokafka then leaves the group and joins it again: another rebalance,
        which the others' commits cross, and so on for ever.
        """
        async with self._telling:
            if where and self._settled and where != self._told_kafka:
                await consumer.commit(where)
                self._told_kafka = where

    def _count_partitions(self, consumer: AIOKafkaConsumer) -> None:
        """Of a topic that is not there as many as it had, or one: that it is not read must not go unseen."""
        for topic in self._topics:
            self._partitions[topic] = len(consumer.partitions_for_topic(topic) or ()) or self._partitions[topic]
        self._metrics.put(self._metrics.topic_partitions, sum(self._partitions.values()))

    async def _watch(self) -> float:
        """Place new partitions, measure the lag and tell Kafka, for lag tools only, where this service stands."""
        consumer = self._consumer
        if consumer is not None:
            self._count_partitions(consumer)
        if consumer is not None and consumer.died:
            self._died.set()
        elif consumer is not None and (assigned := consumer.assignment()):
            if self._agreed_in != (session := self._sessions):
                await self._positions.agree()
                self._agreed_in = session
            await self._positions.place(assigned, consumer)
            await self._trust(consumer)
            known = self._positions.known()
            ends = await consumer.end_offsets(list(assigned))
            behind = {tp: max(0, ends[tp] - known[tp]) for tp in assigned if tp in known}
            waiting = [tp for tp, events in behind.items() if events]
            begins = await consumer.beginning_offsets(waiting) if waiting else {}
            self._positions.doubt(known, begins, ends)
            for tp, events in behind.items():
                self._metrics.put(self._metrics.lag_events, events, tp.topic, str(tp.partition))
            self.lag = sum(behind.values())
            since = [self._positions.last_timestamp.get(tp) for tp, events in behind.items() if events]
            oldest = min((at for at in since if at), default=None)
            self.lag_seconds = time.time() - oldest / 1000 if oldest else 0.0
            self._metrics.put(self._metrics.lag_seconds, self.lag_seconds)
            await self._tell_kafka(consumer, {tp: known[tp] for tp in behind})
        return 2.0
