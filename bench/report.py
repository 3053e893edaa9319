"""The tables of a file of results, as Markdown: `python -m bench.report results.json`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from bench.saying import Json


def tables(results: Json) -> str:
    """Everything that was measured, headed by when and where."""
    parts = [_heading(results)]
    parts += [SECTIONS[name](found) for name, found in results["sections"].items()]
    return "\n\n".join(parts)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _heading(results: Json) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in (results["versions"] | results["peers"]).items())
    loads = ", ".join(
        f"{name} {found['load_average'][0]:.1f}" for name, found in results["sections"].items()
    )
    return (
        f"{results['at']}, commit {results['commit']}, scale {results['scale']:g}; {results['processors']} processors, "
        f"{results['memory_gib']} GiB, Python {results['python']}, Linux {results['kernel']}. "
        f"Load average before: {results['load_average'][0]:.1f}; after each section: {loads}.\n\nVersions: {versions}."
    )


def _hop(found: Json) -> str:
    head = ["lane", "what", "events", "events/s (each round)", "of the floor", "CPU µs/event", "servers' CPU µs/event"]
    head += ["peak MiB", f"p50 ms at {found['pace']}/s", "p95", "p99"]
    rows = [
        [
            lane["lane"],
            lane["meaning"],
            f"{lane['events']:,}",
            f"**{lane['rate']:,.0f}** ({', '.join(f'{rate:,.0f}' for rate in lane['rates'])})",
            f"{lane['of_floor']:.3f}" if lane["of_floor"] < 0.1 else f"{lane['of_floor']:.2f}",
            f"{lane['cpu_us']:,.0f}",
            f"{lane['server_cpu_us']:,.0f}",
            f"{lane['peak_mib']:,.0f}",
            *_latency(lane["latency"]),
        ]
        for lane in found["lanes"]
    ]
    skipped = f"\n\nNot here: {', '.join(found['skipped'])}." if found["skipped"] else ""
    return "### One hop\n\n" + table(head, rows) + skipped


def _latency(latency: Json) -> list[str]:
    return [f"{latency[name]:,.1f}" for name in ("p50", "p95", "p99")]


SECTIONS: dict[str, Callable[[Json], str]] = {"hop": _hop}


if __name__ == "__main__":
    print(tables(json.loads(Path(sys.argv[1]).read_text())))
