"""What is stated of a visit: actual times, who was there, signatures, and corrections of which both versions stay."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from carebus.contracts.care_plan import (
    SummaryPart,
    VisitCompleted,
    VisitCorrected,
    VisitPlace,
    VisitSignatureOverdue,
    VisitSigned,
    VisitSummaryIssued,
)
from carebus.contracts.referral import Priority
from carebus.testing import Bench, assert_published
from tests.care_plan.people import accepted, due_visits, staff

FOUND = {"assessments": {"phase": "stable", "akps": 50, "esas_r": {"pain": 2}}, "visit_note": "Quiet night."}


async def a_due_visit(bench: Bench) -> str:
    await staff(bench)
    await bench.hears(accepted(priority=Priority.URGENT), patient=uuid4())
    await bench.passes(days=1, hours=2)
    (visit,) = await due_visits(bench)
    return f"/api/visits/{visit['visit_id']}"


def times(bench: Bench, began: float, ended: float) -> dict[str, str]:
    """So many minutes before now."""
    now = bench.now()
    return {
        "started_at": (now - timedelta(minutes=began)).isoformat(),
        "ended_at": (now - timedelta(minutes=ended)).isoformat(),
    }


async def test_the_times_the_place_and_who_was_there_are_told_as_stated_beside_the_planned(care_plan: Bench) -> None:
    path = await a_due_visit(care_plan)
    body = {**FOUND, **times(care_plan, 90, 30), "place": "care_facility", "also_present": "The daughter"}
    assert (await care_plan.command(f"{path}/complete", body)).status_code == 200
    (told,) = await assert_published(care_plan, VisitCompleted, times=1)
    assert told.is_stated
    assert (told.completed_at - told.started_at, told.recorded_at) == (timedelta(hours=1), care_plan.now())
    assert (told.place, [one.role for one in told.present]) == (VisitPlace.CARE_FACILITY, ["nurse"])
    assert told.planned_at is not None


@pytest.mark.parametrize(
    ("began", "ended", "field", "code"),
    [
        (30, 60, "ended_at", "ends_before_it_starts"),
        (30, 30, "ended_at", "ends_before_it_starts"),
        (30, -60, "ended_at", "in_the_future"),
        (-60, -90, "started_at", "in_the_future"),
        (60 * 24 * 30, 30, "started_at", "before_the_episode"),
    ],
)
async def test_times_that_can_not_be_are_refused_at_their_field(
    care_plan: Bench, began: float, ended: float, field: str, code: str
) -> None:
    path = await a_due_visit(care_plan)
    refused = await care_plan.command(f"{path}/complete", {**FOUND, **times(care_plan, began, ended)})
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert refused.json()["errors"][0]["field"] == field
    await assert_published(care_plan, VisitCompleted, times=0)


async def test_times_that_are_left_out_are_as_planned_however_late_it_is_recorded(care_plan: Bench) -> None:
    path = await a_due_visit(care_plan)
    (visit,) = await due_visits(care_plan)
    await care_plan.passes(days=17)
    assert (await care_plan.command(f"{path}/complete", {})).status_code == 200
    (told,) = await assert_published(care_plan, VisitCompleted, times=1)
    planned = datetime.fromisoformat(visit["starts_at"])
    assert (told.started_at, told.completed_at) == (planned, planned + timedelta(minutes=visit["minutes"]))
    assert told.place is None


async def test_a_visit_of_another_day_is_completed_before_it_only_when_its_beginning_is_stated(
    care_plan: Bench,
) -> None:
    path = await a_due_visit(care_plan)
    await care_plan.passes(days=-1)
    refused = await care_plan.command(f"{path}/complete", FOUND)
    assert (refused.status_code, refused.json()["code"]) == (422, "not_begun_yet")
    assert refused.json()["errors"][0]["field"] == "started_at"
    assert (await care_plan.command(f"{path}/complete", {**FOUND, **times(care_plan, 40, 5)})).status_code == 200


async def test_a_stranger_is_refused_where_those_who_were_there_are_named(care_plan: Bench) -> None:
    path = await a_due_visit(care_plan)
    refused = await care_plan.command(f"{path}/complete", {**FOUND, "present": [str(uuid4())]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "present")


async def test_a_correction_without_words_for_what_was_wrong_is_refused_at_its_field(care_plan: Bench) -> None:
    path = await a_due_visit(care_plan)
    await care_plan.command(f"{path}/complete", FOUND)
    refused = await corrected(care_plan, path, visit_note="New.", reason_text="    ")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "reason_text")


@pytest.mark.parametrize("field", ["started_at", "ended_at"])
@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:00:00-12:00"])
async def test_a_year_that_no_clock_shows_is_refused_at_its_field(care_plan: Bench, field: str, at: str) -> None:
    path = await a_due_visit(care_plan)
    asked = {"complete": FOUND, "correct": {**FOUND, "reason_text": "Wrong."}}
    if field == "started_at":
        asked["start"] = {}
    for act, body in asked.items():
        refused = await care_plan.command(f"{path}/{act}", {**body, field: at})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


async def test_the_page_keeps_what_was_typed_when_a_time_is_refused(care_plan: Bench) -> None:
    path = (await a_due_visit(care_plan)).removeprefix("/api")
    form = {
        "assessments.phase": "stable",
        "assessments.respondent": "patient",
        "started_at": "2026-03-03T10:00",
        "ended_at": "2026-03-03T09:00",
        "visit_note": "Mine",
        "sign": "true",
    }
    refused = await care_plan.http.post(path, data=form, headers={"accept": "text/html"})
    assert refused.status_code == 422
    assert 'href="#field-ended_at"' in refused.text
    assert "Mine" in refused.text
    assert 'value="2026-03-03T10:00"' in refused.text


async def test_an_unsigned_visit_is_told_after_48_hours_and_signed_late_once(care_plan: Bench) -> None:
    path = await a_due_visit(care_plan)
    await care_plan.command(f"{path}/complete", {**FOUND, **times(care_plan, 90, 30), "sign": False})
    await assert_published(care_plan, VisitSigned, times=0)
    await assert_published(care_plan, VisitSummaryIssued, times=0)
    await care_plan.passes(hours=47)
    await assert_published(care_plan, VisitSignatureOverdue, times=0)
    await care_plan.passes(hours=1)
    await assert_published(care_plan, VisitSignatureOverdue, times=1)
    for _ in range(2):
        assert (await care_plan.command(f"{path}/sign", {})).status_code == 200
    (signed,) = await assert_published(care_plan, VisitSigned, times=1)
    assert (signed.late, signed.version) == (True, 1)
    await assert_published(care_plan, VisitSummaryIssued, times=1)


async def test_a_signed_visit_is_never_overdue_and_a_planned_one_can_not_be_signed(care_plan: Bench) -> None:
    path = await a_due_visit(care_plan)
    assert (await care_plan.command(f"{path}/sign", {})).json()["code"] == "nothing_to_sign"
    await care_plan.command(f"{path}/complete", FOUND)
    (signed,) = await assert_published(care_plan, VisitSigned, times=1)
    assert not signed.late
    await care_plan.passes(days=5)
    await assert_published(care_plan, VisitSignatureOverdue, times=0)


async def corrected(bench: Bench, path: str, **said: Any) -> Any:
    return await bench.command(f"{path}/correct", {**FOUND, "reason_text": "Written down wrongly.", **said})


async def test_a_correction_keeps_both_versions_and_the_summary_becomes_version_two(care_plan: Bench) -> None:
    path = await a_due_visit(care_plan)
    assert (await corrected(care_plan, path)).status_code == 404
    await care_plan.command(f"{path}/complete", {**FOUND, **times(care_plan, 90, 30)})
    assert (await corrected(care_plan, path)).json()["code"] == "nothing_corrected"
    right = {"phase": "deteriorating", "akps": 40, "esas_r": {"pain": 1}}
    assert (await corrected(care_plan, path, assessments=right)).status_code == 200
    (told,) = await assert_published(care_plan, VisitCorrected, times=1)
    assert (told.version, told.assessments.akps, told.ended_at - told.started_at) == (2, 40, timedelta(hours=1))
    first, second = await assert_published(care_plan, VisitSummaryIssued, times=2)
    assert (first.version, second.version) == (1, 2)
    said = {section.part: section.text for section in second.sections}
    assert "AKPS 40" in said[SummaryPart.FOUND]
    patient = (await care_plan.http.get(f"/api/patients/{(await due_visits(care_plan))[0]['patient_id']}")).json()
    assert (patient["phase"], patient["akps"]) == ("deteriorating", 40)
    page = (await care_plan.http.get(path.removeprefix("/api"), headers={"accept": "text/html"})).text
    assert "What was stated before it was corrected" in page


async def test_a_correction_that_takes_an_answer_back_brings_back_the_one_before(care_plan: Bench) -> None:
    first = await a_due_visit(care_plan)
    await care_plan.command(f"{first}/complete", FOUND)
    await care_plan.passes(days=14)
    (visit,) = await due_visits(care_plan)
    second = f"/api/visits/{visit['visit_id']}"
    await care_plan.command(f"{second}/complete", {"assessments": {"akps": 30, "phase": "unstable"}})
    await corrected(care_plan, second, assessments={"phase": "stable"}, visit_note="")
    patient = (await care_plan.http.get(f"/api/patients/{visit['patient_id']}")).json()
    assert (patient["akps"], patient["phase"]) == (50, "stable")


async def test_what_an_earlier_release_kept_of_visits_becomes_records_and_nothing_is_lost(care_plan: Bench) -> None:
    """The document of somebody whose visits are all in it, as the release before wrote it."""
    path = await a_due_visit(care_plan)
    (visit,) = await due_visits(care_plan)
    async with care_plan.service.core.database.connection() as db:
        doc = """
        jsonb_build_object(
            'visit_id', gen_random_uuid(), 'ordinal', 0, 'mode', 'home', 'minutes', 60, 'overdue', false,
            'clinician', doc #> '{team,0}', 'starts_at', '2026-03-01T15:00:00Z', 'completed_at',
            '2026-03-01T16:00:00Z', 'visit_note', 'Of before.',
            'assessments', jsonb_build_object('akps', 70, 'phase', 'stable', 'respondent', 'patient'))"""
        await db.execute(f"update care set doc = jsonb_set(doc, '{{visits}}', doc -> 'visits' || {doc})")
    before = (await care_plan.http.get(f"/api/patients/{visit['patient_id']}")).json()
    assert (before["akps"], before["visits"][0]["visit_note"]) == (70, "Of before.")
    await care_plan.command(f"{path}/confirm", {})
    after = (await care_plan.http.get(f"/api/patients/{visit['patient_id']}")).json()
    assert after["visits"][0] == before["visits"][0]
    assert (after["akps"], after["completed"]) == (70, 1)
    async with care_plan.service.core.database.connection() as db:
        kept = await db.fetchval("select doc -> 'visits' from care")
        records = await db.fetchval("select count(*) from visit_record")
    assert "Of before." not in str(kept)
    assert records == 1
