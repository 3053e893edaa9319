"""The line with one hospital that may send."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from carebus.testing import Bench
from services.line import app
from services.line.channels.claiming import look_once
from services.line.settings import Settings
from tests.benches import service_bench
from tests.line.hospital.messages import HOSPITAL


async def looks_again(bench: Bench) -> None:
    await look_once(bench.service.app.state.parts)


@pytest.fixture
async def line(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """The service on a fresh database; its worker looks again after every step."""
    async with service_bench(
        "line",
        app.make,
        Settings,
        admin_url=postgres_url,
        folder=tmp_path,
        works=looks_again,
        hospitals=[HOSPITAL],
        mllp_port=0,
    ) as bench:
        yield bench
