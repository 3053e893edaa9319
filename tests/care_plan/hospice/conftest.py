"""Somebody in care whose way to hospice a test goes."""

from __future__ import annotations

import pytest

from tests.care_plan.hospice.ways import Way


@pytest.fixture
def way() -> Way:
    """Somebody in care for three days."""
    found = Way()
    found.passes(days=3)
    return found
