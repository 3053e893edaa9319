"""Somebody in care whom a test lets die."""

from __future__ import annotations

import pytest

from tests.care_plan.bereavement.families import DAUGHTER, in_care_with
from tests.care_plan.hospice.ways import Way


@pytest.fixture
def way() -> Way:
    """Somebody in care whose referral named a daughter."""
    return in_care_with(DAUGHTER)
