"""The report of a run of fault tests: a table for people, and the same as JSON."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.results import Result

COLUMNS = ("commands", "acked", "lost", "duplicated", "out of order", "before its cause", "ghost", "gap")


def table(results: Sequence[Result]) -> str:
    """A Markdown table, one line per fault; a dash where nobody looked."""
    heads = [
        "fault",
        "seed",
        "injected",
        *COLUMNS,
        "offset back",
        "PHI",
        "fenced",
        "repeats",
        "recovery s (median, most)",
        "also seen",
    ]
    lines = [heads, ["---"] * len(heads), *(_line(result) for result in results)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _line(result: Result) -> list[str]:
    known = {"commands": result.commands, "acked": result.acked, **result.counts}
    injected = ", ".join(f"{count} {what}" for what, count in result.injected.items())
    recovery = ", ".join(f"{seconds:.1f}" for seconds in result.recovery_s.values())
    counts = [str(known.get(name, "-")) for name in (*COLUMNS, "offset back", "patient data shown")]
    ends = [str(result.fenced), str(result.repeated_records), recovery or "-", _also(result)]
    return [result.fault, str(result.seed), injected, *counts, *ends]


def _also(result: Result) -> str:
    return ", ".join(f"{count} {what}" for what, count in result.seen.items())


def write(file: Path, run: str, result: Result) -> None:
    """One line more for programs, with when, what and how busy the machine was.

    Several processes of one run may write; what another run wrote is replaced.
    """
    with file.open("a+", encoding="utf-8") as open_file:
        fcntl.flock(open_file, fcntl.LOCK_EX)
        open_file.seek(0)
        earlier = _of_run(run, open_file.read())
        open_file.truncate(0)
        told = {**circumstances(), "run": run, "results": [*earlier, asdict(result)]}
        open_file.write(json.dumps(told, indent=2) + "\n")


def _of_run(run: str, written: str) -> list[object]:
    try:
        found = json.loads(written)
    except ValueError:
        return []
    return list(found["results"]) if isinstance(found, dict) and found.get("run") == run else []


def circumstances() -> dict[str, object]:
    """When this was, of which commit, and how busy the machine is."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit or "unknown",
        "load_average": [round(load, 1) for load in os.getloadavg()],
        "processors": os.cpu_count(),
    }
