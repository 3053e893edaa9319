"""`make run` as a whole, on servers and ports of its own: it comes up, mends itself, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from deploy.local.options import PORTS, SERVICES, variable
from deploy.local.process import free_port
from tests.servers import server_folder

ROOT = Path(__file__).parents[3]
PATIENCE_S = 180.0
PARTS = ("bin/postgres -D", "kafka.Kafka", "deploy.local.mail", "deploy.local.portal")
PROGRAMS = (*PARTS, *(f"services.{name}" for name in SERVICES))


@dataclass
class Runner:
    """`make run` in a process of its own."""

    data: Path
    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in PORTS})
    lines: list[str] = field(default_factory=list)
    _process: subprocess.Popen[str] | None = None
    _family: dict[int, psutil.Process] = field(default_factory=dict)
    _told: queue.SimpleQueue[str | None] = field(default_factory=queue.SimpleQueue)

    def start(self, **settings: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local"],
            cwd=ROOT,
            env=self.environment(**settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._family[self.process.pid] = psutil.Process(self.process.pid)
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()

    def environment(self, **settings: str) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS")
        }
        ports = {variable(name): str(port) for name, port in self.ports.items()}
        return {**kept, **ports, "CAREBUS_DATA": str(self.data), **settings}

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None
        return self._process

    def until_told(self, words: str) -> None:
        """Return when a line with these words was said."""
        while (line := self._told.get(timeout=PATIENCE_S)) is not None:
            self.lines.append(line)
            if words in line:
                self.family()
                return
        raise AssertionError(f"ended without a word of {words!r}:\n{''.join(self.lines[-40:])}")

    def ended(self) -> int:
        """The exit code, when it has ended."""
        code = self.process.wait(PATIENCE_S)
        while (line := self._told.get(timeout=PATIENCE_S)) is not None:
            self.lines.append(line)
        return code

    def family(self) -> dict[int, psutil.Process]:
        """Every process this run was ever seen with."""
        with suppress(psutil.NoSuchProcess):
            self._family |= {each.pid: each for each in psutil.Process(self.process.pid).children(recursive=True)}
        return self._family

    def find(self, program: str) -> psutil.Process | None:
        """The process of the run whose command line has these words."""
        with suppress(psutil.NoSuchProcess):
            for each in psutil.Process(self.process.pid).children():
                if program in " ".join(each.cmdline()):
                    return each
        return None

    def left(self) -> list[psutil.Process]:
        """What still lives of it."""
        return psutil.wait_procs(list(self.family().values()), 30)[1]

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as said:
            for line in said:
                self._told.put(line)
        self._told.put(None)


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


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_behind_and_the_next_run_goes_on_from_there(runner: Runner, sent: signal.Signals) -> None:
    runner.start(FEED="none")
    runner.until_told("Logs")
    assert all(runner.find(program) for program in PROGRAMS)
    runner.process.send_signal(sent)
    assert runner.ended() == (-9 if sent is signal.SIGKILL else 0)
    assert runner.left() == []
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
    until(lambda: all(_ready(port) for name, port in runner.ports.items() if name in SERVICES))
    runner.family()
    runner.process.send_signal(signal.SIGINT)
    assert runner.ended() == 0
    assert runner.left() == []


def test_the_sample_is_played_to_its_end(runner: Runner, tmp_path: Path) -> None:
    summary = tmp_path / "summary.json"
    runner.start(UNTIL="done", DAY="0.5", SUMMARY=str(summary))
    assert runner.ended() == 0, "".join(runner.lines[-40:])
    told = json.loads(summary.read_text())
    counts = told["counts"]
    assert told["ok"]
    assert counts["received"] == counts["accepted"] + sum(counts["declined"].values()) > 100
    assert counts["teams"] == counts["accepted"] == counts["patients_visited"]
    assert counts["visits"] >= 2 * counts["accepted"]
    assert 0 < counts["notified"] <= told["mail"]["distinct"]
    assert counts["parked"] == 0
    assert told["slowest_hop"]["p99_ms"] > 0
    assert runner.left() == []


def _ready(port: int) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False).is_success
    return False
