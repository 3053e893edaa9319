"""Runs every lane on the same servers and prints the ratios; `RESULTS=file.json` keeps them."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.lanes import Lane, Measured, measure
from deploy.local.embedded import Kafka, Postgres, cache_folder, free_port

LANES = [
    Lane("floor", [["-m", "bench.floor", "subscriber"], ["-m", "bench.floor", "relay"]], "floor_outbox", 150_000),
    Lane("kit", [["-m", "bench.kit", "subscriber"], ["-m", "bench.kit", "relay"]], "outbox_pending", 150_000),
    Lane("per_event", [["-m", "bench.per_event"], ["-m", "bench.floor", "relay"]], "floor_outbox", 5_000),
]
MEANING = {
    "floor": "bare aiokafka + asyncpg, set-based, untyped, no kit",
    "kit": "this kit: typed decision per event, state, marks, outbox, relay",
    "per_event": "FastStream handler, one transaction per event",
}


def main() -> int:
    """Measure every lane on a pair of servers of its own; gives the exit code."""
    scale = float(os.environ.get("SCALE", "1"))
    console = Console()
    with tempfile.TemporaryDirectory(prefix="carebus-bench-") as folder:
        Path(folder).chmod(0o711)
        postgres = Postgres(Path(folder) / "postgres", free_port())
        kafka = Kafka(Path(folder) / "kafka", free_port(), cache_folder())
        try:
            postgres.start()
            kafka.start()
            results = []
            for lane in LANES:
                console.print(f"{lane.name}: {MEANING[lane.name]} ...")
                results.append(asyncio.run(measure(lane, postgres.url, kafka.bootstrap, scale)))
        finally:
            kafka.kill()
            postgres.kill()
    _report(console, results)
    return 0


def _report(console: Console, results: list[Measured]) -> None:
    floor = next(m.rate for m in results if m.lane == "floor")
    load = os.getloadavg()[0]
    table = Table(title=f"One hop, events of 742 bytes (load average {load:.1f}, {os.cpu_count()} cores)")
    for column in ("lane", "what", "events", "events/s", "of the floor"):
        table.add_column(column, justify="left" if column in {"lane", "what"} else "right")
    for m in results:
        table.add_row(m.lane, MEANING[m.lane], f"{m.events:,}", f"{m.rate:,.0f}", f"{m.rate / floor:.2f}")
    console.print(table)
    if file := os.environ.get("RESULTS"):
        versions = {name: version(name) for name in ("aiokafka", "asyncpg", "faststream", "pydantic")}
        kept = {
            "load_average": load,
            "python": platform.python_version(),
            "versions": versions,
            "lanes": [
                {"lane": m.lane, "events": m.events, "rate": m.rate, "of_floor": m.rate / floor} for m in results
            ],
        }
        Path(file).write_text(json.dumps(kept, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
