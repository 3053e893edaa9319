"""The report of a run of fault tests: a table for people, and the same as JSON."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.storm import Result

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


def write(file: Path, results: Sequence[Result]) -> None:
    """The same for programs, with when, what and how busy the machine was."""
    file.write_text(json.dumps({**circumstances(), "results": [asdict(result) for result in results]}, indent=2) + "\n")


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
