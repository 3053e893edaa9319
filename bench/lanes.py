"""Runs one lane: its processes on a filled topic and a fresh database, timed from the first effect to the last ack."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.work import PARTITIONS, TOPIC, fill
from carebus import topics
from carebus.migrate import migrate

LIMIT_S = 600.0
RECORDS = "1000"


@dataclass(frozen=True, slots=True)
class Lane:
    """A way to do the work: its processes, the table that is empty when all is published, and how many events."""

    name: str
    processes: list[list[str]]
    pending: str
    events: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What a lane reached."""

    lane: str
    events: int
    rate: float


class LaneStuck(Exception):
    """A lane did not finish its events in time."""


async def measure(lane: Lane, admin_url: str, bootstrap: str, scale: float) -> Measured:
    """Run a lane; gives its rate. Raises LaneStuck."""
    name, events = f"b{secrets.token_hex(4)}", max(2_000, int(lane.events * scale))
    prefix = name + "."
    url = urlunsplit(urlsplit(admin_url)._replace(path=f"/{name}"))
    await _execute(admin_url, f"create database {name}")
    await migrate(url, Path(__file__).parent / "migrations")
    await topics.create(bootstrap, prefix=prefix, partitions=PARTITIONS)
    await _create(bootstrap, prefix + "out")
    await fill(bootstrap, prefix, events)
    environment = {
        "DATABASE_URL": url,
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "CAREBUS_TOPIC_PREFIX": prefix,
        "CAREBUS_BATCH_RECORDS": RECORDS,
        "CAREBUS_LOG_LEVEL": "WARNING",
    }
    running = [_start(process, environment) for process in lane.processes]
    try:
        return Measured(lane.name, events, await _rate(url, prefix + TOPIC, lane.pending, events))
    finally:
        for process in running:
            process.kill()
            process.wait()


def _start(process: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    roles = {"CAREBUS_ROLE": process[-1], "CAREBUS_PORT": "0"} if process[-1] in {"subscriber", "relay"} else {}
    return subprocess.Popen([sys.executable, *process], env={**os.environ, **environment, **roles})


async def _rate(url: str, topic: str, pending: str, events: int) -> float:
    db = await asyncpg.connect(url)
    try:
        begun, first, deadline = 0.0, 0, time.monotonic() + LIMIT_S
        while time.monotonic() < deadline:
            read = await db.fetchval(
                "select coalesce(sum(next_offset), 0)::int from consumer_offset where topic = $1", topic
            )
            if read and not begun:
                begun, first = time.monotonic(), read
            if read >= events and not await db.fetchval(f"select exists (select from {pending})"):
                return (events - first) / (time.monotonic() - begun)
            await asyncio.sleep(0.02)
        raise LaneStuck
    finally:
        await db.close()


async def _execute(url: str, statement: str) -> None:
    db = await asyncpg.connect(url)
    try:
        await db.execute(statement)
    finally:
        await db.close()


async def _create(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
    finally:
        await admin.close()
