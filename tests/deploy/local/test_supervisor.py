"""Processes under supervision: started again, given up on, stopped in order, and never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from deploy.local.failures import PortInUse
from deploy.local.process import free_port
from deploy.local.programs import LOG_LIMIT_BYTES, Program, rotate, tail, trim
from deploy.local.supervisor import GaveUp, State, Supervisor
from tests.deploy.local.dummies import DEAF, DIES, IMPATIENT, SLEEPS, member

ROOT = Path(__file__).parents[3]
PATIENCE_S = 30.0


async def until(true: Callable[[], bool]) -> None:
    """Return when `true()`; the time limit only keeps a broken test from hanging."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.02)


@pytest.fixture
async def told() -> list[str]:
    return []


@pytest.fixture
async def supervisor(told: list[str]) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(told.append, IMPATIENT)
    yield supervisor
    supervisor.kill()
    await supervisor.stop()


async def test_a_process_that_was_killed_is_started_again(
    supervisor: Supervisor, told: list[str], tmp_path: Path
) -> None:
    sleeper = member("sleeper", SLEEPS, tmp_path)
    await supervisor.start(sleeper)
    first = sleeper.unit.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: sleeper.restarts == 1 and sleeper.state is State.RUNNING)
    assert sleeper.unit.running
    assert sleeper.unit.pid != first
    assert told == ["sleeper ended unexpectedly; it is started again."]


async def test_a_death_is_seen_without_looking_for_it(told: list[str], tmp_path: Path) -> None:
    supervisor = Supervisor(told.append, replace(IMPATIENT, look_s=3600.0))
    sleeper = member("sleeper", SLEEPS, tmp_path)
    await supervisor.start(sleeper)
    assert sleeper.unit.pid is not None
    os.kill(sleeper.unit.pid, signal.SIGKILL)
    await until(lambda: sleeper.restarts == 1 and sleeper.state is State.RUNNING)
    await supervisor.stop()


