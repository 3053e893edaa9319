"""Puts what a run found into docs/matching.md: `python -m bench.matching page speed.json`, or without the speed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from bench.matching import quality, telling

PAGE = Path(__file__).parents[2] / "docs" / "matching.md"
_PLACE = "<!-- {0} -->\n.*?<!-- end of {0} -->"


def write(speed: Path | None = None) -> None:
    """Replace the tables; those of the speed where one was measured."""
    text = _put(PAGE.read_text(), "quality", "\n".join(quality.tables()))
    text = _put(text, "households", "\n".join(telling.tables()))
    if speed:
        text = _put(text, "speed", "\n".join(_speeds(json.loads(speed.read_text()))))
    PAGE.write_text(text)


def _put(text: str, name: str, table: str) -> str:
    new = f"<!-- {name} -->\n\n{table}\n\n<!-- end of {name} -->"
    return re.sub(_PLACE.format(name), lambda _: new, text, flags=re.DOTALL)


def _speeds(found: dict[str, Any]) -> list[str]:
    lines = [
        "| asked | times | p50 ms | p95 ms | p99 ms | candidates, mean | most | what became of them |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for name, shown in (("known", "people who are known, stated otherwise"), ("new", "people who are new")):
        one = found[name]
        ends = "; ".join(f"{end.replace('_', ' ')}: {many:,}" for end, many in sorted(one["ends"].items()))
        lines.append(
            f"| {shown} | {one['asked']:,} | {one['p50_ms']:.1f} | {one['p95_ms']:.1f} | {one['p99_ms']:.1f} | "
            f"{one['candidates_mean']:.1f} | {one['candidates_most']} | {ends} |"
        )
    together, size = found["together"], found["bytes"]
    sizes = f"rows {size['person'] / 1e6:,.0f} MB, keys {size['person_key'] / 1e6:,.0f} MB, with their indexes"
    batch = f"{together['at_once']} in one query: {together['ms_each']:.2f} ms each."
    return [*lines, "", f"{batch} {found['people']:,} people: {sizes}."]
