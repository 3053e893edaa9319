"""What the service hears and what it tells, with everything delivered twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from carebus.contracts import patient_stream
from carebus.contracts.care_plan import (
    CarePlanDrafted,
    CareTeamAssigned,
    CareTeamAssignmentDelayed,
    CareTeamMemberChanged,
    ClinicianJoined,
    EpisodeOpened,
    VisitCompleted,
    VisitOverdue,
    VisitScheduled,
)
from carebus.contracts.people import Condition, Role
from carebus.contracts.referral import Priority
from carebus.ids import new_id
from carebus.testing import Bench, assert_published
from tests.care_plan.people import accepted, clinician, due_visits, staff

TUESDAY = datetime(2026, 3, 3, tzinfo=UTC)


async def test_an_accepted_referral_opens_an_episode_with_a_plan_a_team_and_a_visit(care_plan: Bench) -> None:
    await staff(care_plan)
    patient, referral = new_id(), accepted(conditions=(Condition.COPD, Condition.HEART_FAILURE))
    await care_plan.hears(referral, patient=patient, times=2)

    (opened,) = await assert_published(care_plan, EpisodeOpened, patient=patient, times=1)
    (drafted,) = await assert_published(care_plan, CarePlanDrafted, patient=patient, times=1)
    (assigned,) = await assert_published(care_plan, CareTeamAssigned, patient=patient, times=1)
    (scheduled,) = await assert_published(care_plan, VisitScheduled, patient=patient, times=1)
    assert opened.referral_id == referral.referral_id
    assert {drafted.episode_id, assigned.episode_id, scheduled.episode_id} == {opened.episode_id}
    assert drafted.concerns[0] == "breathlessness"
    assert drafted.concerns.count("breathlessness") == 1
    assert "fluid_overload" in drafted.concerns
    assert len(drafted.goals) == len(drafted.concerns)
    assert [member.role for member in assigned.members] == list(Role)
    assert [member.role for member in assigned.members if member.primary] == [Role.NURSE]
    assert scheduled.ordinal == 1
    assert scheduled.clinician.role is Role.NURSE
    told = [type(p.event).__name__ for p in await care_plan.all_published()]
    assert told[-4:] == ["EpisodeOpened", "CarePlanDrafted", "CareTeamAssigned", "VisitScheduled"]


async def test_a_second_referral_of_somebody_in_care_opens_no_second_episode(care_plan: Bench) -> None:
    await staff(care_plan)
    patient = new_id()
    await care_plan.hears(accepted(), patient=patient)
    handled = await care_plan.hears(accepted(priority=Priority.URGENT), patient=patient)
    assert len(handled.decided) == 1, "it is remembered, in case the first is taken back"
    await assert_published(care_plan, EpisodeOpened, patient=patient, times=1)
    await assert_published(care_plan, VisitScheduled, patient=patient, times=1)


async def test_an_urgent_first_visit_is_on_the_next_working_day_in_the_patients_zone(care_plan: Bench) -> None:
    await staff(care_plan)
    patient = new_id()
    await care_plan.hears(accepted(priority=Priority.URGENT, zone="Pacific/Honolulu"), patient=patient)
    (scheduled,) = await assert_published(care_plan, VisitScheduled, patient=patient)
    assert scheduled.starts_at == TUESDAY + timedelta(hours=19)  # 9 o'clock in Honolulu


async def test_without_room_the_delay_is_told_once_and_the_team_comes_with_the_missing_clinician(
    care_plan: Bench,
) -> None:
    await staff(care_plan, but=(Role.NURSE, Role.SOCIAL_WORKER))
    patient = new_id()
    await care_plan.hears(accepted(), patient=patient)
    (delayed,) = await assert_published(care_plan, CareTeamAssignmentDelayed, patient=patient, times=1)
    assert delayed.roles == (Role.NURSE, Role.SOCIAL_WORKER)
    await assert_published(care_plan, CarePlanDrafted, patient=patient, times=1)
    await care_plan.passes(hours=5)
    await assert_published(care_plan, CareTeamAssigned, patient=patient, times=0)

    await care_plan.command("/api/roster", clinician(Role.NURSE))
    (assigned,) = await assert_published(care_plan, CareTeamAssigned, patient=patient, times=1)
    assert {member.role for member in assigned.members} == set(Role) - {Role.SOCIAL_WORKER}
    await assert_published(care_plan, VisitScheduled, patient=patient, times=1)
    await assert_published(care_plan, CareTeamAssignmentDelayed, patient=patient, times=1)


async def test_care_starts_without_those_who_are_awaited_and_they_join_when_they_have_room(care_plan: Bench) -> None:
    await staff(care_plan, but=(Role.DOCTOR, Role.SOCIAL_WORKER))
    patient = new_id()
    await care_plan.hears(accepted(), patient=patient)
    await assert_published(care_plan, CareTeamAssigned, patient=patient, times=1)
    await assert_published(care_plan, CareTeamAssignmentDelayed, patient=patient, times=0)
    await care_plan.command("/api/roster", clinician(Role.SOCIAL_WORKER))
    (changed,) = await assert_published(care_plan, CareTeamMemberChanged, patient=patient, times=1)
    assert changed.joined
    assert changed.joined.role is Role.SOCIAL_WORKER
    await care_plan.passes(hours=5)
    await assert_published(care_plan, CareTeamMemberChanged, patient=patient, times=1)


async def test_a_visit_nobody_reports_is_overdue_once_a_day_after_its_time(care_plan: Bench) -> None:
    await staff(care_plan)
    patient = new_id()
    await care_plan.hears(accepted(priority=Priority.URGENT), patient=patient)
    (scheduled,) = await assert_published(care_plan, VisitScheduled, patient=patient)
    await care_plan.passes(seconds=(scheduled.starts_at - care_plan.now()).total_seconds() + 86_399)
    await assert_published(care_plan, VisitOverdue, patient=patient, times=0)
    await care_plan.passes(seconds=1)
    (overdue,) = await assert_published(care_plan, VisitOverdue, patient=patient, times=1)
    assert overdue.visit_id == scheduled.visit_id
    await care_plan.passes(days=3)
    await assert_published(care_plan, VisitOverdue, patient=patient, times=1)


async def test_a_completed_visit_is_never_overdue_and_the_next_one_may_be(care_plan: Bench) -> None:
    await staff(care_plan)
    patient = new_id()
    await care_plan.hears(accepted(priority=Priority.URGENT), patient=patient)
    await care_plan.passes(days=1)
    (visit,) = await due_visits(care_plan)
    body = {"assessments": {"phase": "unstable", "respondent": "patient"}}
    assert (await care_plan.command(f"/api/visits/{visit['visit_id']}/complete", body)).status_code == 200
    await assert_published(care_plan, VisitCompleted, patient=patient, times=1)
    _, second = await assert_published(care_plan, VisitScheduled, patient=patient, times=2)
    await care_plan.passes(days=2)
    await assert_published(care_plan, VisitOverdue, patient=patient, times=0)
    await care_plan.passes(days=9)
    (overdue,) = await assert_published(care_plan, VisitOverdue, patient=patient, times=1)
    assert overdue.visit_id == second.visit_id


async def test_a_hundred_at_once_share_the_staff_evenly_and_no_hour_is_booked_twice(care_plan: Bench) -> None:
    await staff(care_plan, each=4, capacity=30)
    records = []
    for n in range(100):
        patient = UUID(int=n + 1)
        records.append(care_plan.record(accepted(), patient_stream(patient)))
    for _ in range(2):
        await care_plan.deliver(*records)
    await care_plan.work()
    scheduled = await assert_published(care_plan, VisitScheduled, times=100)
    hours = {(visit.clinician.clinician_id, visit.starts_at) for visit in scheduled}
    assert len(hours) == 100
    roster = (await care_plan.http.get("/api/roster")).json()["items"]
    assert all(24 <= member["load"] <= 26 for member in roster)
    days = {visit.starts_at.date() for visit in scheduled}
    assert len(days) == 5


async def test_who_joins_is_told_on_the_roster(care_plan: Bench) -> None:
    await staff(care_plan)
    joined = await assert_published(care_plan, ClinicianJoined, times=4)
    assert {event.role for event in joined} == set(Role)
    assert {p.stream for p in await care_plan.all_published()} == {f"roster/{one.clinician_id}" for one in joined}


async def test_an_unknown_time_zone_is_parked_and_stops_nobody(care_plan: Bench) -> None:
    await staff(care_plan)
    lost, fine = new_id(), new_id()
    handled = await care_plan.hears(accepted(zone="Mars/Olympus"), patient=lost)
    assert handled.parked.total() == 1
    await care_plan.hears(accepted(), patient=fine)
    await assert_published(care_plan, EpisodeOpened, patient=fine, times=1)
