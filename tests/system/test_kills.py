"""Kill -9 of every process while the sample is fed: the supervisor starts it again and the counts are the same."""

from __future__ import annotations

import json
import random
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from deploy.local.options import SERVICES, operators_of
from tests.deploy.local.expected import expected
from tests.runner import PATIENCE_S, Runner
from tests.servers import server_folder

ROLES = ("api", "subscriber", "relay")
VICTIMS = [*((service, role) for service in SERVICES for role in ROLES), ("line", "listener")]
SERVERS = ("kafka.Kafka", "bin/postgres -D")


@pytest.mark.faults
def test_whatever_is_killed_during_the_feed_the_counts_are_the_same(tmp_path: Path) -> None:
    with server_folder() as data:
        runner, summary = Runner(data), tmp_path / "summary.json"
        runner.start(DAY="0.5", UNTIL="done", SUMMARY=str(summary), ROLES="split")
        runner.until_told("Carebus is up")
        killed = kill_all(runner, random.Random(7))
        assert runner.ended() == 0, "".join(runner.lines[-40:])
        assert runner.left() == []
        told = json.loads(summary.read_text())
    counts, by_the_files = told["counts"], expected()
    assert set(killed) == {*map(named, VICTIMS), *SERVERS}
    assert counts["received"] == by_the_files.received
    assert counts["accepted"] == counts["teams"] == counts["patients_visited"] == by_the_files.accepted
    assert counts["declined"] == by_the_files.declined
    assert counts["parked"] == 0
    assert told["mail"]["distinct"] >= counts["notified"] > by_the_files.accepted, "pages and letters come beside these"
    assert sum(told["restarts"].values()) >= len(killed)


def kill_all(runner: Runner, dice: random.Random) -> list[str]:
    """Kill each process once, in any order, spread over the feed; gives their names."""
    wanted: list[Any] = [*VICTIMS, *SERVERS]
    dice.shuffle(wanted)
    killed = []
    for victim in wanted:
        wait_for_work(runner)
        process = find(runner, victim)
        process.kill()
        killed.append(named(victim) if isinstance(victim, tuple) else victim)
        time.sleep(dice.uniform(0.2, 1.0))
    return killed


def wait_for_work(runner: Runner) -> None:
    """Return once the run goes on, so that the next kill hits a run that works."""
    deadline = time.monotonic() + PATIENCE_S
    while not answers(runner):
        assert time.monotonic() < deadline, "the services do not come back"
        time.sleep(0.1)


def answers(runner: Runner) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(
            f"http://127.0.0.1:{runner.ports[operators_of('referral')]}/health/ready", trust_env=False
        ).is_success
    return False


def find(runner: Runner, victim: Any) -> psutil.Process:
    """The living process of this role of a service, or of this server."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for process in psutil.Process(runner.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if is_it(process, victim):
                    return process
        time.sleep(0.05)
    pytest.fail(f"{victim} does not run")


def is_it(process: psutil.Process, victim: Any) -> bool:
    words = " ".join(process.cmdline())
    if isinstance(victim, str):
        return victim in words
    service, role = victim
    return f"services.{service}" in words and process.environ().get("CAREBUS_ROLE") == role


def named(victim: tuple[str, str]) -> str:
    return " ".join(victim)
