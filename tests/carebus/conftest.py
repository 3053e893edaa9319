"""Fixtures for testing the kit on real servers."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from carebus.observing.logs import configure_logs
from carebus.testing import Bench, bench
from tests.carebus import tally
from tests.carebus.lines import Lines
from tests.carebus.wires import Wire, wire
from tests.databases import fresh_database


@pytest.fixture
async def on_wire(postgres_url: str, kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[Wire]:
    """Topics and a database of this test's own."""
    async with wire(postgres_url, kafka_bootstrap, topic_prefix) as made:
        yield made


@pytest.fixture
async def tallying(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """The tally service on the test bench: a real database, no broker."""
    clock = tmp_path / "clock.json"
    async with fresh_database(postgres_url, "tally", tally.MIGRATIONS) as url:
        settings = tally.without_broker(url, clock)
        async with bench(lambda: tally.make(settings), clock) as made:
            yield made


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """Logs as a service configures them, into a text of this test's own."""
    root, kept = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    configure_logs("tally")
    structlog.configure(cache_logger_on_first_use=False)
    yield Lines(stream)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**kept)
