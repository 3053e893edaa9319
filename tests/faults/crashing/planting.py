"""Plants the crash points into the kit from the outside, by wrapping what it calls; the kit knows nothing of them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer
from faststream.kafka import KafkaBroker

from carebus.deciding.commands import Commands
from carebus.deciding.due_timers import DueTimers
from carebus.deciding.transaction import Deciding
from carebus.relaying.relay import Relay
from carebus.storage import lease, offsets, outbox, parked, streams
from carebus.storage.database import Connection, Database
from carebus.storage.outbox import Pending
from carebus.storage.timers import TimerTable
from carebus.storage.watermarks import Watermarks
from carebus.subscribing.batch import Batch
from carebus.subscribing.positions import Positions
from carebus.subscribing.redrive import Redrive
from carebus.subscribing.subscriber import Subscriber
from tests.faults.crashing.moments import around, moment, passes, within


def plant() -> None:
    """Plant all of them."""
    _transactions()
    _deciding()
    _commands()
    _batches()
    _timers()
    _redrive()
    _relay()
    _lead()
    _migrations()
    _keep_partitions()


def _transactions() -> None:
    original = Database.transaction

    @asynccontextmanager
    async def transaction(self: Database) -> AsyncIterator[Connection]:
        async with original(self) as db:
            yield db
            moment("before the commit")
        moment("committed")

    Database.transaction = transaction  # type: ignore[method-assign]


def _deciding() -> None:
    around(streams, "lock", "before the streams are locked", "streams locked")
    around(Deciding, "save", "decided, not saved", "saved")
    around(outbox, "write", "before the outbox is written", "outbox written", has=1)


def _commands() -> None:
    around(Commands, "_claim", "before its key is claimed", "key claimed")
    within(Commands, "_retried", "command")


def _batches() -> None:
    around(Subscriber, "_once", "fetched", "between two")
    within(Subscriber, "_once", "batch")
    around(Watermarks, "save", "before the marks are saved", "marks saved")
    around(parked, "park", "before an event is parked", "event parked", has=1)
    around(offsets, "move", "before the offsets move", "offsets moved")
    within(Positions, "place", "positions")
    around(Batch, "apply", "before a savepoint", "one saved")
    around(Batch, "_refuse", after="one refused")
    within(Batch, "apply_in_halves", "singly")


def _timers() -> None:
    around(TimerTable, "peek", after="seen", gives=True)
    around(TimerTable, "take", after="taken", gives=True)
    within(DueTimers, "handle", "timer")


def _redrive() -> None:
    around(parked, "release", "before the release", "released", gives=True)
    within(Redrive, "_one", "redrive")


def _relay() -> None:
    around(outbox, "pending", after="pending events read", gives=True)
    around(outbox, "forget_pending", after="forgotten", has=1)
    original = Relay._send

    async def send(self: Relay, producer: AIOKafkaProducer, events: Sequence[Pending]) -> Any:
        seen = await original(self, _Watched(producer, len(events)), events)
        moment("all acknowledged")
        return seen

    Relay._send = send  # type: ignore[method-assign]
    within(Relay, "publish_pending", "relay")


class _Watched:
    """A producer whose sends and acknowledgements are counted."""

    def __init__(self, producer: AIOKafkaProducer, events: int) -> None:
        self._producer = producer
        self._left = self._unacknowledged = events

    def __getattr__(self, name: str) -> Any:
        return getattr(self._producer, name)

    async def send_batch(self, batch: Any, *args: Any, **kwargs: Any) -> Any:
        many = batch.record_count()
        ack = await self._producer.send_batch(batch, *args, **kwargs)
        ack.add_done_callback(lambda _: self._acknowledged(many))
        self._left -= many
        moment("between two sends" if self._left else "all sent")
        return ack

    def _acknowledged(self, many: int) -> None:
        self._unacknowledged -= many
        if self._unacknowledged:
            passes("relay: some acknowledged")


def _lead() -> None:
    locked, run = lease._locked, lease._run_while_locked

    async def lock(*args: Any) -> bool:
        mine = await locked(*args)
        if mine:
            passes("lead: lock taken")
        return mine

    async def run_while_locked(*args: Any) -> None:
        try:
            await run(*args)
        finally:
            passes("lead: lock lost")

    vars(lease).update(_locked=lock, _run_while_locked=run_while_locked)


def _migrations() -> None:
    connect = asyncpg.connect

    async def watched(*args: Any, **kwargs: Any) -> Any:
        return await connect(*args, **{"connection_class": _Migrating, **kwargs})

    vars(asyncpg)["connect"] = watched


class _Migrating(asyncpg.Connection):
    """A connection that knows a migration's statements."""

    BEFORE = {"insert into schema_migration": "file run, not recorded"}
    AFTER = {
        "BEGIN": "begun",
        "insert into schema_migration": "recorded",
        "COMMIT": "between two files",
        "create table if not exists outbox_": "partition made",
    }

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:
        _statement(query, self.BEFORE)
        done = await super().execute(query, *args, timeout=timeout)
        _statement(query, self.AFTER)
        return str(done)


def _statement(query: str, moments: dict[str, str]) -> None:
    for begin, name in moments.items():
        if query.startswith(begin):
            passes(f"migration: {name}")


def _keep_partitions() -> None:
    """A process that comes back has its partitions at once, or most of a run were waiting for sessions to end."""
    original, name = KafkaBroker.subscriber, os.environ["CAREBUS_PORT"]

    def subscriber(self: KafkaBroker, *args: Any, **kwargs: Any) -> Any:
        return original(self, *args, group_instance_id=name, **kwargs)

    KafkaBroker.subscriber = subscriber  # type: ignore[method-assign,assignment]
