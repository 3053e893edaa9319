"""The patient page at a glance: what instruments found last, medicines to look at, the plan, stand-ins, the story."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from carebus.contracts.line import HandedOver, HandOverWritten
from carebus.contracts.people import Role
from carebus.ids import new_id
from carebus.testing import Bench
from tests.care_plan.people import clinician, due_visits
from tests.care_plan.test_pages import FORM, one_visit, page

ZBI = (
    "own_time", "other_duties", "anger", "other_relationships", "tension", "own_health", "privacy", "social_life",
    "control", "uncertainty", "doing_more", "doing_better",
)  # fmt: skip
UNSTABLE = FORM | {"assessments.phase": "unstable"}


async def completed(bench: Bench, form: dict[str, str]) -> dict[str, Any]:
    """A first visit, completed on its page."""
    visit = await one_visit(bench)
    answer = await bench.http.post(f"/visits/{visit['visit_id']}", data=form)
    assert answer.status_code == 303, answer.text
    return visit


async def test_caregiver_strain_and_every_other_instrument_show_their_last_result(care_plan: Bench) -> None:
    strain = {f"assessments.zbi_12.{item}": "3" for item in ZBI}
    more = {"assessments.nyha.functional_class": "3", "assessments.distress_thermometer.distress": "6"}
    visit = await completed(care_plan, FORM | strain | more)
    for path in (f"/patients/{visit['patient_id']}", f"/visits/{visit['visit_id']}"):
        text = await page(care_plan, path)
        for words in ("ZBI-12", "High burden", "NYHA class", "Distress thermometer", "Look closer"):
            assert words in text, (path, words)
        for code in ("ZBI 12", "DISTRESS THERMOMETER"):
            assert code not in text, (path, code)
        assert "36" in text


async def test_what_checks_of_the_medicines_find_is_on_the_patient_page(care_plan: Bench) -> None:
    visit = await one_visit(care_plan)
    path = f"/patients/{visit['patient_id']}"
    assert "Not yet reconciled" in await page(care_plan, path)
    line = {
        "line_id": str(new_id()),
        "text": "Morphine sulfate 15 MG Oral Tablet",
        "source": "hospital",
        "stated_on": "2026-03-01",
        "use": "taken",
    }
    body = {"based_on": 0, "medicines": [line]}
    answer = await care_plan.command(f"/api{path}/medicines/reconcile", body)
    assert answer.status_code == 200, answer.text
    text = await page(care_plan, path)
    assert "An opioid is on the list without anything against constipation" in text
    assert "1 medicine" in text


async def test_a_plan_that_was_changed_after_an_unstable_phase_is_not_asked_for_again(care_plan: Bench) -> None:
    visit = await completed(care_plan, UNSTABLE)
    path = f"/patients/{visit['patient_id']}"
    assert "The plan is to change by the end of" in await page(care_plan, path)
    problem = {
        "problem_id": str(new_id()), "text": "Pain at night", "owner": {"name": "Dr. Osei", "profession": "Doctor"}
    }  # fmt: skip
    goal = {
        "goal_id": str(new_id()), "words": "Sleep through", "said_by": "patient", "problem_ids": [problem["problem_id"]]
    }  # fmt: skip
    plan = {"problems": [problem], "goals": [goal], "interventions": [], "needs": [], "elsewhere": []}
    answer = await care_plan.command(f"/api{path}/plan/revise", {"based_on": 1, "plan": plan})
    assert answer.status_code == 200, answer.text
    text = await page(care_plan, path)
    assert "The plan is to change by" not in text
    assert "The plan was changed on" in text
    assert "Sleep through" in text
    assert "Pain at night" in text
    assert "Needs not yet looked at: physical" in text


async def test_a_stand_in_that_is_approved_is_on_the_patients_the_clinicians_and_the_proposals_page(
    care_plan: Bench,
) -> None:
    visit = await one_visit(care_plan)
    path, lead = f"/patients/{visit['patient_id']}", visit["clinician"]
    other = clinician(Role(lead["role"]), 2) | {"name": "Anita Joseph"}
    assert (await care_plan.command("/api/roster", other)).status_code == 201
    body = {
        "joins": other["clinician_id"],
        "leaves": lead["clinician_id"],
        "from_day": "2026-03-10",
        "until": "2026-03-18",
        "reason": "leave",
    }
    answer = await care_plan.command(f"/api{path}/arrange-team", body)
    assert answer.status_code == 200, answer.text
    for shown in (path, f"/roster/{other['clinician_id']}", f"/roster/{lead['clinician_id']}", "/proposals"):
        text = await page(care_plan, shown)
        assert "Anita Joseph stands in" in text, shown
        assert "18 Mar 2026" in text, shown


async def test_a_cancelled_visit_says_when_it_was_planned_for(care_plan: Bench) -> None:
    visit = await one_visit(care_plan)
    answer = await care_plan.http.post(
        f"/visits/{visit['visit_id']}/cancel", data={"idempotency_key": "c", "reason": "weather_or_road"}
    )
    assert answer.status_code == 303, answer.text
    text = await page(care_plan, f"/patients/{visit['patient_id']}")
    assert ", planned for <time" in text


async def test_the_story_begins_with_half_a_year_of_weekly_visits_and_leads_to_the_rest(care_plan: Bench) -> None:
    visit = await one_visit(care_plan)
    path = f"/patients/{visit['patient_id']}"
    for n in range(28):
        plan = {
            "starts_at": f"{_start(n).isoformat()}",
            "clinicians": [visit["clinician"]["clinician_id"]],
            "minutes": 30,
        }
        made = await care_plan.command(f"/api{path}/visits", plan)
        assert made.status_code == 201, made.text
    text = await page(care_plan, path)
    assert text.count("Move or change it") == 26
    assert "story=year" in text
    assert (await page(care_plan, f"{path}?story=year")).count("Move or change it") > 26


def _start(n: int) -> datetime:
    return datetime(2026, 5, 4, 14, tzinfo=UTC) + timedelta(days=n)


async def test_a_joint_visit_by_video_is_planned_on_the_page_and_says_where_it_is(care_plan: Bench) -> None:
    visit = await one_visit(care_plan)
    path = f"/patients/{visit['patient_id']}"
    nurse, doctor = (clinician(role)["clinician_id"] for role in (Role.NURSE, Role.DOCTOR))
    plan = {"idempotency_key": "v", "starts_at": "2026-05-04T10:00", "mode": "video", "lead": doctor}
    refused = await care_plan.http.post(f"{path}/visits", data=plan | {"lead": ""})
    assert refused.status_code == 422
    assert "Who comes</a>: This is required" in refused.text
    answer = await care_plan.http.post(f"{path}/visits", data=plan | {"clinicians": [nurse, doctor]})
    assert answer.status_code == 303, answer.text
    text = await page(care_plan, path)
    assert "By video: no address yet" in text
    assert "Doctor 1 and Nurse 1" in text
    (made,) = [one for one in await due_visits(care_plan) if one["mode"] == "video"]
    there = {
        "idempotency_key": "w",
        "mode": "video",
        "link": "https://video.example/room-9",
        "reason": "weather_or_road",
    }
    (first,) = [one for one in await due_visits(care_plan) if one["visit_id"] == visit["visit_id"]]
    answer = await care_plan.http.post(f"/visits/{first['visit_id']}/convert", data=there)
    assert answer.status_code == 303, answer.text
    for shown in (path, f"/visits/{first['visit_id']}", f"/visits/{first['visit_id']}/change"):
        assert 'href="https://video.example/room-9"' in await page(care_plan, shown), shown
    assert "no address yet" in await page(care_plan, f"/visits/{made['visit_id']}")


async def test_a_reported_day_is_kept_for_who_confirms_and_nothing_is_written_meanwhile(care_plan: Bench) -> None:
    visit = await one_visit(care_plan)
    path = f"/patients/{visit['patient_id']}"
    assert "What is planned is cancelled: visit 1" in await page(care_plan, f"{path}/change")
    told = await care_plan.command(f"/api{path}/report-death", {"source": "family", "died_on": "2026-03-02"})
    assert told.status_code == 200, told.text
    assert 'name="died_on" type="date" value="2026-03-02"' in await page(care_plan, f"{path}/change")
    for form in ("plan", "medicines"):
        assert "Care is held because" in await page(care_plan, f"{path}/{form}/write", 409)


async def test_what_is_wrong_in_a_folded_part_is_unfolded(care_plan: Bench) -> None:
    visit = await one_visit(care_plan)
    wrong = FORM | {"assessments.phq_9.self_harm": "9"}
    answer = await care_plan.http.post(f"/visits/{visit['visit_id']}", data=wrong)
    assert answer.status_code == 422
    assert answer.text.count('<details class="more" open><summary>PHQ-9') == 1


async def test_a_correction_is_signed_at_once_or_later(care_plan: Bench) -> None:
    visit = await completed(care_plan, FORM)
    path = f"/visits/{visit['visit_id']}"
    form = await page(care_plan, f"{path}/correct")
    assert "Correct and sign" in form
    assert "Correct, sign later" in form
    wrong = {"reason_text": "Another number", "assessments.akps": "40", "idempotency_key": "right", "sign": "false"}
    answer = await care_plan.http.post(f"{path}/correct", data=FORM | wrong)
    assert answer.status_code == 303, answer.text
    assert "Not signed" in await page(care_plan, path)


async def test_what_the_line_handed_over_is_on_the_patients_page_each_call_once(care_plan: Bench) -> None:
    patient = (await one_visit(care_plan))["patient_id"]
    call = HandedOver(
        call_id=new_id(), nurse="Anita Joseph", words="Pain at three; drops helped.", called_at=care_plan.now()
    )
    note = HandOverWritten(hand_over_id=new_id(), calls=(call,), written_at=care_plan.now())
    await care_plan.hears(note, patient=UUID(patient))
    shown = (await care_plan.http.get(f"/patients/{patient}", headers={"accept": "text/html"})).text
    assert shown.count("Pain at three; drops helped.") == 1
