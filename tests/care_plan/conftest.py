"""The care plan service on the bench, and the people that come to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from carebus.testing import Bench
from services.care_plan import app
from services.care_plan.settings import Settings
from tests.benches import service_bench


@pytest.fixture
async def care_plan(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """The service on a fresh database; it is Monday, 2 March 2026, 9 o'clock in New York."""
    async with service_bench("care_plan", app.make, Settings, admin_url=postgres_url, folder=tmp_path) as bench:
        yield bench