async def test_a_process_that_keeps_dying_is_given_up_with_the_end_of_its_log(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    await supervisor.start(member("dier", DIES, tmp_path))
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(GaveUp, match=r"dier ended 3 times(.|\n)*I cannot go on"):
            await supervisor.lost()
    assert supervisor.members[0].state is State.GAVE_UP


async def test_what_is_edited_is_started_again_on_save_and_that_is_no_death(
    supervisor: Supervisor, told: list[str], tmp_path: Path
) -> None:
    edited, other = replace(member("edited", SLEEPS, tmp_path), saved=asyncio.Event()), member("b", SLEEPS, tmp_path)
    await supervisor.start(edited, other)
    first, beside = edited.unit.pid, other.unit.pid
    await supervisor.renew()
    await until(lambda: edited.state is State.RUNNING and edited.unit.pid not in (None, first))
    assert (edited.restarts, told) == (0, [])
    assert other.unit.pid == beside


async def test_what_is_edited_and_cannot_even_start_waits_for_the_next_save(
    supervisor: Supervisor, told: list[str], tmp_path: Path
) -> None:
    code = tmp_path / "code.py"
    code.write_text(DIES)
    edited = replace(member("edited", f"exec(open({str(code)!r}).read())", tmp_path), saved=asyncio.Event())
    await supervisor.start(edited)
    await until(lambda: edited.state is State.RESTARTING and len(told) == 1)
    assert "started again when its code is saved" in told[0]
    assert str(edited.log) in told[0]
    code.write_text(SLEEPS)
    await supervisor.renew()
    await until(lambda: edited.unit.running)
    assert edited.restarts == 0


async def test_the_others_run_on_when_one_is_given_up(supervisor: Supervisor, tmp_path: Path) -> None:
    sleeper = member("sleeper", SLEEPS, tmp_path)
    await supervisor.start(sleeper, member("dier", DIES, tmp_path))
    with pytest.raises(GaveUp):
        await supervisor.lost()
    assert sleeper.unit.running
    assert sleeper.restarts == 0


async def test_stopping_ends_every_process_and_starts_none_again(
    supervisor: Supervisor, told: list[str], tmp_path: Path
) -> None:
    await supervisor.start(member("one", SLEEPS, tmp_path), member("two", SLEEPS, tmp_path, stage=2))
    pids = [each.unit.pid for each in supervisor.members]
    await supervisor.stop()
    assert not any(psutil.pid_exists(pid) for pid in pids if pid)
    assert [each.state for each in supervisor.members] == [State.STOPPED, State.STOPPED]
    assert told == []


async def test_a_higher_stage_has_ended_before_a_lower_one_is_asked(supervisor: Supervisor, tmp_path: Path) -> None:
    lower, higher = member("server", SLEEPS, tmp_path, stage=0), member("service", DEAF, tmp_path, stage=1)
    await supervisor.start(lower, higher)
    await until(lambda: "here" in tail(higher.log))
    pid = higher.unit.pid
    assert pid is not None
    stopping = asyncio.create_task(supervisor.stop())
    await until(lambda: "no" in tail(higher.log))
    assert lower.unit.running
    os.kill(pid, signal.SIGKILL)
    await stopping
    assert not lower.unit.running


async def test_a_second_wish_to_end_kills_what_does_not_listen(supervisor: Supervisor, tmp_path: Path) -> None:
    deaf = member("deaf", DEAF, tmp_path)
    await supervisor.start(deaf)
    await until(lambda: "here" in tail(deaf.log))
    pid = deaf.unit.pid
    assert pid is not None
    stopping = asyncio.create_task(supervisor.stop())
    await until(lambda: "no" in tail(deaf.log))
    supervisor.kill()
    async with asyncio.timeout(PATIENCE_S / 2):  # `stop` alone would take longer than this
        await stopping
    assert not psutil.pid_exists(pid)


async def test_a_port_in_use_is_told_at_once_and_the_others_can_still_be_stopped(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    port = free_port()
    listener = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
    taken = member("taken", SLEEPS, tmp_path)
    assert isinstance(taken.unit, Program)
    taken.unit.port = port
    sleeper = member("sleeper", SLEEPS, tmp_path)
    with pytest.raises(PortInUse, match=f"taken .*{port}"):
        await supervisor.start(sleeper, taken)
    await supervisor.stop()
    listener.close()
    assert not sleeper.unit.running


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_nothing_outlives_its_runner(sent: signal.Signals, tmp_path: Path) -> None:
    runner = subprocess.Popen(
        [sys.executable, "-m", "tests.deploy.local.dummies", str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert runner.stdout is not None
    pids = [int(pid) for pid in runner.stdout.readline().split()]
    family = [psutil.Process(runner.pid), *psutil.Process(runner.pid).children(recursive=True)]
    assert {process.pid for process in family} > set(pids)
    runner.send_signal(sent)
    assert ("stopped" in runner.communicate(timeout=PATIENCE_S)[0]) == (sent is signal.SIGINT)
    assert psutil.wait_procs(family, PATIENCE_S)[1] == []


def test_a_log_is_put_aside_at_the_start_of_a_run(tmp_path: Path) -> None:
    log = tmp_path / "one.log"
    log.write_text("last run")
    rotate(log)
    rotate(log)
    assert not log.exists()
    assert (tmp_path / "one.log.1").read_text() == "last run"


def test_a_log_that_grew_too_large_starts_over_under_the_writer(tmp_path: Path) -> None:
    log = tmp_path / "one.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * (LOG_LIMIT_BYTES + 1))
        trim(log)
        writer.write(b"after\n")
    assert log.read_text() == "after\n"
    assert (tmp_path / "one.log.1").stat().st_size == LOG_LIMIT_BYTES + 1


def test_the_wait_between_starts_grows_to_a_limit() -> None:
    waits = [IMPATIENT.wait_s(deaths) for deaths in range(1, 9)]
    assert waits == sorted(waits)
    assert waits[-1] == IMPATIENT.longest_wait_s
