"""SIGTERM ends a process within its bound, whatever the servers do, and the log says what was in the way."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import asyncpg

from carebus.service import MARGIN_S
from tests.carebus.processes import process
from tests.carebus.wires import assessed, someone, until, wire
from tests.servers import Pair

DRAIN_S = 3
SLOW_S = 15
"""What a busy machine may take beyond the bound: to import, to be scheduled, to end."""


async def nothing_pending(url: str) -> bool:
    db = await asyncpg.connect(url)
    try:
        told = "select exists (select from outbox) and not exists (select from outbox_pending)"
        return bool(await db.fetchval(told))
    finally:
        await db.close()


async def test_a_process_with_a_frozen_broker_ends_within_its_bound_and_names_what_was_in_the_way(
    own_servers: Pair, topic_prefix: str, tmp_path: Path
) -> None:
    kafka, log = own_servers.kafka, tmp_path / "log"
    async with (
        wire(own_servers.postgres.url, kafka.bootstrap, topic_prefix) as on_wire,
        process(on_wire.url, on_wire.bootstrap, topic_prefix, log=log, CAREBUS_DRAIN_SECONDS=str(DRAIN_S)) as service,
    ):
        path, body = f"/api/{someone()}/marks", assessed("a").model_dump(mode="json")
        assert (await service.http.post(path, json=body, headers={"Idempotency-Key": "a"})).status_code == 201
        await until(lambda: nothing_pending(on_wire.url), "the first answer is published")
        assert kafka.pid is not None
        os.kill(kafka.pid, signal.SIGSTOP)
        try:
            assert (await service.http.post(path, json=body, headers={"Idempotency-Key": "b"})).status_code == 201
            service.running.send_signal(signal.SIGTERM)
            async with asyncio.timeout(DRAIN_S + MARGIN_S + SLOW_S):
                while service.running.poll() is None:
                    await asyncio.sleep(0.1)
        finally:
            os.kill(kafka.pid, signal.SIGCONT)
    said = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert "stopped" in [line["event"] for line in said]
    assert ("loop_cut_off", "relay", "TimeoutError") in [
        (line["event"], line.get("loop"), line.get("error")) for line in said
    ]
    assert "producer_did_not_close" in [line["event"] for line in said]
