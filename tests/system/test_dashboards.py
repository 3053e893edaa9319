"""Every panel's query, asked of a real Prometheus that scrapes the real services of a run, finds something."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.options import SERVICES, operators_of
from deploy.local.postgres import Postgres
from deploy.local.process import free_port
from deploy.observability.__main__ import DASHBOARDS
from deploy.observability.panels import Panel
from tests.deploy.observability.prometheus import Prometheus, process, program, prometheus
from tests.runner import Runner
from tests.servers import server_folder

PATIENCE_S = 180.0
CHOSEN = {"$service": ".*", "$__rate_interval": "30s", "$__range": "5m"}
PANELS = [(board, panel) for board in DASHBOARDS for row in board.rows for panel in row.panels]


@dataclass
class Scraped:
    """A run, and the Prometheus that scrapes it."""

    prometheus: Prometheus

    def found(self, expr: str) -> int:
        """How many series a panel's query gives as soon as it gives any."""
        for name, value in CHOSEN.items():
            expr = expr.replace(name, value)
        assert "$" not in expr, "a variable that the test does not know"
        deadline = time.monotonic() + PATIENCE_S
        while not (series := self.prometheus.ask(expr)) and time.monotonic() < deadline:
            time.sleep(1)
        return len(series)


@pytest.fixture(scope="module")
def scraped() -> Iterator[Scraped]:
    """The sample is played by a run; the servers' exporters are what an operator installs beside them."""
    program("prometheus", "prometheus")
    with ExitStack() as stack:
        data = stack.enter_context(server_folder())
        runner = Runner(data)
        runner.start(DAY="0.5")
        stack.callback(_end, runner)
        runner.until_told("Carebus is up")
        targets = {
            "carebus": [f"127.0.0.1:{runner.ports[operators_of(service)]}" for service in SERVICES],
            "node": [stack.enter_context(_node(data))],
            "postgres": [stack.enter_context(_postgres(data, runner.ports["postgres"]))],
        }
        yield Scraped(stack.enter_context(prometheus(free_port(), targets)))


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=lambda part: getattr(part, "title", ""))
def test_a_panel_shows_something(scraped: Scraped, board: object, panel: Panel) -> None:
    for query in panel.queries:
        assert scraped.found(query.expr), f"{panel.title}: nothing for {query.expr}"


def test_every_service_is_on_the_overview(scraped: Scraped) -> None:
    told = {series["metric"]["service"] for series in scraped.prometheus.ask("count by (service) (carebus_partitions)")}
    assert told == set(SERVICES)


def test_no_alert_that_wakes_somebody_is_pending_in_a_run_that_goes_well(scraped: Scraped) -> None:
    for name in ("CarebusSubscriberStopped", "CarebusLogLost", "CarebusLoopFailing", "CarebusRelayMissing"):
        assert scraped.prometheus.ask(f'ALERTS{{alertname="{name}", alertstate="firing"}}') == []


def _end(runner: Runner) -> None:
    runner.process.terminate()
    runner.ended()


@contextmanager
def _node(folder: Path) -> Iterator[str]:
    where = f"127.0.0.1:{free_port()}"
    binary = program("prometheus-node-exporter", "prometheus-node-exporter")
    with process([binary, f"--web.listen-address={where}"], folder / "node-exporter.log"):
        yield where


@contextmanager
def _postgres(folder: Path, port: int) -> Iterator[str]:
    where = f"127.0.0.1:{free_port()}"
    binary = program("prometheus-postgres-exporter", "prometheus-postgres-exporter")
    told = {**os.environ, "DATA_SOURCE_NAME": Postgres(folder / "postgres", port).url + "?sslmode=disable"}
    with process([binary, f"--web.listen-address={where}"], folder / "postgres-exporter.log", told):
        yield where
