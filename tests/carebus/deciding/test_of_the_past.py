"""What was due before a service was first started raises no alarm, and is in its states all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from carebus.contracts import patient_stream
from carebus.contracts.referral import EligibilityAssessed, ReferralDeclined
from carebus.decisions import Cause, Decision, Handlers, changed, on
from carebus.settings import Settings
from carebus.testing import LATE, START, Bench, Opened, assert_published, bench, set_clock
from tests.carebus import tally
from tests.carebus.subscribing.test_redrive import marks
from tests.carebus.tally import Reminder, Tally
from tests.carebus.wires import assessed, someone
from tests.databases import fresh_database

MANY = 300
SECOND = timedelta(seconds=1)


def wait_from_then(state: Tally, heard: EligibilityAssessed, cause: Cause) -> Decision:
    """Be reminded an hour after it was told."""
    reminder = Reminder(mark=f"reminded of {heard.ruleset}")
    return changed(state.but(marks=(*state.marks, heard.ruleset))).wakes(
        "hour", cause.occurred_at + tally.LATER, reminder
    )


HANDLERS: Handlers = {EligibilityAssessed: on(Tally, wait_from_then), Reminder: on(Tally, tally.remind)}


def opening(postgres_url: str, folder: Path, handlers: Handlers) -> Opened:
    """Puts a fresh tally service with these handlers on the bench at any time."""

    @asynccontextmanager
    async def at_time(at: datetime) -> AsyncIterator[Bench]:
        clock = folder / "clock.json"
        async with fresh_database(postgres_url, "tally", tally.MIGRATIONS) as url:
            given = {"database_url": url, "kafka_bootstrap_servers": "127.0.0.1:1", "clock_file": clock}
            settings = Settings.model_validate(given)
            async with bench(lambda: tally.make(settings, handlers), clock, at=at) as one:
                yield one

    return at_time


@pytest.fixture
def opened(postgres_url: str, tmp_path: Path) -> Opened:
    """A service that waits from when it was told something, first started at a time."""
    return opening(postgres_url, tmp_path, HANDLERS)


async def untold(on_bench: Bench) -> Any:
    return (await on_bench.operators.get("/api/status")).json()["untold"]


async def test_what_timers_of_the_past_would_have_told_is_counted_and_told_to_nobody(opened: Opened) -> None:
    async with opened(START + LATE) as late:
        patients = [someone() for _ in range(MANY)]
        records = [late.record(assessed("x"), patient_stream(one), told_at=START) for one in patients]
        await late.deliver(*records)
        await late.deliver(*records)
        await late.passes(seconds=0)
        await assert_published(late, ReferralDeclined, times=0)
        assert await marks(late, patients[-1]) == ["x", "reminded of x"]
        assert await untold(late) == {"ReferralDeclined": MANY}


async def test_what_is_due_since_the_service_began_is_told_however_late_it_is_heard(opened: Opened) -> None:
    async with opened(START) as service:
        patient = someone()
        record = service.record(assessed("x"), patient_stream(patient), told_at=START - tally.LATER)
        before = service.record(assessed("x"), patient_stream(someone()), told_at=START - tally.LATER - SECOND)
        await service.passes(days=30)
        await service.deliver(record, before)
        await service.passes(seconds=0)
        await assert_published(service, ReferralDeclined, patient=patient, times=1)
        await assert_published(service, ReferralDeclined, times=1)
        assert await untold(service) == {"ReferralDeclined": 1}


async def test_a_service_begins_once(opened: Opened) -> None:
    async with opened(START) as service:
        await service.passes(days=3)
        await service.service.begin()
        assert await began_at(service) == START


async def test_nothing_is_of_the_past_for_a_database_that_an_earlier_release_has_used(opened: Opened) -> None:
    async with opened(START) as service:
        patient = someone()
        await service.hears(assessed("x"), patient=patient)
        async with service.service.core.database.connection() as db:
            await db.execute("delete from beginning")  # as after the migration from a release that had no such table
        set_clock(service.clock_file, START + LATE)
        await service.service.begin()
        assert await began_at(service) is None
        await service.passes(seconds=0)
        await assert_published(service, ReferralDeclined, patient=patient, times=1)


async def began_at(on_bench: Bench) -> Any:
    async with on_bench.service.core.database.connection() as db:
        (row,) = await db.fetch("select began_at from beginning")
        return row["began_at"]
