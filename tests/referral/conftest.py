"""The referral service on its bench, and what tests of it say over and over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from carebus.testing import Bench
from services.referral import app
from services.referral.settings import Settings
from tests.benches import service_bench


@pytest.fixture
async def clinic(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """The referral service on a fresh database."""
    async with service_bench("referral", app.make, Settings, admin_url=postgres_url, folder=tmp_path) as bench:
        yield bench
