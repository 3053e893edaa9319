"""Finds a team: the problem that the solver is given, and what its answer means for each patient."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from carebus.contracts.event import Stream, subject_id
from carebus.contracts.people import Role, TeamMember
from carebus.contracts.referral import Priority
from carebus.web.people import LANGUAGES
from services.care_plan.channels.planner.problem import Assignment, Problem
from services.care_plan.domain.care import Care
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.team.fit import Candidate, Wanted
from services.care_plan.domain.team.staffing import PRIMARY, TakeIntoCare, suffices
from services.care_plan.store.rulesets import assignment_weights, travel_rules
from services.care_plan.store.team import Looking

WEEK = 7
Assign = Callable[[Problem], Awaitable[Assignment]]
"""Solves a problem, wherever."""


async def find(
    cares: Mapping[Stream, Care],
    people: Sequence[Looking],
    now: datetime,
    assign: Assign,
    own_rules: Path | None = None,
) -> dict[Stream, TakeIntoCare]:
    """Who can join each of these teams, and which professions nobody can be had of; `own_rules` go before ours.

    Somebody who is of no use yet, such as a doctor for a patient without a nurse, is left to others who wait.
    """
    found: dict[Stream, TakeIntoCare] = {}
    left = dict(cares)
    while left:
        proposed = _found(left, people, await assign(_problem(left, people, now, own_rules)))
        in_vain = _in_vain(left, proposed)
        for stream in in_vain or tuple(left):
            found[stream] = proposed[stream]
            del left[stream]
    return found


def _in_vain(cares: Mapping[Stream, Care], proposed: Mapping[Stream, TakeIntoCare]) -> list[Stream]:
    """Patients whose care can't start with those who were found for them: first those who would have no nurse."""
    waiting = [stream for stream, care in cares.items() if not care.team and proposed[stream].members]
    without = [stream for stream in waiting if not any(m.role is PRIMARY for m in proposed[stream].members)]
    return without or [stream for stream in waiting if not suffices(proposed[stream].members)]


def _problem(cares: Mapping[Stream, Care], people: Sequence[Looking], now: datetime, own_rules: Path | None) -> Problem:
    """Who these patients lack, and who there is."""
    wanted = tuple(each for stream, care in cares.items() for each in _wanted(stream, care, now))
    candidates = tuple(Candidate(clinician=one.clinician, load=one.load) for one in people)
    return Problem(
        wanted=wanted,
        candidates=candidates,
        weights=assignment_weights(own_rules),
        travel=travel_rules(own_rules),
        names=LANGUAGES,
    )


def _wanted(stream: Stream, care: Care, now: datetime) -> Iterator[Wanted]:
    assert care.patient is not None, "who is in care is known"
    waited = now - (care.opened_at or now)
    for role in care.lacking:
        yield Wanted(
            patient_id=UUID(subject_id(stream)),
            role=role,
            on=day_of(care, now),
            address=care.patient.address,
            language=care.patient.language,
            urgent=care.priority is Priority.URGENT,
            waiting_weeks=max(0, waited.days // WEEK),
            before=tuple(member.clinician_id for member in care.former_team),
        )


def _found(
    cares: Mapping[Stream, Care], people: Sequence[Looking], assignment: Assignment
) -> dict[Stream, TakeIntoCare]:
    """Who can join each of these teams, and which professions nobody can be had of."""
    members = {one.clinician.clinician_id: one.clinician.as_member() for one in people}
    chosen: dict[UUID, list[TeamMember]] = {}
    explained: dict[UUID, dict[Role, str]] = {}
    for choice in assignment.choices:
        chosen.setdefault(choice.patient_id, []).append(members[choice.clinician_id])
        explained.setdefault(choice.patient_id, {})[choice.role] = choice.because
    lacking: dict[UUID, list[Role]] = {}
    for one in assignment.unassigned:
        lacking.setdefault(one.patient_id, []).append(one.role)
    ids = {stream: UUID(subject_id(stream)) for stream in cares}
    return {
        stream: TakeIntoCare(
            members=tuple(chosen.get(of, ())), lacking=tuple(lacking.get(of, ())), explained=explained.get(of, {})
        )
        for stream, of in ids.items()
    }
