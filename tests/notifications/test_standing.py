"""No visit message reaches a family while care is held or after its end; dismissed, what still holds goes out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from carebus.contracts.care_plan import (
    CareHeld,
    CareResumed,
    EpisodeEnded,
    EpisodeOpened,
    VisitCancelled,
    VisitConverted,
    VisitRescheduled,
)
from carebus.contracts.notifications import NotificationRequested
from carebus.testing import Bench, assert_published
from services.notifications import store
from tests.examples import example
from tests.notifications.conftest import notifications_bench
from tests.told import EPISODE, accepted, contact, scheduled

HELD = example(CareHeld, episode_id=EPISODE)
RESUMED = example(CareResumed, episode_id=EPISODE)
ENDED = example(EpisodeEnded, episode_id=EPISODE)


async def due(bench: Bench) -> list[str]:
    """The templates of what would go out now."""
    async with bench.service.core.database.connection() as db:
        return sorted(one.message.template for one in await store.due(db, 100))  # type: ignore[union-attr]


async def test_a_report_of_a_death_keeps_what_waits_and_a_dismissal_lets_it_go(
    postgres_url: str, tmp_path: Path
) -> None:
    async with notifications_bench(postgres_url, tmp_path, 1) as bench:
        patient, soon = uuid4(), bench.now() + timedelta(days=2)
        await bench.hears(accepted(told=contact()), scheduled(1, at=soon), patient=patient)
        assert await due(bench) == ["visit_planned/1"]
        await bench.hears(HELD, patient=patient)
        assert await due(bench) == []
        await bench.hears(RESUMED, patient=patient)
        assert await due(bench) == ["visit_planned/1"]


async def test_a_visit_whose_time_passed_while_care_was_held_is_not_told_any_more(
    postgres_url: str, tmp_path: Path
) -> None:
    async with notifications_bench(postgres_url, tmp_path, 1) as bench:
        patient = uuid4()
        planned = scheduled(1, at=bench.now() + timedelta(days=2))
        await bench.hears(accepted(told=contact()), planned, HELD, patient=patient)
        await bench.passes(days=5)
        await bench.hears(RESUMED, patient=patient)
        assert await due(bench) == []


async def test_after_the_end_what_waits_is_withdrawn_and_no_visit_is_told_until_care_begins_again(
    postgres_url: str, tmp_path: Path
) -> None:
    async with notifications_bench(postgres_url, tmp_path, 1) as bench:
        patient = uuid4()
        await bench.hears(accepted(told=contact()), scheduled(1), patient=patient)
        gone = example(VisitCancelled, visit_id=scheduled(1).visit_id, episode_id=EPISODE)
        handled = await bench.hears(ENDED, gone, scheduled(2), patient=patient)
        assert handled.ignored == {"care_has_ended": 2}
        assert await due(bench) == []
        await bench.hears(example(EpisodeOpened), scheduled(3), patient=patient)
        await assert_published(bench, NotificationRequested, patient=patient, times=2)
        assert await due(bench) == ["visit_planned/1"]


@pytest.mark.parametrize("kind", [VisitRescheduled, VisitConverted])
async def test_a_moved_visit_is_told_in_the_place_of_what_still_waits(
    postgres_url: str, tmp_path: Path, kind: type[VisitRescheduled | VisitConverted]
) -> None:
    async with notifications_bench(postgres_url, tmp_path, 1) as bench:
        patient, planned = uuid4(), scheduled(1)
        moved = example(kind, visit_id=planned.visit_id, starts_at=bench.now() + timedelta(days=9))
        await bench.hears(accepted(told=contact()), planned, moved, patient=patient)
        assert await due(bench) == ["visit_moved/1"]


async def test_a_visit_cancelled_before_it_was_told_is_never_told(postgres_url: str, tmp_path: Path) -> None:
    async with notifications_bench(postgres_url, tmp_path, 1) as bench:
        patient, planned = uuid4(), scheduled(1)
        gone = example(VisitCancelled, visit_id=planned.visit_id)
        await bench.hears(accepted(told=contact()), planned, gone, patient=patient)
        assert await due(bench) == []
        await bench.hears(gone.model_copy(update={"visit_id": uuid4()}), patient=patient)
        assert await due(bench) == ["visit_cancelled/1"]
