"""What processes have used: CPU seconds, and the most memory each ever held."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU in seconds, of the processes and their children; peak resident memory in MiB, added up."""

    cpu: float
    peak_mib: float


def usage_of(pids: Sequence[int]) -> Usage:
    """What these processes and their living children have used until now; nothing for one that has ended."""
    family = [member for pid in pids for member in _family(pid)]
    return Usage(sum(_cpu(member) for member in family), sum(_peak(member.pid) for member in family))


def resident_mib(pid: int) -> float:
    """The memory that a process holds now, in MiB."""
    return float(psutil.Process(pid).memory_info().rss) / (1 << 20)


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _peak(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0
