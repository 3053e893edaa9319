"""The counts equal those of a plain model, whatever happened and however often it was delivered."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.contracts import EVENTS, PUBLISHED_BY, PatientEvent, patient_stream
from carebus.contracts.care_plan import (
    Assessments,
    CareHeld,
    CareResumed,
    EpisodeEnded,
    EsasR,
    VisitCorrected,
    VisitSummaryIssued,
)
from carebus.contracts.notifications import ReferrerLetterFailed, ReferrerLetterRequested, ReferrerLetterSent
from carebus.contracts.referral import DeclineReason
from carebus.decisions import Cause
from carebus.testing import START, Bench
from services.outcomes import store
from services.outcomes.domain import Journey
from services.outcomes.domain.statistics import paired_change
from services.outcomes.handlers import HANDLERS
from tests.examples import example
from tests.outcomes.journeys import SYMPTOMS, expected, expected_changes, way
from tests.told import accepted, completed, declined, received


async def counts(outcomes: Bench) -> dict[str, Any]:
    """The exact counts, as nobody outside is told them, in the shape of the model's."""
    async with outcomes.service.core.database.connection() as db:
        counted = await store.counted(db)
    view = (await outcomes.http.get("/api/outcomes")).json()
    exact = {name: getattr(counted.totals, name) for name in view if hasattr(counted.totals, name)}
    groups = {"by_condition": counted.by_condition, "by_payer": counted.by_payer}
    return {
        **exact,
        "declined": counted.declined,
        "suppressed": counted.suppressed,
        **{kind: {one.name: {c: getattr(one, c) for c in GROUP} for one in found} for kind, found in groups.items()},
        "days_to_first_visit": view["days_to_first_visit"],
        "symptom_change": {
            name: {"n": change.n, "mean_change": change.mean}
            for name, sums in counted.changes.items()
            if (change := paired_change(sums))
        },
    }


GROUP = ("received", "accepted", "declined", "undecided", "visited")


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
    assert {name: change["n"] for name, change in changes.items()} == {n: many for n, (many, _) in want.items()}
    assert {name: change["mean_change"] for name, change in changes.items()} == pytest.approx(
        {name: change for name, (_, change) in want.items()}
    )
    days = [one.first_visit_days for one in ways if one.first_visit_days is not None]
    told = found["days_to_first_visit"]
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
        await db.execute("truncate journey, line_call, line_advice, mark, stream, consumer_offset")
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


BETWEEN_VISITS = {
    "CarePlanRevised", "CarePlanApproved", "CarePlanReviewDue", "GoalStatusChanged", "PlanConflictDetected",
    "PlanConflictSettled", "MedicinesReconciled", "CareTeamMemberChanged", "SafetyTaskOpened", "SafetyTaskClosed",
    "UnstablePhaseFound", "UnstablePhaseReviewed", "UnstablePhaseMissed", "VisitConfirmed", "VisitConverted",
    "VisitRescheduled", "VisitStarted", "VisitSigned", "VisitSignatureOverdue", "VisitSummarySendRequested",
    "HandOverWritten", "VisitSummaryDelivered", "VisitSummaryUndelivered", "VisitSummaryAcknowledged",
}  # fmt: skip
"""The care team's own work, of which no measure is told yet."""


def test_it_hears_every_event_about_patients_but_for_the_offices_and_the_teams_own_work() -> None:
    others = {kind for kind in EVENTS.values() if issubclass(kind, PatientEvent)} - set(HANDLERS) - OF_REFERRERS
    of_line = {kind.__name__ for kind in PUBLISHED_BY["line"]} | {"TeamLetterSent", "TeamLetterFailed"}
    of_hospice = {kind.__name__ for kind in EVENTS.values() if kind.__module__.endswith((".hospice", ".bereavement"))}
    of_wishes = {kind.__name__ for kind in PUBLISHED_BY["wishes"]}  # what stands of them is told once, as a summary
    of_equipment = {kind.__name__ for kind in PUBLISHED_BY["equipment"]}
    of_equipment |= {"SupplierLetterSent", "SupplierLetterFailed"}
    of_services = BETWEEN_VISITS | of_hospice | of_line | of_wishes | of_equipment
    assert {kind.__name__ for kind in others} - of_services <= {kind.__name__ for kind in PUBLISHED_BY["referral"]}
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


async def test_as_json_the_same_small_cells_are_hidden_as_on_the_page(outcomes: Bench) -> None:
    for n in range(14):
        reason = DeclineReason.NO_CAPACITY if n < 12 else DeclineReason.DECEASED
        await outcomes.hears(received(), declined(reason), patient=uuid4(), times=1)
    told = (await outcomes.http.get("/api/outcomes")).json()
    assert (told["declined_in_all"], set(told["declined"].values())) == (14, {"1–10", "hidden"})
    page = (await outcomes.http.get("/", headers={"accept": "text/html"})).text
    assert ">2<" not in page.replace(" ", "").replace("\n", "")
    assert told["by_payer"] != {}
    assert all(
        isinstance(cell, str) or cell == 0 or cell >= 11 for cell in next(iter(told["by_payer"].values())).values()
    )


async def test_everybody_who_was_asked_twice_counts_also_if_it_was_not_at_the_first_assessed_visit(
    outcomes: Bench,
) -> None:
    for n in range(12):
        first = EsasR(nausea=1) if n < 2 else EsasR(pain=6, nausea=1)
        answers = [first, EsasR(pain=6), EsasR(pain=4)]
        visits = [completed(k, at=START + timedelta(days=k), esas=each) for k, each in enumerate(answers, 1)]
        await outcomes.hears(received(), accepted(), *visits, patient=uuid4(), times=1)
    changes = (await counts(outcomes))["symptom_change"]
    assert (changes["pain"]["n"], changes["pain"]["mean_change"]) == (12, -2)
    assert "nausea" not in changes


async def test_a_corrected_visit_is_counted_as_it_was_put_right(outcomes: Bench) -> None:
    patient = uuid4()
    visits = [completed(k, at=START + timedelta(days=k), esas=EsasR(pain=8)) for k in (1, 2)]
    await outcomes.hears(received(), accepted(), *visits, patient=patient)
    at = START + timedelta(days=0.5)
    right = example(
        VisitCorrected,
        visit_id=visits[0].visit_id,
        started_at=at,
        ended_at=at,
        assessments=Assessments(esas_r=EsasR(pain=3)),
    )
    await outcomes.hears(right, patient=patient)
    found = await counts(outcomes)
    assert found["symptom_change"]["pain"]["mean_change"] == 5
    assert found["days_to_first_visit"]["median"] == 0.5
    assert found["visits_completed"] == 2


async def test_who_is_held_or_has_left_care_waits_for_no_visit(outcomes: Bench) -> None:
    held, left, waits = uuid4(), uuid4(), uuid4()
    for patient in (held, left, waits):
        await outcomes.hears(received(), accepted(), patient=patient)
    await outcomes.hears(example(CareHeld), patient=held)
    await outcomes.hears(example(EpisodeEnded), patient=left)
    assert (await counts(outcomes))["days_to_first_visit"]["waiting"] == 1
    await outcomes.hears(example(CareResumed), patient=held)
    assert (await counts(outcomes))["days_to_first_visit"]["waiting"] == 2
