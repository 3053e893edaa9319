"""Every section of the bench works, tiny: nothing is said about speed, only that there is something to say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from bench import report
from bench.__main__ import SECTIONS

ROOT = Path(__file__).parents[2]


def bench(words: list[str], results: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    told = {"SCALE": "0.01", "BENCH_ROUNDS": "1", "BENCH_LANES": "floor kit", "RESULTS": str(results), **environment}
    return subprocess.run(
        [sys.executable, "-m", "bench", *words],
        cwd=ROOT,
        env={**os.environ, **told, "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_hop_through_the_kit_is_measured_and_told_in_a_table(tmp_path: Path) -> None:
    done = bench(["hop"], tmp_path / "results.json")
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "results.json").read_text())
    lanes = {lane["lane"]: lane for lane in results["sections"]["hop"]["lanes"]}
    assert set(lanes) == {"floor", "kit"}
    for lane in lanes.values():
        assert lane["rate"] > 0
        assert lane["peak_mib"] > 10
        assert lane["latency"]["p50"] > 0
    assert lanes["floor"]["of_floor"] == 1
    assert "| kit | this kit: a typed decision per event |" in done.stdout
    assert report.tables(results) in done.stdout


def test_an_unknown_section_is_named_beside_those_that_exist(tmp_path: Path) -> None:
    done = bench(["hops"], tmp_path / "results.json")
    assert done.returncode == 2
    assert done.stderr == f"There is no section hops: there are {', '.join(SECTIONS)}.\n"


def test_every_section_has_its_table() -> None:
    assert set(SECTIONS) == set(report.SECTIONS)
