"""The care plan service with somebody to visit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from carebus.testing import Bench
from tests.care_plan.documents.visited import clinic


@pytest.fixture
async def bench(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """It is Monday, 2 March 2026, 9 o'clock in New York."""
    async with clinic(postgres_url, tmp_path) as made:
        yield made
