"""Where sources disagree on one medicine it is shown, with what each says and when; our team's word settles it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from carebus.contracts.care_plan import MedicineLine
from tests.care_plan.medicines.listing import MONDAY, line, look

SAYS_TAKEN = line(
    "Furosemide 40 MG Oral Tablet", dose_text="1 tablet", frequency_text="Once a day", route_text="by mouth"
)


@pytest.mark.parametrize(
    ("other", "differ"),
    [
        (line("Furosemide 40 MG Oral Tablet", source="hospital"), ()),
        (line("furosemide 40 mg Oral Tablet [Lasix]", source="hospital", frequency_text="once  a day"), ()),
        (line("Furosemide 20 MG Oral Tablet", source="hospital"), ("strength",)),
        (line("Furosemide 40 MG Oral Tablet", source="hospital", use="not_taken"), ("use",)),
        (line("Furosemide 40 MG Oral Tablet", source="hospital", use="unknown"), ()),
        (line("Furosemide 40 MG Oral Tablet", source="hospital", frequency_text="Twice a day"), ("frequency_text",)),
        (line("Furosemide 40 MG Oral Tablet", source="hospital", dose_text="2 tablets"), ("dose_text",)),
        (line("Furosemide 10 MG/ML Injection", source="hospital", route_text="iv"), ("strength", "route_text")),
        (line("Furosemide 20 MG Oral Tablet", 2), ()),
        (line("Digoxin 0.125 MG Oral Tablet", source="hospital", use="not_taken"), ()),
    ],
)
def test_what_differs_between_sources_is_named(other: MedicineLine, differ: tuple[str, ...]) -> None:
    found = look(SAYS_TAKEN, other).disagreements
    assert [each.differ for each in found] == ([differ] if differ else [])


def test_a_disagreement_says_who_said_what_and_when() -> None:
    (found,) = look(SAYS_TAKEN, line("Furosemide 40 MG Oral Tablet", source="hospital", use="not_taken")).disagreements
    assert found.says == (
        "Pharmacy, 2 Mar 2026: taken, 40 mg, 1 tablet, by mouth, Once a day; Hospital, 2 Mar 2026: not taken, 40 mg."
    )
    assert not found.settled


def test_a_strength_that_is_the_dose_is_said_once() -> None:
    same = line("Furosemide 20 MG Oral Tablet", source="hospital", dose_text="20 mg")
    (found,) = look(SAYS_TAKEN, same).disagreements
    assert found.says.count("20 mg") == 1


@pytest.mark.parametrize(("days", "settled"), [(-1, False), (0, True), (1, True)])
def test_our_team_settles_it_by_asking_afterwards(days: int, settled: bool) -> None:
    stopped = line("Furosemide 40 MG Oral Tablet", source="hospital", use="not_taken")
    asked = line("Furosemide 40 MG Oral Tablet", source="care_team", stated_on=MONDAY + timedelta(days=days))
    (found,) = look(SAYS_TAKEN, stopped, asked).disagreements
    assert found.settled is settled


def test_two_hospitals_are_two_sources_and_an_unread_name_is_compared_by_itself() -> None:
    one = line("the blue pill", source="hospital", source_name="North", use="taken")
    two = line("The blue  pill", source="hospital", source_name="South", use="not_taken")
    assert [each.differ for each in look(one, two).disagreements] == [("use",)]
