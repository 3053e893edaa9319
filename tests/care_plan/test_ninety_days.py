"""The sample's patients live ninety days in the clinic twice from one seed: equal, and no rule is broken."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from itertools import pairwise
from typing import TypeVar
from uuid import UUID, uuid5

import pytest

from carebus.contracts import patient_stream
from carebus.contracts.care_plan import (
    Assessments,
    SymptomFollowUpCancelled,
    SymptomFollowUpMet,
    SymptomFollowUpMissed,
    SymptomFollowUpOpened,
    VisitCompleted,
    VisitScheduled,
)
from carebus.contracts.event import Event
from carebus.contracts.people import Address, Person, Role
from carebus.contracts.referral import Priority, ReferralAccepted
from deploy.local.clinic import SEED
from deploy.local.invented import assessments, roster
from deploy.local.patient import Patient
from deploy.local.synthea import Sample
from services.care_plan.api.visits.commands import COMPLETE
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.team.joining import JoinRoster
from services.care_plan.domain.team.staffing import PRESCRIBING, PRIMARY
from services.care_plan.domain.visits.completing import CompleteVisit
from services.care_plan.store.team import clinician_stream
from tests.care_plan.clinic import JOIN, NAMES, Clinic

E = TypeVar("E", bound=Event)
DAYS = 90
MANY = 30
"""Of the sample's patients; the clinic has room for all."""


def taken_on(patient: Patient, day: int) -> ReferralAccepted:
    """The acceptance of a patient of the sample, on one of the first days."""
    return ReferralAccepted(
        referral_id=uuid5(NAMES, patient.source_id),
        priority=Priority.URGENT if patient.urgent else Priority.ROUTINE,
        patient=Person(
            given_name=patient.given_name,
            family_name=patient.family_name,
            birth_date=patient.birth_date,
            address=Address(city=patient.city, state=patient.state, postal_code=patient.postal_code),
        ),
        conditions=patient.conditions,
        accepted_at=Sample().opens_at.astimezone(UTC) + timedelta(days=day),
    )


def lived() -> Clinic:
    """The clinic after ninety days in which every visit took place when it was due."""
    clinic, sample = Clinic(), Sample()
    clinic.now = sample.opens_at.astimezone(UTC)
    for one in roster(SEED):
        clinic.decide(JOIN, clinician_stream(one.clinician_id), JoinRoster.model_validate(one.body()))
    patients = [each for each in sample.patients() if each.conditions and not each.died_on][:MANY]
    streams = {patient_stream(UUID(int=n + 1)): each for n, each in enumerate(patients)}
    for day in range(DAYS):
        for n, (stream, patient) in enumerate(streams.items()):
            if n % 10 == day:
                clinic.decide_on(stream, taken_on(patient, day))
        clinic.passes(timedelta(days=1))
        for stream, patient in streams.items():
            care = clinic.cares.get(stream)
            for visit in care.visits if care else ():
                if visit.starts_at <= clinic.now:
                    found = Assessments.model_validate(assessments(SEED, patient, visit.ordinal).model_dump())
                    clinic.decide(COMPLETE, stream, CompleteVisit(visit_id=visit.visit_id, assessments=found))
        clinic.plan()
    return clinic


@pytest.fixture(scope="module")
def twice() -> tuple[Clinic, Clinic]:
    return lived(), lived()


def of(clinic: Clinic, kind: type[E]) -> list[E]:
    return [event for _, event in clinic.told if isinstance(event, kind)]


def test_both_lives_are_the_same(twice: tuple[Clinic, Clinic]) -> None:
    first, second = twice
    assert [event.model_dump_json() for _, event in first.told] == [e.model_dump_json() for _, e in second.told]
    assert first.states == second.states
    assert len(of(first, VisitCompleted)) > MANY * 6


def test_everybody_has_a_team_that_may_practise_there_within_its_room(twice: tuple[Clinic, Clinic]) -> None:
    clinic, _ = twice
    assert len(clinic.cares) == MANY
    people = {one.clinician.clinician_id: one.clinician for one in clinic.people}
    for care in clinic.cares.values():
        roles = {member.role for member in care.team}
        assert PRIMARY in roles
        assert roles & PRESCRIBING
        assert all(people[member.clinician_id].licensed_in("MA", date(2026, 12, 1)) for member in care.team)
    assert all(one.load <= one.clinician.capacity for one in clinic.people)


def test_nobody_was_ever_in_two_places_or_at_work_on_a_free_day(twice: tuple[Clinic, Clinic]) -> None:
    clinic, _ = twice
    people = {one.clinician.clinician_id: one.clinician for one in clinic.people}
    booked = sorted(
        (event.clinician.clinician_id, event.starts_at, event.minutes) for event in of(clinic, VisitScheduled)
    )
    for (who, starts, minutes), (other, then, _) in pairwise(booked):
        assert who != other or starts + timedelta(minutes=minutes) <= then
    zone_care = next(iter(clinic.cares.values()))
    assert all(people[who].hours_on(day_of(zone_care, starts)) is not None for who, starts, _ in booked)


def test_every_strong_symptom_was_followed_up_or_its_miss_is_told(twice: tuple[Clinic, Clinic]) -> None:
    clinic, _ = twice
    opened = {event.follow_up_id for event in of(clinic, SymptomFollowUpOpened)}
    ended = [event.follow_up_id for event in of(clinic, SymptomFollowUpMet)]
    ended += [event.follow_up_id for event in of(clinic, SymptomFollowUpMissed)]
    ended += [event.follow_up_id for event in of(clinic, SymptomFollowUpCancelled)]
    still = {one.follow_up_id for care in clinic.cares.values() for one in care.follow_ups if not one.missed}
    assert opened == {*ended, *still}
    assert len(ended) == len(set(ended))
    assert opened


def test_a_patients_document_stays_small(twice: tuple[Clinic, Clinic]) -> None:
    clinic, _ = twice
    assert max(len(care.model_dump_json()) for care in clinic.cares.values()) < 12_000
    assert {role for care in clinic.cares.values() for role in {member.role for member in care.team}} == set(Role)
