"""`make run` as a whole, on servers and ports of its own: it comes up, mends itself, and leaves nothing behind."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from deploy.local.folders import PASSABLE
from deploy.local.options import SERVICES, operators_of
from tests.runner import PATIENCE_S, ROOT, Runner
from tests.servers import server_folder

PARTS = ("bin/postgres -D", "kafka.Kafka", "deploy.local.mail", "deploy.local.portal")
OTHERS = stat.S_IRWXG | stat.S_IRWXO
PROGRAMS = (*PARTS, *(f"services.{name}" for name in SERVICES))


@pytest.fixture
def runner() -> Iterator[Runner]:
    with server_folder() as data:
        made = Runner(data)
        yield made
        made.process.kill()
        made.left()


def until(true: Callable[[], bool]) -> None:
    """Return when `true()`; the time limit only keeps a broken test from hanging."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def open_to_others(data: Path) -> list[Path]:
    """What somebody else may read: of folders that another user's server passes through, nobody lists any."""
    written = [file for file in data.rglob("*") if not file.is_symlink()]
    assert {"postgres", "kafka", "logs", "links.secret"} <= {file.name for file in written}
    modes = {file: stat.S_IMODE(file.stat().st_mode) for file in written}
    return [file for file, mode in modes.items() if mode & OTHERS and not (file.is_dir() and mode == PASSABLE)]


@pytest.mark.parametrize(
    "sent",
    [
        signal.SIGINT,
        *(pytest.param(each, marks=pytest.mark.faults) for each in (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)),
    ],
)
def test_nothing_is_left_behind_and_the_next_run_goes_on_from_there(runner: Runner, sent: signal.Signals) -> None:
    runner.start(FEED="none")
    runner.until_told("Logs")
    assert all(runner.find(program) for program in PROGRAMS)
    runner.process.send_signal(sent)
    assert runner.ended() == (-9 if sent is signal.SIGKILL else 0)
    assert runner.left() == []
    assert open_to_others(runner.data) == [], "what a run writes is for its owner only"
    runner.start(FEED="none", UNTIL="done")
    assert runner.ended() == 0
    assert runner.left() == []


def test_a_second_wish_ends_a_run_whose_service_does_not_listen(runner: Runner) -> None:
    runner.start(FEED="none")
    runner.until_told("Logs")
    deaf = runner.find("services.referral")
    assert deaf is not None
    deaf.suspend()
    runner.process.send_signal(signal.SIGINT)
    runner.until_told("Stopping")
    runner.process.send_signal(signal.SIGINT)
    assert runner.ended() == 130
    assert runner.left() == []


def test_a_second_run_in_the_same_folder_is_one_sentence(runner: Runner) -> None:
    runner.start(FEED="none")
    runner.until_told("Starting")
    again = subprocess.run(
        [sys.executable, "-m", "deploy.local"],
        cwd=ROOT,
        env=runner.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 1
    assert again.stderr.startswith(f"Carebus already runs in this folder (process {runner.process.pid})")
    runner.process.send_signal(signal.SIGINT)
    assert runner.ended() == 0
    assert runner.left() == []


@pytest.mark.faults
def test_whatever_is_killed_is_started_again(runner: Runner) -> None:
    runner.start(FEED="none")
    runner.until_told("Logs")
    for program in PROGRAMS:
        victim = runner.find(program)
        assert victim is not None
        victim.kill()
        until(lambda program=program, victim=victim: runner.find(program) not in (None, victim))  # type: ignore[misc]
    until(lambda: all(_ready(runner.ports[operators_of(name)]) for name in SERVICES))
    runner.family()
    runner.process.send_signal(signal.SIGINT)
    assert runner.ended() == 0
    assert runner.left() == []


@pytest.mark.faults
def test_the_sample_is_played_to_its_end(runner: Runner, tmp_path: Path) -> None:
    summary = tmp_path / "summary.json"
    runner.start(UNTIL="done", DAY="0.5", SUMMARY=str(summary))
    assert runner.ended() == 0, "".join(runner.lines[-40:])
    told = json.loads(summary.read_text())
    counts = told["counts"]
    assert told["ok"]
    assert counts["received"] == counts["accepted"] + counts["declined_in_all"] > 100
    assert counts["teams"] == counts["accepted"] == counts["patients_visited"]
    assert counts["visits"] >= 2 * counts["accepted"]
    assert 0 < counts["notified"] <= told["mail"]["distinct"]
    assert counts["parked"] == 0
    assert told["slowest_hop"]["p99_ms"] > 0
    assert runner.left() == []


@pytest.mark.keycloak
def test_the_sample_is_played_by_people_of_keycloak(runner: Runner, tmp_path: Path) -> None:
    summary = tmp_path / "summary.json"
    runner.start(PROVIDER="keycloak", UNTIL="done", DAY="0.5", SUMMARY=str(summary))
    runner.until_told("All done")
    assert runner.ended() == 0, "".join(runner.lines[-40:])
    assert any("everybody's password is" in line for line in runner.lines)
    told = json.loads(summary.read_text())
    assert (told["ok"], told["counts"]["parked"]) == (True, 0)
    assert told["counts"]["patients_visited"] == told["counts"]["accepted"] > 0
    assert runner.left() == []
    assert open_to_others(runner.data) == []


def _ready(port: int) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False).is_success
    return False
