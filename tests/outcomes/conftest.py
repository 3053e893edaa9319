"""The outcomes service on the bench."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from carebus.testing import Bench
from services.outcomes import app
from services.outcomes.settings import Settings
from tests.benches import service_bench


@pytest.fixture
async def outcomes(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with service_bench("outcomes", app.make, Settings, admin_url=postgres_url, folder=tmp_path) as bench:
        yield bench
