"""The counts equal those of a plain model, whatever happened and however often it was delivered."""

from __future__ import annotations

from random import Random
from statistics import median
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.contracts import EVENTS, PUBLISHED_BY, PatientEvent, patient_stream
from carebus.contracts.care_plan import VisitSummaryIssued
from carebus.contracts.notifications import ReferrerLetterFailed, ReferrerLetterRequested, ReferrerLetterSent
from carebus.decisions import Cause
from carebus.testing import START, Bench
from services.outcomes.domain import Journey
from services.outcomes.handlers import HANDLERS
from tests.outcomes.journeys import SYMPTOMS, expected, expected_changes, way
from tests.told import accepted, completed, received


async def counts(outcomes: Bench) -> dict[str, object]:
    answer = await outcomes.http.get("/api/outcomes")
    assert answer.status_code == 200
    body: dict[str, object] = answer.json()
    return body


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_counts_equal_a_plain_models(outcomes: Bench, seed: int) -> None:
    dice = Random(seed)
    ways = [way(dice) for _ in range(60)]
    for one in ways:
        handled = await outcomes.hears(*one.events, patient=uuid4(), times=2)
        assert handled.parked.total() == 0
    found = await counts(outcomes)
    assert {name: found[name] for name in expected(ways)} == expected(ways)
    changes, want = found["symptom_change"], expected_changes(ways)
    assert isinstance(changes, dict)
    assert {name: change["n"] for name, change in changes.items()} == {n: many for n, (many, _) in want.items()}
    assert {name: change["mean_change"] for name, change in changes.items()} == pytest.approx(
        {name: change for name, (_, change) in want.items()}
    )
    days = [one.first_visit_days for one in ways if one.first_visit_days is not None]
    told = found["days_to_first_visit"]
    assert isinstance(told, dict)
    assert (told["n"], told["median"]) == (len(days), pytest.approx(median(days)))


async def test_nothing_yet_counts_as_nothing(outcomes: Bench) -> None:
    found = await counts(outcomes)
    assert found["received"] == 0
    assert found["by_condition"] == found["declined"] == found["symptom_change"] == {}
    assert found["days_to_first_visit"] == {"n": 0, "waiting": 0, "p25": None, "median": None, "p75": None, "p90": None}


async def test_a_rebuild_from_the_topics_comes_to_the_same(outcomes: Bench) -> None:
    dice = Random(4)
    ways = [(uuid4(), way(dice)) for _ in range(10)]
    records = [outcomes.record(event, patient_stream(p)) for p, one in ways for event in one.events]
    for record in records:
        await outcomes.deliver(record)
    before = await counts(outcomes)
    async with outcomes.service.app.state.parts.database.connection() as db:
        await db.execute("truncate journey, mark, stream, consumer_offset")
    await outcomes.deliver(*records)
    assert await counts(outcomes) == before


async def test_it_keeps_no_name_and_no_text(outcomes: Bench) -> None:
    await outcomes.hears(received(), accepted(), completed(), patient=uuid4())
    async with outcomes.service.app.state.parts.database.connection() as db:
        kept = await db.fetchval("select string_agg(doc::text, '') from journey")
    assert not any(secret in kept for secret in ("María", "Delgado", "Zyxnote", "1941"))


async def test_it_tells_nothing(outcomes: Bench) -> None:
    await outcomes.hears(received(), accepted(), completed(), patient=uuid4())
    assert await outcomes.all_published() == []


OF_REFERRERS = {VisitSummaryIssued, ReferrerLetterRequested, ReferrerLetterSent, ReferrerLetterFailed}
"""What referrers are told is counted by the referral service, which knows when a loop is closed."""


def test_it_hears_every_event_about_patients_but_for_the_offices_own_work() -> None:
    others = {kind for kind in EVENTS.values() if issubclass(kind, PatientEvent)} - set(HANDLERS)
    assert others - OF_REFERRERS <= set(PUBLISHED_BY["referral"])
    assert set(HANDLERS) <= set(EVENTS.values())


@settings(deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_journey_only_ever_grows(dice: Random) -> None:
    journey, cause = Journey(), Cause(UUID(int=1), patient_stream(UUID(int=2)), START, "test", UUID(int=3), START)
    for event in way(dice).events:
        (after,) = HANDLERS[type(event)].decide(journey, event, cause).states
        assert isinstance(after, Journey)
        for name in ("visits_scheduled", "visits_completed", "assessed_visits", "notified", "failed", "requested"):
            assert getattr(after, name) >= getattr(journey, name)
        assert after.notified + after.failed <= after.requested
        assert after.days_to_first_visit is None or after.days_to_first_visit >= 0
        journey = after
    assert journey.first_esas is None or set(journey.first_esas.model_dump()) == set(SYMPTOMS)
