"""The clinic's decisions in any order: nobody is over capacity, nobody is in two places, every visit ends once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from carebus.contracts import patient_stream
from carebus.contracts.care_plan import (
    Assessments,
    CareTeamAssigned,
    CareTeamAssignmentDelayed,
    EpisodeOpened,
    Phase,
    VisitCompleted,
    VisitOverdue,
    VisitScheduled,
)
from carebus.contracts.people import Condition, Role
from carebus.contracts.referral import Priority
from services.care_plan.api.visits.commands import COMPLETE
from services.care_plan.domain.care import VisitUnknown
from services.care_plan.domain.plan.drafts import draft_plan
from services.care_plan.domain.team.joining import ClinicianAlreadyJoined
from services.care_plan.domain.team.staffing import PRESCRIBING, PRIMARY
from services.care_plan.domain.visits.completing import CompleteVisit, VisitAlreadyCompleted
from tests.care_plan.clinic import Clinic, full_clinic

PATIENTS = st.integers(1, 9)


class AnyOrder(RuleBasedStateMachine):
    """Joins, referrals, visits and time in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.clinic = Clinic()
        self.joined = 0

    @initialize(each=st.integers(0, 2))
    def the_clinic_opens(self, each: int) -> None:
        for role in list(Role) * each:
            self.somebody_joins(role, 3)

    @rule(role=st.sampled_from(Role), capacity=st.integers(1, 3))
    def somebody_joins(self, role: Role, capacity: int) -> None:
        self.joined += 1
        self.clinic.join(role, self.joined, capacity)

    @rule(n=PATIENTS, priority=st.sampled_from(Priority))
    def somebody_is_taken_on(self, n: int, priority: Priority) -> None:
        known = patient_stream(UUID(int=n)) in self.clinic.cares
        assert (self.clinic.take_on(n, priority) == "episode_already_open") == known

    @rule(hours=st.integers(1, 100))
    def time_passes(self, hours: int) -> None:
        self.clinic.passes(timedelta(hours=hours))

    @precondition(lambda self: any(care.planned for care in self.clinic.cares.values()))
    @rule(choice=st.integers(0, 100), phase=st.sampled_from([*Phase, None]))
    def a_visit_takes_place(self, choice: int, phase: Phase | None) -> None:
        planned = sorted(stream for stream, care in self.clinic.cares.items() if care.planned)
        n = UUID(planned[choice % len(planned)].partition("/")[2]).int
        visit_id = self.clinic.complete(n, phase)
        again = CompleteVisit(visit_id=visit_id, assessments=Assessments())
        with pytest.raises(VisitAlreadyCompleted):
            self.clinic.decide(COMPLETE, patient_stream(UUID(int=n)), again)

    @invariant()
    def nobody_has_more_patients_than_capacity(self) -> None:
        assert all(one.load <= one.clinician.capacity for one in self.clinic.people)

    @invariant()
    def nobody_is_in_two_places_at_once(self) -> None:
        hours = sorted(self.clinic.hours, key=lambda hour: (str(hour.clinician_id), hour.starts_at))
        for one, after in pairwise(hours):
            assert one.clinician_id != after.clinician_id or one.ends_at <= after.starts_at

    @invariant()
    def care_starts_with_a_nurse_and_who_prescribes_and_the_others_are_awaited(self) -> None:
        for care in self.clinic.cares.values():
            roles = {one.role for one in care.team}
            assert not roles or (PRIMARY in roles and roles & PRESCRIBING)
            assert bool(care.planned) == bool(care.team)
            assert not set(care.awaited) & roles

    @invariant()
    def nobody_is_awaited_who_has_room(self) -> None:
        room = {one.clinician.role for one in self.clinic.people if one.load < one.clinician.capacity}
        for care in self.clinic.cares.values():
            if care.team:
                assert not set(care.lacking) & room

    @invariant()
    def everything_is_told_once(self) -> None:
        for kind in (EpisodeOpened, CareTeamAssigned, CareTeamAssignmentDelayed):
            assert all(times == 1 for times in self.clinic.count(kind).values())
        overdue = Counter(event.visit_id for _, event in self.clinic.told if isinstance(event, VisitOverdue))
        assert all(times == 1 for times in overdue.values())

    @invariant()
    def a_completed_visit_is_never_overdue_afterwards(self) -> None:
        completed: set[UUID] = set()
        for _, event in self.clinic.told:
            if isinstance(event, VisitCompleted):
                completed.add(event.visit_id)
            assert not (isinstance(event, VisitOverdue) and event.visit_id in completed)

    @invariant()
    def visits_are_numbered_without_gaps_and_one_is_planned(self) -> None:
        for stream, care in self.clinic.cares.items():
            assert care.visits_made == care.completed + len(care.visits) == self.clinic.count(VisitScheduled)[stream]
            assert self.clinic.count(VisitCompleted)[stream] == care.completed
            assert len(care.visits) == bool(care.team)
            late = care.planned and care.planned.starts_at + timedelta(hours=24) <= self.clinic.now
            assert bool(care.planned and care.planned.overdue) == bool(late)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_the_same_events_in_the_same_order_make_the_same_clinic() -> None:
    clinics = [full_clinic(each=3, capacity=5) for _ in range(2)]
    for clinic in clinics:
        for n in range(1, 16):
            clinic.take_on(n)
    first, second = ([(c.team, [v.starts_at for v in c.visits]) for c in clinic.cares.values()] for clinic in clinics)
    assert first == second
    assert {one.load for one in clinics[0].people} == {5}


