"""A night of five hundred calls: kills and outages lose no promise and no page, and double none."""

from __future__ import annotations

import asyncio
import os
import time
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer

from carebus.contracts import EVENTS
from carebus.contracts.event import subject_id
from carebus.subscribing.arrivals import read_record
from tests.faults.night.house import FASTER, House, house
from tests.faults.night.ledger import Ledger, Told
from tests.faults.night.people import Night, link_of
from tests.servers import Pair

SEED = int(os.environ.get("SEED", "1"))
CALLS, AT_ONCE = int(os.environ.get("CALLS", "500")), 8
BROKER_AWAY_S = 600 / FASTER
"""Ten minutes of the clinic's."""


@pytest.mark.faults
async def test_no_promise_and_no_page_of_a_night_is_lost_or_doubled(own_servers: Pair, tmp_path: Path) -> None:
    dice, ledger, stop = Random(SEED), Ledger(), asyncio.Event()
    async with house(own_servers, tmp_path) as there, httpx.AsyncClient(trust_env=False, timeout=15) as http:
        await there.start()
        await there.begun()
        night = Night(there, dice, ledger, http)
        keeping = asyncio.create_task(there.clock.keep())
        there.clock.set_speed(FASTER)
        mail = asyncio.create_task(night.take_mailed_pages(stop))
        breaking = asyncio.create_task(break_everything(there, dice, stop))
        await call_all(night, range(CALLS // 2))
        await night.change_shift()
        await call_all(night, range(CALLS // 2, CALLS))
        stop.set()
        killed = await breaking
        await mail
        await night.take_what_is_open()
        await asyncio.sleep(35 * 60 / FASTER)  # until whatever was promised is due
        there.clock.hold()
        await at_rest(there)
        told = await told_by(there)
        mailed = [(link, str(one["Message-ID"])) for one in there.mail.taken if (link := link_of(one))]
        keeping.cancel()
    assert ledger.faults(told, mailed) == []
    assert set(killed) == {*(process.name for process in there.processes), "kafka"}
    assert len(ledger.calls) == CALLS
    assert min(ledger.promised.total(), ledger.paged.total(), len(mailed)) > CALLS / 10


async def call_all(night: Night, numbers: range) -> None:
    """Callers, some at once."""
    waiting = iter(numbers)

    async def lane() -> None:
        for n in waiting:
            await night.call(n)

    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))


async def break_everything(there: House, dice: Random, stop: asyncio.Event) -> list[str]:
    """Kill -9 of each process in turn, again and again, and once the broker is away; at least once each."""
    killed: list[str] = []
    while not stop.is_set() or "kafka" not in killed:
        for process in there.processes:
            await asyncio.sleep(dice.uniform(0.5, 2))
            process.kill()
            process.start()
            killed.append(process.name)
            while not process.works():
                await asyncio.sleep(0.1)
        if "kafka" not in killed:
            await asyncio.to_thread(there.pair.kafka.kill)
            await asyncio.sleep(BROKER_AWAY_S)
            await asyncio.to_thread(there.pair.kafka.start)
            killed.append("kafka")
    return killed


async def at_rest(there: House, within: float = 120) -> None:
    """Wait until everything told is published, read and sent, seen three times in a row."""
    deadline, quiet = time.monotonic() + within, 0
    while quiet < 3:
        assert time.monotonic() < deadline, "something stays on its way"
        await asyncio.sleep(0.5)
        quiet = quiet + 1 if not await waiting(there) else 0


async def waiting(there: House) -> int:
    left = 0
    for name, url in there.urls.items():
        db = await asyncpg.connect(url)
        left += await db.fetchval("select count(*) from outbox_pending")
        left += await db.fetchval("select count(*) from parked_event")
        left += await db.fetchval("select count(*) from timer where due_at <= $1", there.clock.now())
        if name == "notifications":
            left += await db.fetchval("select count(*) from page_letter where status = 'queued'")
        await db.close()
    return left


async def told_by(there: House) -> Told:
    """What stands on the topic of calls, each event once by its id: at least once is what a relay promises."""
    consumer = AIOKafkaConsumer(
        there.prefix + "call.events", bootstrap_servers=there.pair.kafka.bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    found: dict[str, dict[Any, Any]] = defaultdict(dict)
    try:
        parts = list(consumer.assignment())
        ends = await consumer.end_offsets(parts)
        while any([await consumer.position(part) < end for part, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for envelope, body in ((read_record(one).envelope, one.value) for one in records):
                    assert envelope is not None
                    event = EVENTS[envelope.type].model_validate_json(body)
                    found[subject_id(envelope.subject)].setdefault(envelope.id, event)
    finally:
        await consumer.stop()
    return {call: list(events.values()) for call, events in found.items()}
