"""The pages: what they show, and that a refused form keeps what was typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from carebus.access import AccountRole
from carebus.contracts.care_plan import ClinicianJoined, VisitCompleted
from carebus.contracts.people import Condition, Role
from carebus.contracts.referral import Priority
from carebus.ids import new_id
from carebus.testing import Bench, assert_published
from tests.care_plan.people import accepted, due_visits, staff

AT_EIGHT = datetime(2026, 3, 3, 13, 0, tzinfo=UTC)
"""Eight in the morning of the first visit's day in New York."""
FORM: dict[str, str] = {
    "idempotency_key": "from-the-page",
    "assessments.esas_r.pain": "7",
    "assessments.esas_r.nausea": "",
    "assessments.akps": "50",
    "assessments.phase": "deteriorating",
    "assessments.respondent": "patient",
    "visit_note": "Slept badly & ate little.",
    "started_at": "2026-03-03T08:00",
    "ended_at": "2026-03-03T08:45",
    "sign": "true",
}


async def page(bench: Bench, path: str, status: int = 200) -> str:
    """A page as a browser gets it."""
    answer = await bench.http.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status, answer.text
    return answer.text


async def one_visit(bench: Bench, **about: Any) -> dict[str, Any]:
    """A new patient's first visit, due now."""
    await staff(bench)
    await bench.hears(accepted(priority=Priority.URGENT, **about), patient=new_id())
    await bench.passes(days=1)
    (visit,) = await due_visits(bench)
    return visit


async def test_an_empty_caseload_says_what_comes(care_plan: Bench) -> None:
    assert "Nobody is in care yet." in await page(care_plan, "/")


async def test_the_caseload_shows_who_is_next(care_plan: Bench) -> None:
    visit = await one_visit(care_plan, name="Rosa <Almeida>", conditions=(Condition.PARKINSONS,))
    text = await page(care_plan, "/")
    assert "Rosa &lt;Almeida&gt;" in text
    assert "Parkinson&#39;s disease" in text
    assert f"/visits/{visit['visit_id']}" in text
    assert ">Due<" in text.replace("</svg>", ">")


async def test_the_caseload_is_narrowed_and_says_when_nobody_fits(care_plan: Bench) -> None:
    await one_visit(care_plan)
    assert "Rosa Almeida" in await page(care_plan, "/?condition=cancer&show=due&phase=&clinician=")
    assert "Rosa Almeida" in await page(care_plan, "/?show=no_visit_yet")
    for nobody in ("condition=dementia", "show=overdue", "show=no_team", "phase=stable", f"clinician={new_id()}"):
        assert "Nobody fits." in await page(care_plan, f"/?{nobody}")
    assert "Rosa Almeida" in await page(care_plan, "/?phase=nonsense&clinician=nobody&page=x")


async def test_the_page_of_a_patient_without_a_team_says_what_lacks(care_plan: Bench) -> None:
    patient = new_id()
    await staff(care_plan, but=(Role.NURSE,))
    await care_plan.hears(accepted(), patient=patient)
    text = await page(care_plan, f"/patients/{patient}")
    assert "Lacking: nurse" in text
    assert "Waiting for a care team: 1" in await page(care_plan, "/")


async def test_a_visit_is_completed_or_moved_by_one_click_unless_care_is_on_hold(care_plan: Bench) -> None:
    visit = await one_visit(care_plan)
    here, patient = f'href="/visits/{visit["visit_id"]}', f"/patients/{visit['patient_id']}"
    text = await page(care_plan, patient)
    assert f'{here}">' in text
    assert f'{here}/change">' in text
    answer = await care_plan.command(f"/api{patient}/report-death", {"source": "family"})
    assert answer.status_code == 200, answer.text
    assert here not in await page(care_plan, patient)
    async with care_plan.as_(AccountRole.COORDINATOR) as office:
        shown = (await office.get(patient, headers={"Accept": "text/html"})).text
    assert here not in shown


async def test_the_office_moves_a_visit_and_completes_none(care_plan: Bench) -> None:
    visit = await one_visit(care_plan)
    async with care_plan.as_(AccountRole.COORDINATOR) as office:
        answer = await office.get(f"/patients/{visit['patient_id']}", headers={"Accept": "text/html"})
    assert f'href="/visits/{visit["visit_id"]}/change">' in answer.text
    assert f'href="/visits/{visit["visit_id"]}">' not in answer.text


