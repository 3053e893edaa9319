"""Equipment on the bench: a real database, a clock that stands still, no broker; and its suppliers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path

import pytest

from carebus.testing import START, Bench, Opened
from services.equipment import app
from services.equipment.settings import Settings
from tests.benches import service_bench
from tests.equipment.homes import SECRET, SUPPLIERS


@pytest.fixture
def opened(postgres_url: str, tmp_path: Path) -> Opened:
    """Puts a fresh service on the bench at any time."""

    def at_time(at: datetime) -> AbstractAsyncContextManager[Bench]:
        return service_bench(
            "equipment",
            app.make,
            Settings,
            admin_url=postgres_url,
            folder=tmp_path,
            at=at,
            suppliers=SUPPLIERS,
            order_link_secret=SECRET,
        )

    return at_time


@pytest.fixture
async def equipment(opened: Opened) -> AsyncIterator[Bench]:
    """The service on a fresh database."""
    async with opened(START) as bench:
        yield bench
