"""The clinic's decisions in any order: nobody is over capacity, nobody is in two places, every visit ends once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pydantic import BaseModel

from carebus.contracts import Event, patient_stream
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
from carebus.contracts.event import Stream
from carebus.contracts.people import Condition, Role
from carebus.contracts.referral import Priority
from carebus.decisions import Cause, Reaction, Timer, Wake, on
from carebus.testing import START
from services.care_plan.domain import decisions
from services.care_plan.domain.care import Care, VisitAlreadyCompleted, VisitUnknown
from services.care_plan.domain.decisions import ClinicianAlreadyJoined, CompleteVisit, JoinRoster
from services.care_plan.domain.plans import draft_plan
from services.care_plan.domain.roster import Roster
from services.care_plan.handlers import HANDLERS
from tests.care_plan.people import accepted

NAMES = UUID("0b1f9c4e-7a40-4f5e-8f44-0a0e5d2c7b55")
JOIN = on(Roster, decisions.join_roster)
COMPLETE = on(Care, Roster, decisions.complete_visit)
PATIENTS = st.integers(1, 9)


class Clinic:
    """Decisions put to work in memory: states by stream, timers by name, everything told."""

    def __init__(self) -> None:
        self.now = START
        self.cares: dict[Stream, Care] = {}
        self.roster = Roster()
        self.timers: dict[tuple[Stream, str], Wake] = {}
        self.told: list[tuple[Stream, Event]] = []
        self._causes = 0

    def decide(self, reaction: Reaction, stream: Stream, message: BaseModel) -> str | None:
        """Decide on one message and keep what follows; gives the reason if it was ignored."""
        self._causes += 1
        cause_id = uuid5(NAMES, str(self._causes))
        cause = Cause(cause_id, stream, self.now, "test", cause_id, self.now)
        states = [self.roster if kind is Roster else self.cares.get(stream, Care()) for kind in reaction.states]
        decision = reaction.decide(*states, message, cause)
        for state in decision.states:
            if isinstance(state, Roster):
                self.roster = state
            elif isinstance(state, Care):
                self.cares[stream] = state
        for name in decision.cancelled:
            self.timers.pop((stream, name), None)
        for wake in decision.wakes_at:
            self.timers[stream, wake.name] = wake
        self.told += [(stream, event) for event in decision.events]
        return decision.ignored

    def passes(self, span: timedelta) -> None:
        """Let time pass and fire what comes due, in order."""
        until = self.now + span
        while due := sorted((w.at, s, n) for (s, n), w in self.timers.items() if w.at <= until):
            at, stream, name = due[0]
            self.now = max(self.now, at)
            timer: Timer = self.timers.pop((stream, name)).timer
            self.decide(HANDLERS[type(timer)], stream, timer)
        self.now = until

    def join(self, role: Role, n: int, capacity: int) -> None:
        """A clinician joins."""
        body = JoinRoster(clinician_id=uuid5(NAMES, f"{role}/{n}"), name=f"{role} {n}", role=role, capacity=capacity)
        self.decide(JOIN, Stream("roster/main"), body)

    def take_on(self, n: int, priority: Priority = Priority.ROUTINE) -> str | None:
        """A referral of the nth patient is accepted."""
        event = accepted(priority=priority)
        return self.decide(HANDLERS[type(event)], patient_stream(UUID(int=n)), event)

    def complete(self, n: int, phase: Phase | None) -> UUID:
        """The nth patient's planned visit takes place."""
        care = self.cares[patient_stream(UUID(int=n))]
        assert care.planned
        body = CompleteVisit(visit_id=care.planned.visit_id, assessments=Assessments(phase=phase))
        self.decide(COMPLETE, patient_stream(UUID(int=n)), body)
        return body.visit_id

    def count(self, kind: type[Event]) -> Counter[Stream]:
        """How often each stream was told this."""
        return Counter(stream for stream, event in self.told if isinstance(event, kind))


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
        teams = Counter(one.clinician_id for care in self.clinic.cares.values() for one in care.team)
        for member in self.clinic.roster.members:
            assert member.load == teams[member.clinician_id] <= member.capacity

    @invariant()
    def nobody_is_in_two_places_at_once(self) -> None:
        coming = [care.planned for care in self.clinic.cares.values() if care.planned]
        taken = Counter((visit.clinician.clinician_id, visit.starts_at) for visit in coming)
        assert all(times == 1 for times in taken.values())

    @invariant()
    def a_team_is_whole_or_awaited(self) -> None:
        for stream, care in self.clinic.cares.items():
            assert [one.role for one in care.team] == ([] if care.awaited else list(Role))
            assert bool(care.planned) == bool(care.team)
            assert ((stream, "team") in self.clinic.timers) == bool(care.awaited)

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
            assert [visit.ordinal for visit in care.visits] == list(range(1, len(care.visits) + 1))
            if care.team:
                assert self.clinic.count(VisitScheduled)[stream] == self.clinic.count(VisitCompleted)[stream] + 1
                assert len(care.visits) == len(care.completed) + 1
            late = care.planned and care.planned.starts_at + timedelta(hours=24) <= self.clinic.now
            assert bool(care.planned and care.planned.overdue) == bool(late)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def full_clinic(each: int = 1, capacity: int = 25) -> Clinic:
    """A clinic with staff."""
    clinic = Clinic()
    for role in Role:
        for n in range(each):
            clinic.join(role, n, capacity)
    return clinic


def test_who_is_least_loaded_for_their_capacity_is_assigned_next() -> None:
    clinic = full_clinic(capacity=2)
    clinic.join(Role.NURSE, 9, 20)
    for n in range(1, 3):
        clinic.take_on(n)
    loads = {member.capacity: member.load for member in clinic.roster.members if member.role is Role.NURSE}
    assert loads == {2: 1, 20: 1}
    clinic.join(Role.DOCTOR, 9, 9)
    clinic.join(Role.SOCIAL_WORKER, 9, 9)
    clinic.join(Role.ADVANCED_PRACTICE_PROVIDER, 9, 9)
    clinic.take_on(3)
    assert {m.capacity: m.load for m in clinic.roster.members if m.role is Role.NURSE} == {2: 1, 20: 2}


def test_the_same_events_in_the_same_order_make_the_same_clinic() -> None:
    clinics = [full_clinic(each=3, capacity=5) for _ in range(2)]
    for clinic in clinics:
        for n in range(1, 16):
            clinic.take_on(n)
    first, second = ([(c.team, [v.starts_at for v in c.visits]) for c in clinic.cares.values()] for clinic in clinics)
    assert first == second
    assert {member.load for member in clinics[0].roster.members} == {5}


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
    nurse = next(member for member in clinic.roster.members if member.role is Role.NURSE)
    assert len(nurse.booked) == 1
    assert nurse.is_free(planned.starts_at, planned.minutes)


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
