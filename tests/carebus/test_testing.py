"""The bench finds what a service dates by when it reads, and asks for every event that the service hears."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from carebus.contracts import patient_stream
from carebus.testing import Happens, late_differences
from tests.carebus import tally
from tests.carebus.deciding.test_of_the_past import HANDLERS, opening
from tests.carebus.wires import assessed, someone

STORY = [Happens(timedelta(days=day), assessed(f"day {day}"), patient_stream(someone())) for day in (0, 3)]


async def test_a_fact_that_is_dated_by_when_it_was_read_is_found(postgres_url: str, tmp_path: Path) -> None:
    dated_now = opening(postgres_url, tmp_path, tally.HANDLERS)
    assert await late_differences(dated_now, STORY) == {"told ReferralDeclined.declined_at"}


async def test_what_waits_from_the_facts_differs_only_in_what_is_told_to_nobody(
    postgres_url: str, tmp_path: Path
) -> None:
    dated_then = opening(postgres_url, tmp_path, HANDLERS)
    assert await late_differences(dated_then, STORY) == {"told ReferralDeclined"}


async def test_a_story_must_have_every_event_that_the_service_hears(postgres_url: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="the story lacks EligibilityAssessed"):
        await late_differences(opening(postgres_url, tmp_path, HANDLERS), [])
