"""Leave, resignation and overload are answered without a gap, and as little changes as can be."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.contracts.care_plan import Licence, TeamChange
from carebus.contracts.people import Address, Role
from services.care_plan.channels.planner.problem import Cared, Caseload, Proposal
from services.care_plan.channels.planner.proposals import propose
from services.care_plan.domain.team.clinicians import Leave
from services.care_plan.domain.team.fit import Candidate, Wanted, bar_of
from tests.care_plan.team.invented import DAY, NAMES, TRAVEL, WEIGHTS, candidate

ONE = timedelta(days=1)
HORIZON = 60


def leave(first: int, last: int, n: int = 1) -> Leave:
    """From so many days after today to so many."""
    return Leave(leave_id=UUID(int=n), first_day=DAY + first * ONE, last_day=DAY + last * ONE)


def cared(n: int, by: int, *, code: str = "10001", **more: Any) -> Cared:
    """The nth patient, whom a nurse looks after."""
    address = Address(state="NY", postal_code=code)
    return Cared(patient_id=UUID(int=1000 + n), role=Role.NURSE, by=UUID(int=by), address=address, **more)


def proposed(patients: list[Cared], candidates: list[Candidate]) -> tuple[Proposal, ...]:
    loads = Counter(one.by for one in patients)
    return propose(
        Caseload(
            cared=tuple(patients),
            candidates=tuple(
                each.model_copy(update={"load": each.load + loads[each.clinician_id]}) for each in candidates
            ),
            weights=WEIGHTS,
            travel=TRAVEL,
            today=DAY,
            horizon_days=HORIZON,
            names=NAMES,
        )
    )


def told(proposals: tuple[Proposal, ...]) -> list[tuple[int, int, int | None, int, int | None]]:
    """Patient, who leaves, who joins, and the days from today."""
    return [
        (
            each.patient_id.int - 1000,
            each.leaves.int,
            each.joins.int if each.joins else None,
            (each.from_day - DAY).days,
            (each.until - DAY).days if each.until else None,
        )
        for each in proposals
    ]


def test_who_resigns_is_followed_on_the_next_day_for_good() -> None:
    found = proposed([cared(1, by=1), cared(2, by=2)], [candidate(1, left_on=DAY + 9 * ONE), candidate(2)])
    assert told(found) == [(1, 1, 2, 10, None)]
    assert found[0].reason is TeamChange.RESIGNED
    assert found[0].because == "Lives 0 km away, looks after 1 of 25."


def test_who_is_gone_already_is_followed_today() -> None:
    found = proposed([cared(1, by=1)], [candidate(1, left_on=DAY - 9 * ONE), candidate(2)])
    assert told(found) == [(1, 1, 2, 0, None)]


def test_leave_is_stood_in_for_on_its_days_as_far_as_they_lie_ahead() -> None:
    away = candidate(1, leave=(leave(-3, 4), leave(20, 30, 2), leave(HORIZON + 1, HORIZON + 9, 3)))
    found = proposed([cared(1, by=1)], [away, candidate(2)])
    assert told(found) == [(1, 1, 2, 0, 4), (1, 1, 2, 20, 30)]
    assert {each.reason for each in found} == {TeamChange.LEAVE}


def test_where_nobody_is_there_for_all_of_a_leave_several_stand_in_in_turn() -> None:
    found = proposed(
        [cared(1, by=1)],
        [candidate(1, leave=(leave(0, 13),)), candidate(2, leave=(leave(7, 20),)), candidate(3, leave=(leave(-5, 4),))],
    )
    of_patient = [each for each in told(found) if each[0] == 1]
    assert [each[2] for each in of_patient] == [2, 3]
    assert of_patient[0][3] == 0
    assert of_patient[0][4] is not None
    assert of_patient[1][3] == of_patient[0][4] + 1
    assert of_patient[1][4] == 13


def test_where_nobody_can_be_had_the_coordinator_is_told_why() -> None:
    found = proposed(
        [cared(1, by=1)], [candidate(1, leave=(leave(0, 6),)), candidate(2, licences=(Licence(state="NJ"),))]
    )
    assert told(found) == [(1, 1, None, 0, 6)]
    assert found[0].because == "There are no other nurses who may practise there."


def test_of_who_has_too_many_as_many_move_as_are_too_many_and_lose_least() -> None:
    here = [cared(n, by=1, code="11201" if n == 3 else "10001") for n in range(6)]
    found = proposed(here, [candidate(1, capacity=5), candidate(2, code="11201")])
    assert told(found) == [(3, 1, 2, 0, None)]
    assert found[0].reason is TeamChange.OVERLOAD


def test_who_is_near_death_does_not_move_for_overload_and_nobody_moves_where_there_is_no_room() -> None:
    here = [cared(n, by=1, stays=n != 2) for n in range(4)]
    assert told(proposed(here, [candidate(1, capacity=2), candidate(2)])) == [(2, 1, 2, 0, None)]
    assert proposed(here, [candidate(1, capacity=2), candidate(2, capacity=1, load=1)]) == ()


def test_whom_a_patient_is_not_to_have_is_not_proposed() -> None:
    one = cared(1, by=1, not_by=(UUID(int=2),))
    found = proposed([one], [candidate(1, left_on=DAY), candidate(2), candidate(3, code="12207")])
    assert told(found) == [(1, 1, 3, 1, None)]


def test_nothing_is_proposed_where_nothing_is_wrong() -> None:
    assert proposed([cared(n, by=n % 2 + 1) for n in range(6)], [candidate(1), candidate(2)]) == ()


@st.composite
def clinics(draw: st.DrawFn) -> tuple[list[Cared], list[Candidate]]:
    """Small clinics with leave and resignations at any time."""
    many = draw(st.integers(1, 5))
    days = st.integers(-5, 30)
    staff = []
    for n in range(1, many + 1):
        spans = sorted(draw(st.lists(days, max_size=4, unique=True)))
        away = tuple(leave(a, b, m) for m, (a, b) in enumerate(zip(spans[::2], spans[1::2], strict=False)))
        left_on = draw(st.one_of(st.none(), st.none(), days))
        staff.append(
            candidate(
                n,
                capacity=draw(st.integers(1, 4)),
                leave=away,
                left_on=None if left_on is None else DAY + left_on * ONE,
            )
        )
    patients = [cared(n, by=draw(st.integers(1, many))) for n in range(draw(st.integers(0, 6)))]
    return patients, staff


@given(clinics())
@settings(max_examples=150, deadline=None)
def test_on_every_day_ahead_each_patient_has_somebody_who_is_there_or_it_is_said_that_nobody_can_be_had(
    clinic: tuple[list[Cared], list[Candidate]],
) -> None:
    patients, staff = clinic
    found = proposed(patients, staff)
    by_id = {each.clinician_id: each for each in staff}
    for one in patients:
        for day in (DAY + n * ONE for n in range(31)):
            answers = [each for each in found if each.patient_id == one.patient_id and covers(each, day)]
            lacking = not (by_id[one.by].clinician.is_employed(day) and not by_id[one.by].clinician.is_away(day))
            assert not lacking or len([each for each in answers if each.reason is not TeamChange.OVERLOAD]) == 1
    for each in found:
        if each.joins is not None:
            again = Wanted(
                patient_id=each.patient_id,
                role=each.role,
                on=each.from_day,
                until=each.until,
                address=Address(state="NY"),
                not_by=(each.leaves,),
            )
            assert bar_of(again, by_id[each.joins]) is None


def covers(proposal: Proposal, day: date) -> bool:
    return proposal.from_day <= day and (proposal.until is None or day <= proposal.until)
