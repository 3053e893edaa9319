"""The upload worker is killed in the middle of a list, again and again: every row is referred once, or was wrong."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from carebus.contracts.referral import ReferralReceived
from carebus.testing import Bench
from tests.referral.lists import lines, member, sent, standing, table

ROOT = Path(__file__).parents[3]
ROWS, WRONG, KILLS = 4000, 40, 3
PATIENCE_S = 120.0


@contextmanager
def worker(clinic: Bench, kafka_bootstrap: str, topic_prefix: str) -> Iterator[subprocess.Popen[bytes]]:
    """The service's worker, in a process of its own."""
    told = {
        "DATABASE_URL": clinic.service.core.database.dsn,
        "KAFKA_BOOTSTRAP_SERVERS": kafka_bootstrap,
        "CAREBUS_TOPIC_PREFIX": topic_prefix,
        "CAREBUS_CLOCK_FILE": str(clinic.clock_file),
        "CAREBUS_ROLE": "subscriber",
        "CAREBUS_OPERATORS_PORT": "0",
        "CAREBUS_LOG_LEVEL": "ERROR",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}",
    }
    process = subprocess.Popen([sys.executable, "-m", "services.referral"], env={**os.environ, **told}, cwd=ROOT)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


async def reached(clinic: Bench, upload_id: str, what: str, least: int) -> dict[str, Any]:
    """How the list stands once this many rows are `rows` or `done`."""
    deadline = time.monotonic() + PATIENCE_S
    while (found := await standing(clinic, upload_id))[what] < least:
        assert time.monotonic() < deadline, f"{what} is {found[what]}, not {least}"
        await asyncio.sleep(0.02)
    return found


async def test_a_worker_that_is_killed_again_and_again_leaves_nothing_half_done(
    clinic: Bench, kafka_bootstrap: str, topic_prefix: str
) -> None:
    wrong = {n: {"DOB": "unknown"} for n in range(0, ROWS, ROWS // WRONG)}
    content = lines(member(n, **wrong.get(n, {})) for n in range(ROWS))
    upload_id = (await sent(clinic, content)).json()["upload_id"]
    for least in (500, ROWS):
        with worker(clinic, kafka_bootstrap, topic_prefix):
            await reached(clinic, upload_id, "rows", least)
    with worker(clinic, kafka_bootstrap, topic_prefix):
        while (found := await standing(clinic, upload_id))["stage"] == "checking":
            await asyncio.sleep(0.02)
    assert (found["rows"], found["wrong"]) == (ROWS, WRONG)

    await clinic.http.post(f"/api/uploads/{upload_id}/confirm")
    killed_at = []
    for kill in range(1, KILLS + 1):
        with worker(clinic, kafka_bootstrap, topic_prefix):
            killed_at.append((await reached(clinic, upload_id, "done", kill * (ROWS - WRONG) // (KILLS + 2)))["done"])
    assert max(killed_at) < ROWS - WRONG, "it was killed in the midst"
    with worker(clinic, kafka_bootstrap, topic_prefix):
        await reached(clinic, upload_id, "done", ROWS - WRONG)
        while (found := await standing(clinic, upload_id))["stage"] != "done":
            await asyncio.sleep(0.02)

    assert (found["done"], found["refused"], found["wrong"]) == (ROWS - WRONG, 0, WRONG)
    result = await table(clinic, upload_id, "result")
    assert [int(each["row"]) for each in result] == list(range(2, ROWS + 2))
    assert {int(each["row"]) - 2 for each in result if each["verdict"] == "wrong"} == set(wrong)
    events = await clinic.published(ReferralReceived)
    assert sorted(str(event.referral_id) for event in events) == sorted(
        each["referral_id"] for each in result if each["referral_id"]
    )
    members = [event.payer.member_id for event in events if event.payer]
    assert len(members) == len(set(members)) == ROWS - WRONG
