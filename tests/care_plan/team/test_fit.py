"""Who may look after whom, and the sentence that says why."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from carebus.contracts.care_plan import HomeArea, Licence
from carebus.contracts.people import Role
from services.care_plan.domain.team.clinicians import Leave
from services.care_plan.domain.team.costs import BARRED, Costs, ranked
from services.care_plan.domain.team.fit import Bar, Candidate, Wanted, bar_of, explained, why_nobody
from tests.care_plan.team.invented import DAY, NAMES, TRAVEL, WEIGHTS, candidate, wanted

ONE = timedelta(days=1)


def leave(first: date, last: date) -> Leave:
    return Leave(leave_id=UUID(int=1), first_day=first, last_day=last)


def said(one: Wanted, who: Candidate) -> str:
    return explained(one, who, TRAVEL.between(who.place, one.place), NAMES)


@pytest.mark.parametrize(
    ("who", "bar"),
    [
        (candidate(1), None),
        (candidate(1, role=Role.DOCTOR), Bar.OTHER_ROLE),
        (candidate(1, left_on=DAY - ONE), Bar.GONE),
        (candidate(1, left_on=DAY + 29 * ONE), Bar.GONE),
        (candidate(1, left_on=DAY + 30 * ONE), None),
        (candidate(1, licences=(Licence(state="NJ"),)), Bar.NOT_LICENSED),
        (candidate(1, licences=(Licence(state="NY", until=DAY),)), None),
        (candidate(1, licences=(Licence(state="NY", until=DAY - ONE),)), Bar.NOT_LICENSED),
        (candidate(9), Bar.ASKED_NOT),
        (candidate(1, leave=(leave(DAY, DAY),)), Bar.AWAY),
        (candidate(1, leave=(leave(DAY + ONE, DAY + 9 * ONE),)), None),
        (candidate(1, load=25), Bar.FULL),
        (candidate(1, load=30), Bar.FULL),
    ],
)
def test_what_bars_a_choice(who: Candidate, bar: Bar | None) -> None:
    assert bar_of(wanted(1, not_by=(UUID(int=9),)), who) is bar


def test_who_stands_in_for_some_days_is_licensed_and_there_on_all_of_them() -> None:
    week = wanted(1, until=DAY + 4 * ONE)
    assert bar_of(week, candidate(1, licences=(Licence(state="NY", until=DAY + 3 * ONE),))) is Bar.NOT_LICENSED
    assert bar_of(week, candidate(1, leave=(leave(DAY + 4 * ONE, DAY + 4 * ONE),))) is Bar.AWAY
    assert bar_of(week, candidate(1, left_on=DAY + 3 * ONE)) is Bar.GONE
    assert bar_of(week, candidate(1, left_on=DAY + 4 * ONE)) is None


def test_costs_forbid_what_is_barred_but_for_room() -> None:
    those = [
        candidate(1),
        candidate(2, load=25),
        candidate(3, licences=(Licence(state="NJ"),)),
        candidate(4, leave=(leave(DAY, DAY),)),
        candidate(5),
        candidate(6, left_on=DAY - ONE),
    ]
    row = Costs(those, WEIGHTS, TRAVEL).row(wanted(1, not_by=(UUID(int=5),)))
    assert [cost == BARRED for cost in row] == [False, False, True, True, True, True]


def test_a_choice_is_explained_in_a_sentence() -> None:
    who = candidate(1, load=14, languages=("es",), code="11201")
    assert said(wanted(1, language="es-MX"), who) == "Speaks Spanish, lives 9 km away, looks after 14 of 25."
    assert said(wanted(1), who) == "Lives 9 km away, looks after 14 of 25."
    assert said(wanted(1, language="zh", before=(UUID(int=1),)), who) == (
        "Looked after them before, does not speak Chinese, lives 9 km away, looks after 14 of 25."
    )
    assert said(wanted(1, skills=("wound_care",)), who) == ("Lacks wound care, lives 9 km away, looks after 14 of 25.")


def test_what_is_not_known_is_said() -> None:
    assert said(wanted(1, code="", state=""), candidate(1)) == (
        "Distance not known, looks after 0 of 25, licence not looked at, because the patient's state is not known."
    )
    assert said(wanted(1), candidate(1, licences=(), code="")) == (
        "Distance not known, looks after 0 of 25, licences not stated."
    )
    near = candidate(1, area=HomeArea(postal_code="11201", reach_km=5))
    assert said(wanted(1), near) == "Lives 9 km away and would travel 5 km, looks after 0 of 25."


@pytest.mark.parametrize(
    ("those", "why"),
    [
        ([], "There are no nurses."),
        ([candidate(1, left_on=DAY - ONE)], "There are no nurses."),
        ([candidate(1, licences=(Licence(state="NJ"),))], "No nurse is licensed in NY for that time."),
        ([candidate(9)], "There are no other nurses who may practise there."),
        ([candidate(1, leave=(leave(DAY, DAY),))], "All nurses who may practise there are on leave."),
        (
            [candidate(1, load=25), candidate(2, leave=(leave(DAY, DAY),))],
            "All nurses who may practise there and are not on leave have as many patients as they can.",
        ),
    ],
)
def test_why_there_is_nobody_is_said(those: list[Candidate], why: str) -> None:
    assert why_nobody(wanted(1, not_by=(UUID(int=9),)), those) == why


def test_weights_are_kilometres() -> None:
    near, far, speaks = candidate(1), candidate(2, code="12207"), candidate(3, code="12207", languages=("es",))
    costs = Costs([near, far, speaks], WEIGHTS, TRAVEL)
    plain, spanish = costs.row(wanted(1)), costs.row(wanted(1, language="es"))
    assert plain[1] == plain[2] > plain[0] == 0
    assert [b - a for a, b in zip(plain, spanish, strict=True)] == [WEIGHTS.language_km * 10] * 2 + [0]
    urgent = costs.row(wanted(1, urgent=True))
    assert urgent[1] == WEIGHTS.urgent_distance * plain[1]
    known = costs.row(wanted(1, before=(UUID(int=2),)))
    assert [b - a for a, b in zip(plain, known, strict=True)] == [
        WEIGHTS.continuity_km * 10,
        0,
        WEIGHTS.continuity_km * 10,
    ]


def test_each_further_patient_costs_a_clinician_more() -> None:
    bands = Costs([], WEIGHTS, TRAVEL).bands(candidate(1, load=3))
    assert sum(many for many, _ in bands) == 22
    assert [cost for _, cost in bands] == sorted(cost for _, cost in bands)
    assert sum(many for many, _ in Costs([], WEIGHTS, TRAVEL).bands(candidate(1, capacity=1000, load=1))) == 999
    assert Costs([], WEIGHTS, TRAVEL).bands(candidate(1, load=40)) == []


def test_a_coordinator_sees_everybody_the_best_first_and_who_is_barred_last() -> None:
    those = [candidate(1, load=25), candidate(2, code="12207"), candidate(3), candidate(4, role=Role.DOCTOR)]
    found = ranked(wanted(1), those, WEIGHTS, TRAVEL, NAMES)
    assert [(one.candidate.clinician_id.int, one.bar) for one in found] == [(3, None), (2, None), (1, Bar.FULL)]
    assert found[0].because == "Lives 0 km away, looks after 0 of 25."
