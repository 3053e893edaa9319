"""The service on the bench: a real database, a clock that stands still, no broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path

import pytest

from carebus.testing import START, Bench, Opened
from services.line import app
from services.line.settings import Settings
from tests.benches import service_bench


@pytest.fixture
def opened(postgres_url: str, tmp_path: Path) -> Opened:
    """Puts a fresh service on the bench at any time."""

    def at_time(at: datetime) -> AbstractAsyncContextManager[Bench]:
        return service_bench("line", app.make, Settings, admin_url=postgres_url, folder=tmp_path, at=at)

    return at_time


@pytest.fixture
async def line(opened: Opened) -> AsyncIterator[Bench]:
    """The service on a fresh database."""
    async with opened(START) as bench:
        yield bench
