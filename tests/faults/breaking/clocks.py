"""Clocks that are wrong: an hour ahead or behind, jumping, or twice as fast, in single processes."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from datetime import datetime
from pathlib import Path

from tests.faults.worlds import Fault, World

PROGRAM = "faketime"
FOLDERS = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib")
RIGHT = "+0"
TIME = re.compile(r'"time": "([^"]+)"')
WRONG = {"an hour ahead": "+3600", "an hour behind": "-3600", "five minutes back": "-300", "twice as fast": "+0 x2"}


def missing() -> str:
    """Why no clock can be wrong here, or nothing."""
    return "" if shutil.which(PROGRAM) else f"no {PROGRAM} here: `apt-get install {PROGRAM}` as root adds it"


def false_clocks() -> dict[str, str]:
    """What makes a process read the time of day by the file that FAKETIME_TIMESTAMP_FILE names, at every second."""
    library = next(found for folder in FOLDERS if (found := Path(folder, "faketime", "libfaketime.so.1")).exists())
    return {"LD_PRELOAD": str(library), "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_CACHE_DURATION": "1"}


def false_clock_of_java(clock: Path) -> dict[str, str]:
    """The same for a program in Java, whose waits would take minutes if libfaketime had a hand in them."""
    return {**false_clocks(), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_FORCE_MONOTONIC_FIX": "0"}


def wrong_clocks(times: int) -> Fault:
    """Again and again one process gets another clock, and another is set right; in the end all are right."""

    async def fault(world: World) -> None:
        for n in range(times):
            what = sorted(WRONG)[n % len(WRONG)]
            member = world.dice.choice(world.fleet.members)
            await world.hit(what, lambda: _set(member.clock, WRONG[what]))  # noqa: B023
            await asyncio.sleep(world.dice.uniform(0.5, 3))
            world.dice.choice(world.fleet.members).clock.write_text(RIGHT)
        for member in world.fleet.members:
            member.clock.write_text(RIGHT)
        await asyncio.sleep(2)
        world.seen["log lines of a wrong hour"] = _wrong_lines(world)

    return fault


def _wrong_lines(world: World) -> int:
    """How many lines the processes logged whose time of day is over half an hour wrong."""
    lines = [line for file in world.fleet.logs.glob("*.out") for line in file.read_text(errors="replace").splitlines()]
    times = [datetime.fromisoformat(found[1]).timestamp() for line in lines if (found := TIME.search(line))]
    return sum(abs(at - time.time()) > 1800 for at in times)


async def _set(clock: Path, to: str) -> None:
    clock.write_text(to)
    await asyncio.sleep(2)
