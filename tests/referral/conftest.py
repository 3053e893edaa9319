"""The referral service on its bench, and what tests of it say over and over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from carebus.testing import Bench
from services.referral import app
from services.referral.settings import Settings
from tests.benches import service_bench
from tests.referral.following import following
from tests.referral.hooks import FAST
from tests.referral.receiver import Receiver, receiver


@pytest.fixture
async def clinic(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """The referral service on a fresh database."""
    async with service_bench("referral", app.make, Settings, admin_url=postgres_url, folder=tmp_path) as bench:
        yield bench


@pytest.fixture
def hook(tmp_path: Path) -> Iterator[Receiver]:
    with receiver(tmp_path / "receiver") as one:
        yield one


@pytest.fixture
async def office(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with following(postgres_url, tmp_path, **FAST) as bench:
        yield bench
