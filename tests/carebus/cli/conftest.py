"""Runs the operators' command in this process, with its exit code and what it printed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from carebus.cli import main
from carebus.testing import Bench
from tests.carebus.cli.clinic import Clinic, clinic_on
from tests.carebus.wires import Wire

SERVICE = "tests.carebus.tally"


@dataclass(frozen=True)
class Ended:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Carebus = Callable[..., Awaitable[Ended]]


@pytest.fixture
def carebus(capsys: pytest.CaptureFixture[str]) -> Carebus:
    """`await carebus("parked", "list", SERVICE)`; the environment is the test's."""

    async def run(*words: str) -> Ended:
        capsys.readouterr()
        try:
            with capture_logs():  # a process of its own logs to standard error
                code = await asyncio.to_thread(main, words)
        except SystemExit as ended:
            code = int(ended.code or 0)
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return run


@pytest.fixture
def on_bench(tallying: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The tally service, and the environment that its operator has."""
    monkeypatch.setenv("DATABASE_URL", tallying.service.core.settings.database_url)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setenv("CAREBUS_CLOCK_FILE", str(tallying.clock_file))
    return tallying


@pytest.fixture
def at_desk(on_wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """A wire, and the environment that the operator of its service has."""
    monkeypatch.setenv("DATABASE_URL", on_wire.url)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", on_wire.bootstrap)
    monkeypatch.setenv("CAREBUS_TOPIC_PREFIX", on_wire.prefix)
    return on_wire


@pytest.fixture
async def clinic(
    postgres_url: str, kafka_bootstrap: str, topic_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Clinic]:
    """Topics for the real services, and their operator's environment."""
    async with clinic_on(postgres_url, kafka_bootstrap, topic_prefix, tmp_path, monkeypatch) as made:
        yield made