async def test_a_visit_completed_on_its_page_shows_on_the_patients(care_plan: Bench) -> None:
    visit = await one_visit(care_plan)
    answer = await care_plan.http.post(f"/visits/{visit['visit_id']}", data=FORM)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/patients/{visit['patient_id']}"
    (told,) = await assert_published(care_plan, VisitCompleted, times=1)
    assert told.assessments.esas_r is not None
    assert (told.assessments.esas_r.pain, told.assessments.esas_r.nausea) == (7, None)
    assert (told.started_at, told.completed_at) == (AT_EIGHT, AT_EIGHT + timedelta(minutes=45))
    await care_plan.work()
    text = await page(care_plan, answer.headers["location"])
    assert "Visit 1 completed" in text
    assert "Visit 2 planned" in text
    assert "Edmonton Zone Palliative Care Program" in text
    done = await page(care_plan, f"/visits/{visit['visit_id']}")
    assert "Slept badly &amp; ate little." in done
    assert "Considerable help" in done


async def test_the_same_form_sent_twice_is_one_visit(care_plan: Bench) -> None:
    visit = await one_visit(care_plan)
    for _ in range(2):
        answer = await care_plan.http.post(f"/visits/{visit['visit_id']}", data=FORM)
        assert answer.status_code == 303
    await assert_published(care_plan, VisitCompleted, times=1)


async def test_another_form_for_a_completed_visit_is_refused_and_says_so(care_plan: Bench) -> None:
    visit = await one_visit(care_plan)
    path = f"/visits/{visit['visit_id']}"
    await care_plan.http.post(path, data=FORM)
    answer = await care_plan.http.post(path, data=FORM | {"idempotency_key": "other", "visit_note": "Mine"})
    assert answer.status_code == 409
    assert "this visit is already completed" in answer.text
    assert "Mine" in answer.text


async def test_a_refused_visit_form_keeps_what_was_typed(care_plan: Bench) -> None:
    visit = await one_visit(care_plan)
    sent = FORM | {"assessments.phase": "", "visit_note": "Slept <badly>"}
    answer = await care_plan.http.post(f"/visits/{visit['visit_id']}", data=sent)
    assert answer.status_code == 422
    assert "Slept &lt;badly&gt;" in answer.text
    assert 'name="assessments.esas_r.pain" value="7" checked' in answer.text
    assert 'value="from-the-page"' in answer.text
    assert "This is required." in answer.text
    await assert_published(care_plan, VisitCompleted, times=0)


async def test_a_form_with_nothing_in_it_names_what_is_missing(care_plan: Bench) -> None:
    visit = await one_visit(care_plan)
    answer = await care_plan.http.post(f"/visits/{visit['visit_id']}", data={})
    assert answer.status_code == 422
    assert "#field-assessments-phase" in answer.text
    assert "#field-assessments-respondent" in answer.text


async def test_a_clinician_is_added_on_the_roster_page(care_plan: Bench) -> None:
    form = {
        "idempotency_key": "k",
        "name": "Dr. Ana Lima",
        "role": "doctor",
        "capacity": "12",
        "licences": "NY, CT 2027-06-30",
    }
    for _ in range(2):
        answer = await care_plan.http.post("/roster", data=form)
        assert answer.status_code == 303
    (joined,) = await assert_published(care_plan, ClinicianJoined, times=1)
    assert (joined.name, joined.capacity) == ("Dr. Ana Lima", 12)
    assert "Dr. Ana Lima" in await page(care_plan, "/roster")


async def test_a_refused_roster_form_keeps_what_was_typed(care_plan: Bench) -> None:
    form = {"idempotency_key": "k", "name": "Dr. Ana Lima", "role": "", "capacity": "0"}
    answer = await care_plan.http.post("/roster", data=form)
    assert answer.status_code == 422
    assert 'value="Dr. Ana Lima"' in answer.text
    assert "Give 1 or more." in answer.text
    assert "This is required." in answer.text


async def test_what_is_not_there_is_a_kind_page(care_plan: Bench) -> None:
    for path in (f"/patients/{new_id()}", f"/visits/{new_id()}"):
        assert "We could not find that page" in await page(care_plan, path, 404)
