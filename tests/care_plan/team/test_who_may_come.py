"""Whoever is sent is licensed where the patient lives, still here and not away; what was arranged stays possible."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from carebus.contracts.care_plan import CareTeamMemberChanged, VisitCancelled, VisitRescheduled, VisitScheduled
from carebus.contracts.people import Role
from carebus.contracts.referral import Priority, ReferralAccepted
from carebus.testing import Bench, assert_published
from tests.care_plan.people import accepted, clinician, due_visits, staff
from tests.care_plan.team.test_standing_in import HTML, nurse_of, proposals


async def one_more(bench: Bench, role: Role = Role.NURSE, n: int = 7, **more: Any) -> str:
    """Somebody else on the roster."""
    answer = await bench.command("/api/roster", {**clinician(role, n), **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["clinician_id"])


async def a_patient(bench: Bench) -> tuple[UUID, str]:
    """Somebody in care, and the path of their commands."""
    await staff(bench)
    await bench.hears(accepted(priority=Priority.URGENT, state="NY"), patient=(patient := uuid4()))
    return patient, f"/api/patients/{patient}"


async def test_nobody_without_a_licence_is_sent_or_joins_a_team(care_plan: Bench) -> None:
    patient, path = await a_patient(care_plan)
    elsewhere = await one_more(care_plan, licences=[{"state": "TX"}])
    planned = await care_plan.command(
        f"{path}/visits", {"clinicians": [elsewhere], "starts_at": "2026-03-10T15:00:00Z"}
    )
    assert (planned.status_code, planned.json()["code"]) == (422, "not_licensed_there")
    assert planned.json()["errors"][0]["field"] == "clinicians"
    change = {"joins": elsewhere, "leaves": await nurse_of(care_plan, patient), "reason": "request"}
    joined = await care_plan.command(f"{path}/change-team", change)
    assert (joined.status_code, joined.json()["errors"][0]["field"]) == (422, "joins")


@pytest.mark.parametrize("why", ["leave", "gone"])
async def test_nobody_who_is_away_or_gone_is_sent_nor_a_visit_moved_there(care_plan: Bench, why: str) -> None:
    _, path = await a_patient(care_plan)
    who = await one_more(care_plan)
    if why == "leave":
        await care_plan.command(f"/api/roster/{who}/leave", {"first_day": "2026-03-09", "last_day": "2026-03-13"})
    else:
        await care_plan.command(f"/api/roster/{who}/resign", {"last_day": "2026-03-08"})
    body = {"clinicians": [who], "starts_at": "2026-03-10T15:00:00Z"}
    assert (await care_plan.command(f"{path}/visits", body)).json()["code"] == "not_there_then"
    before = await care_plan.command(f"{path}/visits", {**body, "starts_at": "2026-03-06T15:00:00Z"})
    assert before.status_code == 201
    (visit,) = [one for one in await due_visits(care_plan) if one["clinician"]["clinician_id"] == who]
    moved = {"starts_at": "2026-03-11T15:00:00Z", "reason": "another_time"}
    refused = await care_plan.command(f"/api/visits/{visit['visit_id']}/reschedule", moved)
    assert refused.json()["code"] == "not_there_then", refused.text


async def test_the_end_of_a_licence_is_answered_with_a_proposal(care_plan: Bench) -> None:
    patient, _ = await a_patient(care_plan)
    nurse = await nurse_of(care_plan, patient)
    other = await one_more(care_plan)
    await care_plan.command(f"/api/roster/{nurse}/change", {"licences": [{"state": "NY", "until": "2026-03-12"}]})
    (proposed,) = await proposals(care_plan)
    assert (proposed["reason"], proposed["from_day"], proposed["joins"]) == ("licence_ends", "2026-03-13", other)


async def test_the_same_person_named_twice_comes_once_and_two_never_in_one_hour(care_plan: Bench) -> None:
    _, path = await a_patient(care_plan)
    who, other = await one_more(care_plan), await one_more(care_plan, Role.DOCTOR, 8)
    body = {"clinicians": [who, who], "starts_at": "2026-03-10T15:00:00Z"}
    assert (await care_plan.command(f"{path}/visits", body)).status_code == 201
    then = await care_plan.command(f"{path}/visits", {"clinicians": [other], "starts_at": "2026-03-10T15:30:00Z"})
    assert (then.status_code, then.json()["code"]) == (409, "somebody_comes_then")


@pytest.mark.parametrize("at", ["9999-12-31T23:00:00Z", "9999-12-31T23:00:00-12:00", "2031-01-01T10:00:00Z"])
async def test_a_visit_far_ahead_is_refused_at_its_field(care_plan: Bench, at: str) -> None:
    _, path = await a_patient(care_plan)
    refused = await care_plan.command(f"{path}/visits", {"clinicians": [await one_more(care_plan)], "starts_at": at})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "starts_at")


async def test_leave_that_is_over_and_a_last_day_long_ago_are_refused(care_plan: Bench) -> None:
    await staff(care_plan)
    who = await one_more(care_plan)
    over = await care_plan.command(f"/api/roster/{who}/leave", {"first_day": "2025-11-01", "last_day": "2025-11-03"})
    assert (over.status_code, over.json()["code"]) == (422, "leave_is_over")
    ago = await care_plan.command(f"/api/roster/{who}/resign", {"last_day": "2025-10-01"})
    assert (ago.status_code, ago.json()["code"]) == (422, "left_too_long_ago")


async def test_an_approved_change_is_not_approved_twice_and_not_proposed_again(care_plan: Bench) -> None:
    patient, path = await a_patient(care_plan)
    nurse, other = await nurse_of(care_plan, patient), await one_more(care_plan)
    await care_plan.command(f"/api/roster/{nurse}/leave", {"first_day": "2026-03-09", "last_day": "2026-03-13"})
    (proposed,) = await proposals(care_plan)
    assert proposed["joins"] == other
    await care_plan.http.post(f"/proposals/{proposed['proposal_id']}", data={}, headers=HTML)
    await care_plan.passes(hours=3)
    assert await proposals(care_plan) == []
    again = {"joins": other, "leaves": nurse, "from_day": "2026-03-09", "reason": "leave"}
    refused = await care_plan.command(f"{path}/arrange-team", again)
    assert (refused.status_code, refused.json()["code"]) == (409, "arranged_already")
    far = {**again, "from_day": "2026-03-20", "until": "9999-12-31"}
    assert (await care_plan.command(f"{path}/arrange-team", far)).json()["code"] == "ends_too_far_ahead"


async def test_who_has_left_by_then_does_not_join_although_it_was_approved(care_plan: Bench) -> None:
    patient, path = await a_patient(care_plan)
    nurse, other = await nurse_of(care_plan, patient), await one_more(care_plan)
    change = {"joins": other, "leaves": nurse, "from_day": "2026-03-11", "reason": "request"}
    assert (await care_plan.command(f"{path}/arrange-team", change)).status_code == 200
    await care_plan.command(f"/api/roster/{other}/resign", {"last_day": "2026-03-08"})
    await care_plan.passes(days=10)
    assert await nurse_of(care_plan, patient) == nurse


async def test_who_was_away_comes_back_also_when_the_stand_in_was_replaced_meanwhile(care_plan: Bench) -> None:
    patient, path = await a_patient(care_plan)
    nurse = await nurse_of(care_plan, patient)
    second, third = await one_more(care_plan, n=7), await one_more(care_plan, n=8)
    away = {"joins": second, "leaves": nurse, "from_day": "2026-03-02", "until": "2026-03-06", "reason": "leave"}
    assert (await care_plan.command(f"{path}/arrange-team", away)).status_code == 200
    instead = {"joins": third, "leaves": second, "reason": "request"}
    assert (await care_plan.command(f"{path}/change-team", instead)).status_code == 200
    await care_plan.passes(days=6)
    assert await nurse_of(care_plan, patient) == nurse


async def test_a_visit_that_began_stays_with_whoever_leaves_to_be_reported(care_plan: Bench) -> None:
    patient, path = await a_patient(care_plan)
    nurse, other = await nurse_of(care_plan, patient), await one_more(care_plan)
    (visit,) = await due_visits(care_plan)
    await care_plan.passes(days=2)  # its time is over, and nobody has reported it
    change = {"joins": other, "leaves": nurse, "reason": "request"}
    assert (await care_plan.command(f"{path}/change-team", change)).status_code == 200
    await assert_published(care_plan, VisitCancelled, patient=patient, times=0)
    assert [one["visit_id"] for one in await due_visits(care_plan)] == [visit["visit_id"]]


async def test_who_leaves_the_team_comes_along_to_no_visit_any_more(care_plan: Bench) -> None:
    patient, path = await a_patient(care_plan)
    roster = {one["role"]: one["clinician_id"] for one in (await care_plan.http.get("/api/roster")).json()["items"]}
    other = await one_more(care_plan, Role.DOCTOR, 8)
    joint = {"clinicians": [roster["nurse"], roster["doctor"]], "starts_at": "2026-03-10T15:00:00Z"}
    assert (await care_plan.command(f"{path}/visits", joint)).status_code == 201
    change = {"joins": other, "leaves": roster["doctor"], "reason": "request"}
    assert (await care_plan.command(f"{path}/change-team", change)).status_code == 200
    (moved,) = await assert_published(care_plan, VisitRescheduled, patient=patient)
    assert moved.others == ()
    await care_plan.hears(accepted(), patient=(second := uuid4()))
    free = {"clinicians": [roster["doctor"]], "starts_at": "2026-03-10T15:00:00Z"}
    assert (await care_plan.command(f"/api/patients/{second}/visits", free)).status_code == 201
    await assert_published(care_plan, CareTeamMemberChanged, patient=patient)


async def test_a_postal_code_that_is_none_keeps_nobody_else_waiting(care_plan: Bench) -> None:
    await staff(care_plan)
    odd = accepted()
    at = odd.patient.address.model_copy(update={"postal_code": "١٢٣٤٥"})
    odd = ReferralAccepted.model_validate(
        odd.model_dump() | {"patient": odd.patient.model_copy(update={"address": at}).model_dump()}
    )
    await care_plan.hears(odd, patient=uuid4())
    await care_plan.hears(accepted(), patient=(other := uuid4()))
    await assert_published(care_plan, VisitScheduled, patient=other)
    refused = await care_plan.command(
        "/api/roster", {**clinician(Role.NURSE, 9), "area": {"postal_code": "١٢٣٤٥", "town": "Troy", "state": "NY"}}
    )
    assert refused.status_code == 422


async def test_a_search_for_what_is_no_text_finds_nobody(care_plan: Bench) -> None:
    await a_patient(care_plan)
    found = await care_plan.http.post("/find", data={"named": "\0"}, headers=HTML)
    assert found.status_code in {200, 422}
    assert (await care_plan.http.get("/api/visits?due_by=9999-12-31T23:59:59-12:00")).status_code == 422
