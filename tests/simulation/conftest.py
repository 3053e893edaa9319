"""Fixtures for comparing what is in memory with the real servers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.carebus.wires import Wire, wire


@pytest.fixture
async def on_wire(postgres_url: str, kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[Wire]:
    """Topics of this test's own."""
    async with wire(postgres_url, kafka_bootstrap, topic_prefix) as made:
        yield made
