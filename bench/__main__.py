"""Runs the sections named, or all, prints their tables; `RESULTS=file.json` keeps them, `SCALE` sizes the run."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path

import structlog

from bench import (
    equipment,
    hop,
    hospital,
    journey,
    latency,
    line,
    rebuild,
    referring,
    relays,
    trust,
    uploads,
    wishes,
    worklist,
)
from bench.care_plan import commands
from bench.ground import Servers, servers
from bench.report import tables
from bench.saying import Json, Say
from bench.surroundings import surroundings

SECTIONS: dict[str, Callable[[Servers, float, Say], Coroutine[None, None, Json]]] = {
    "hop": hop.measure,
    "relay": relays.measure,
    "latency": latency.measure,
    "journey": journey.measure,
    "rebuild": rebuild.measure,
    "scaling": rebuild.measure_scaling,
    "intake": referring.measure,
    "upload": uploads.measure,
    "worklist": worklist.measure,
    "caseload": commands.measure,
    "hospital": hospital.measure,
    "line": line.measure,
    "wishes": wishes.measure,
    "equipment": equipment.measure,
    "trust": trust.measure,
}


def main(words: list[str]) -> int:
    """Measure; gives the exit code."""
    if unknown := set(words) - SECTIONS.keys():
        print(f"There is no section {', '.join(sorted(unknown))}: there are {', '.join(SECTIONS)}.", file=sys.stderr)
        return 2
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    scale = float(os.environ.get("SCALE", "1"))
    results: Json = {"scale": scale, **surroundings(), "sections": {}, "failed": {}}
    for name in words or SECTIONS:
        try:
            _section(name, scale, results)
        except Exception as exc:  # noqa: BLE001 (one that fails must not cost an unattended run the others)
            traceback.print_exc()
            results["failed"][name] = type(exc).__name__
        if file := os.environ.get("RESULTS"):
            Path(file).write_text(json.dumps(results, indent=2) + "\n")
    print(tables(results), flush=True)
    return 1 if results["failed"] else 0


def _section(name: str, scale: float, results: Json) -> None:
    """One section on servers of its own, so that none runs over what another left."""
    begun = time.monotonic()
    say(f"{name} ...")
    with servers() as made:
        found: Json = asyncio.run(SECTIONS[name](made, scale, say))
    seconds = time.monotonic() - begun
    results["sections"][name] = {**found, "load_average": list(os.getloadavg()), "seconds": seconds}
    say(f"{name}: {seconds:.0f} s, load average {os.getloadavg()[0]:.1f}")


def say(line: str) -> None:
    """Show one line of progress."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
