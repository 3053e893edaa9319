"""The lines of one run stand in one file, whichever of its processes writes them."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

from tests.faults import report
from tests.faults.results import Result

LINES = 20


def a_line(fault: str) -> Result:
    return Result(fault, 1, {}, 1, 1, 0, {}, 0, 0, {}, {}, rested=True, first_violations=[])


def several(file: Path, who: str) -> None:
    for n in range(LINES):
        report.write(file, "run", a_line(f"{who} {n}"))


def test_what_two_workers_of_a_run_write_is_all_there_and_the_next_run_begins_anew(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text("something else")
    fresh = multiprocessing.get_context("spawn")
    workers = [fresh.Process(target=several, args=(file, who)) for who in "ab"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    found = [line["fault"] for line in json.loads(file.read_text())["results"]]
    assert sorted(found) == sorted(f"{who} {n}" for who in "ab" for n in range(LINES))
    report.write(file, "another run", a_line("new"))
    assert [line["fault"] for line in json.loads(file.read_text())["results"]] == ["new"]
