"""Wishes on the bench: a real database, a clock that stands still, no broker; and its people and papers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path

import pytest

from carebus.testing import START, Bench, Opened
from services.wishes import app
from services.wishes.settings import Settings
from tests.benches import service_bench
from tests.wishes.people import KEYS


@pytest.fixture
def opened(postgres_url: str, tmp_path: Path) -> Opened:
    """Puts a fresh service on the bench at any time."""

    def at_time(at: datetime) -> AbstractAsyncContextManager[Bench]:
        return service_bench(
            "wishes", app.make, Settings, admin_url=postgres_url, folder=tmp_path, at=at, document_keys=KEYS
        )

    return at_time


@pytest.fixture
async def wishes(opened: Opened) -> AsyncIterator[Bench]:
    """The service on a fresh database."""
    async with opened(START) as bench:
        yield bench
