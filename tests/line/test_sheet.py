"""The sheet: what a stranger needs at night, from events alone; and how somebody is found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from carebus.contracts import Event
from carebus.contracts.care_plan import (
    Assessments,
    CareHeld,
    CarePlanApproved,
    CarePlanDrafted,
    CarePlanRevised,
    CareResumed,
    CareTeamMemberChanged,
    EpisodeEnded,
    EsasR,
    MedicinesReconciled,
    VisitCancelled,
    VisitCompleted,
    VisitCorrected,
    VisitRescheduled,
    VisitScheduled,
)
from carebus.contracts.event import patient_stream
from carebus.contracts.people import TeamMember
from carebus.contracts.referral import PatientMerged, PatientUnmerged, ReferralAmended
from carebus.testing import START, Bench, Happens, Opened, late_differences
from services.line.handlers import HANDLERS
from tests.examples import example
from tests.line.people import DAUGHTER, taken_on

PATIENT = UUID(int=7)
STREAM = patient_stream(PATIENT)


async def sheet_of(line: Bench, patient: UUID = PATIENT) -> dict[str, Any]:
    answer = await line.http.get(f"/api/patients/{patient}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_what_nobody_has_told_yet_is_not_known(line: Bench) -> None:
    await taken_on(line, PATIENT)
    found = await sheet_of(line)
    assert (found["plan"], found["medicines"], found["last_visit"], found["akps"]) == (None, None, None, None)
    page = (await line.http.get(f"/patients/{PATIENT}")).text
    assert "The medicines are not known." in page
    assert "As fresh as" in page


async def test_plan_medicines_and_visits_are_on_the_sheet(line: Bench) -> None:
    await taken_on(line, PATIENT)
    drafted, revised = example(CarePlanDrafted, version=1), example(CarePlanRevised, version=2)
    for event in (drafted, revised, example(CarePlanApproved, version=2), example(MedicinesReconciled)):
        await line.hears(event, stream=STREAM)
    visit = example(VisitScheduled)
    await line.hears(visit, stream=STREAM)
    found = await sheet_of(line)
    assert found["plan"]["says"] == revised.plan.model_dump(mode="json")
    assert found["plan"]["approved_at"]
    assert found["medicines"]["lines"]
    assert [one["visit_id"] for one in found["visits"]] == [str(visit.visit_id)]

    moved = example(VisitRescheduled, visit_id=visit.visit_id, starts_at=visit.starts_at + timedelta(days=1))
    await line.hears(moved, stream=STREAM)
    assert len((await sheet_of(line))["visits"]) == 1
    await line.hears(example(VisitCancelled, visit_id=visit.visit_id), stream=STREAM)
    assert (await sheet_of(line))["visits"] == []


async def test_the_last_visit_stands_and_its_correction_replaces_it(line: Bench) -> None:
    await taken_on(line, PATIENT)
    early = example(VisitCompleted, visit_id=uuid4(), completed_at=START)
    late = example(VisitCompleted, visit_id=uuid4(), completed_at=START + timedelta(days=7), visit_note="Slept well.")
    for event in (late, early):  # told late: the earlier visit changes nothing
        await line.hears(event, stream=STREAM)
    assert (await sheet_of(line))["last_visit"]["visit_note"] == "Slept well."
    corrected = example(
        VisitCorrected, visit_id=late.visit_id, ended_at=late.completed_at, version=2, visit_note="Slept badly."
    )
    await line.hears(corrected, stream=STREAM)
    found = (await sheet_of(line))["last_visit"]
    assert (found["visit_note"], found["version"]) == ("Slept badly.", 2)


async def test_a_reported_death_stands_above_all_and_goes_when_it_was_not_true(line: Bench) -> None:
    await taken_on(line, PATIENT)
    held = example(CareHeld, hold_id=uuid4())
    await line.hears(held, stream=STREAM)
    assert "A death was reported" in (await line.http.get(f"/patients/{PATIENT}")).text
    await line.hears(example(CareResumed, hold_id=held.hold_id), stream=STREAM)
    assert "A death was reported" not in (await line.http.get(f"/patients/{PATIENT}")).text


async def test_who_left_care_is_found_with_who_goes_on_caring(line: Bench) -> None:
    await taken_on(line, PATIENT)
    await line.hears(example(EpisodeEnded, hand_over="Harbor Hospice, 617 555 0190"), stream=STREAM)
    page = (await line.http.get(f"/patients/{PATIENT}")).text
    assert "Harbor Hospice, 617 555 0190" in page


async def test_who_takes_anothers_place_is_in_the_team_and_the_other_is_not(line: Bench) -> None:
    await taken_on(line, PATIENT)
    first = TeamMember.model_validate((await sheet_of(line))["team"][0])
    joins = first.model_copy(update={"clinician_id": uuid4(), "name": "Nurse Vale"})
    await line.hears(example(CareTeamMemberChanged, left=first, joined=joins), stream=STREAM)
    names = [one["clinician_id"] for one in (await sheet_of(line))["team"]]
    assert str(first.clinician_id) not in names
    assert names.count(str(joins.clinician_id)) == 1


async def test_what_waits_for_the_office_changes_no_sheet(line: Bench) -> None:
    await taken_on(line, PATIENT)
    told = example(ReferralAmended)
    other = told.patient.model_copy(update={"given_name": "Somebody", "family_name": "Else"})
    held = told.model_copy(update={"applied": False, "patient": other})
    await line.hears(held, stream=STREAM)
    assert (await sheet_of(line))["person"]["given_name"] == "José"
    await line.hears(held.model_copy(update={"applied": True}), stream=STREAM)
    assert (await sheet_of(line))["person"]["given_name"] == "Somebody"


@pytest.mark.parametrize(
    "wanted",
    [
        {"phone": "617-555-0101"},
        {"phone": DAUGHTER},
        {"name": "nunez jose"},
        {"name": "JOS"},
        {"birth_date": True},
        {"member_number": "w1234 56789"},
        {"name": "Núñez", "phone": "1 (617) 555-0101"},
    ],
)
async def test_somebody_is_found_by_what_a_caller_says(line: Bench, wanted: dict[str, Any]) -> None:
    patient = await taken_on(line)
    born = (await sheet_of(line, patient))["person"]["birth_date"]
    asked = {key: born if value is True else value for key, value in wanted.items()}
    found = (await line.http.post("/api/find", json=asked)).json()["items"]
    assert [one["patient_id"] for one in found] == [str(patient)]


@pytest.mark.parametrize(
    "wanted", [{}, {"name": "%"}, {"name": "_"}, {"phone": "12"}, {"name": "Nun", "phone": "617 555 9999"}]
)
async def test_what_says_nothing_or_does_not_fit_finds_nobody(line: Bench, wanted: dict[str, str]) -> None:
    await taken_on(line)
    assert (await line.http.post("/api/find", json=wanted)).json() == {"items": [], "more": False}


async def test_a_shared_phone_shows_everyone(line: Bench) -> None:
    patients = {str(await taken_on(line)), str(await taken_on(line, given_name="Rosa"))}
    found = (await line.http.post("/api/find", json={"phone": DAUGHTER})).json()["items"]
    assert {one["patient_id"] for one in found} == patients


async def test_a_record_that_was_merged_leads_to_the_one_that_goes_on(line: Bench) -> None:
    survivor = await taken_on(line)
    await taken_on(line, PATIENT)
    merged = example(PatientMerged, survivor_id=survivor, retired_id=PATIENT)
    await line.hears(merged, stream=STREAM)
    await line.hears(merged, stream=patient_stream(survivor))
    assert f"/patients/{survivor}" in (await line.http.get(f"/patients/{PATIENT}")).text
    found = (await line.http.post("/api/find", json={"phone": DAUGHTER})).json()["items"]
    assert [one["patient_id"] for one in found] == [str(survivor)]
    apart = example(PatientUnmerged, survivor_id=survivor, retired_id=PATIENT)
    await line.hears(apart, stream=STREAM)
    assert len((await line.http.post("/api/find", json={"phone": DAUGHTER})).json()["items"]) == 2


async def test_a_sheet_built_a_month_late_says_the_same(opened: Opened) -> None:
    kinds = [kind for kind in HANDLERS if issubclass(kind, Event)]
    story = [Happens(timedelta(hours=n), _at(kind, n), STREAM) for n, kind in enumerate(kinds)]
    assert await late_differences(opened, story) == set()


def _at(kind: type[Event], hours: int) -> Event:
    own_time = kind.own_time()
    return example(kind, **({own_time: START + timedelta(hours=hours)} if own_time else {}))


async def test_a_sheet_warns_while_something_that_was_told_of_the_patient_waits(line: Bench) -> None:
    patient = await taken_on(line)
    html = {"accept": "text/html"}
    assert "has not arrived here" not in (await line.http.get(f"/patients/{patient}", headers=html)).text
    line.record(example(VisitScheduled), patient_stream(patient))  # on its way, and overtaken by the next
    await line.deliver(line.record(example(VisitCompleted), patient_stream(patient)))
    assert "has not arrived here" in (await line.http.get(f"/patients/{patient}", headers=html)).text
    assert (await line.http.get(f"/api/patients/{patient}")).json()["behind"] is True


@pytest.mark.parametrize("said", ["Mary Ann Ruiz", "Ruiz Ortega Mary", "mary ann ruiz ortega", "Ortega", "Ruiz", "Ann"])
async def test_two_given_names_and_two_family_names_are_found_however_they_are_said(line: Bench, said: str) -> None:
    patient = await taken_on(line, given_name="Mary Ann", family_name="Ruiz Ortega")
    found = (await line.command("/api/find", {"name": said})).json()["items"]
    assert [one["patient_id"] for one in found] == ([] if said in {"Ortega", "Ann"} else [str(patient)])


async def test_the_scores_of_the_last_visit_read_as_one_line(line: Bench) -> None:
    await taken_on(line, PATIENT)
    scored = EsasR(pain=3, nausea=0, wellbeing=None)
    visit = example(VisitCompleted, assessments=Assessments(esas_r=scored))
    await line.hears(visit, stream=STREAM)
    assert "<dd>Pain 3, Nausea 0</dd>" in (await line.http.get(f"/patients/{PATIENT}")).text
