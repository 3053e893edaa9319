"""Keeps the lines of the report and shows them at the end; RESULTS=file.json writes them too."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import report
from tests.faults.results import Result

_results: list[Result] = []


@pytest.fixture
def told(testrun_uid: str) -> Callable[[Result], Result]:
    """Puts a line into the report."""

    def tell(result: Result) -> Result:
        _results.append(result)
        if os.environ.get("RESULTS"):
            report.write(Path(os.environ["RESULTS"]), testrun_uid, result)
        return result

    return tell


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _results:
        terminalreporter.section("faults")
        terminalreporter.write_line(str(report.circumstances()))
        terminalreporter.write_line(report.table(_results))