def test_the_sixteenth_patient_waits_when_there_is_room_for_fifteen() -> None:
    clinic = full_clinic(each=3, capacity=5)
    for n in range(1, 17):
        clinic.take_on(n)
    assert clinic.count(CareTeamAssignmentDelayed) == {patient_stream(UUID(int=16)): 1}
    assert clinic.cares[patient_stream(UUID(int=16))].awaited == tuple(Role)


def test_a_clinician_joins_once() -> None:
    clinic = full_clinic()
    with pytest.raises(ClinicianAlreadyJoined):
        clinic.join(Role.NURSE, 0, 3)


def test_a_visit_that_was_never_planned_is_unknown() -> None:
    clinic = full_clinic()
    clinic.take_on(1)
    stranger = CompleteVisit(visit_id=UUID(int=7), assessments=Assessments())
    with pytest.raises(VisitUnknown):
        clinic.decide(COMPLETE, patient_stream(UUID(int=1)), stranger)


def test_a_visit_completed_early_gives_its_hour_back() -> None:
    clinic = full_clinic()
    clinic.take_on(1)
    planned = clinic.cares[patient_stream(UUID(int=1))].planned
    assert planned
    clinic.complete(1, Phase.STABLE)
    (hour,) = clinic.hours
    assert hour.starts_at > planned.starts_at


def test_a_visit_without_a_phase_keeps_the_last_known_one() -> None:
    clinic = full_clinic()
    clinic.take_on(1)
    clinic.complete(1, Phase.UNSTABLE)
    clinic.passes(timedelta(days=3))
    clinic.complete(1, None)
    care = clinic.cares[patient_stream(UUID(int=1))]
    assert care.phase is Phase.UNSTABLE
    assert care.planned
    assert (care.planned.starts_at.date() - clinic.now.date()).days <= 3


@pytest.mark.parametrize("conditions", [(), (Condition.CANCER,), tuple(Condition)])
def test_a_plan_answers_every_concern_once(conditions: tuple[Condition, ...]) -> None:
    plan = draft_plan(UUID(int=1), conditions)
    assert len(set(plan.concerns)) == len(plan.concerns) == len(plan.goals) > 0
    assert "wishes_not_yet_known" in plan.concerns
