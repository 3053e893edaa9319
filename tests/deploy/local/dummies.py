"""Tiny programs to supervise, and a runner that supervises them in a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from deploy.local.programs import Program
from deploy.local.supervisor import Member, Patience, Supervisor

SLEEPS = "import time; print('here', flush=True); time.sleep(600)"
DIES = "print('I cannot go on'); raise SystemExit(3)"
# Deaf to SIGTERM, and with something to say when it is asked to end.
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: print("no", flush=True))
print("here", flush=True)
while True:
    time.sleep(1)
"""
IMPATIENT = Patience(quick_s=5.0, deaths=3, first_wait_s=0.02, longest_wait_s=0.05, look_s=0.02)


def program(name: str, code: str, folder: Path) -> Program:
    """A Python one-liner as a program that logs into `folder`."""
    return Program(name, [sys.executable, "-c", code], folder / f"{name}.log", folder, dict(os.environ))


def member(name: str, code: str, folder: Path, stage: int = 1) -> Member:
    """Such a program under supervision."""
    return Member(name, program(name, code, folder), folder / f"{name}.log", stage)


async def _run(folder: Path) -> None:
    """Supervise two sleepers, tell their process ids, and stop on SIGINT."""
    supervisor = Supervisor(lambda line: print(line, flush=True))
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, asked.set)
    await supervisor.start(member("one", SLEEPS, folder), member("two", SLEEPS, folder, stage=2))
    print(*(each.unit.pid for each in supervisor.members), flush=True)
    await asked.wait()
    await supervisor.stop()
    print("stopped", flush=True)


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1])))
