"""What a new version changes is told over every combination of the questions of both."""

from __future__ import annotations

from services.line.domain.protocols.comparing import difference
from tests.line.protocols.samples import FEVER, fever, said, step

NECK, HOT = FEVER["steps"]


def test_a_version_that_only_says_it_better_changes_nothing() -> None:
    assert difference(fever(), fever(version=2, title=said("High temperature"))).outcomes == ()


def test_changed_outcomes_are_counted_each_with_a_case() -> None:
    warmer = {**HOT, "when": {"all": [{"fact": "degrees", "at_least": 38}, HOT["when"]["all"][1]]}}
    found = difference(fever(), fever(version=2, steps=[NECK, warmer]))
    said_of = {(one.before, one.after): (one.combinations, one.example) for one in found.outcomes}
    assert said_of[("care_at_home", "call_back_today")] == (1, "stiff_neck = no, degrees = 38, drinks = little")
    assert found.combinations == 3 * 4 * 3


def test_a_new_question_is_told_with_what_it_adds() -> None:
    rash = {"id": "rash", "red_flag": True, "ask": said("A rash?")}
    steps = [step("rash", {"fact": "rash", "is": True}, "call_911"), NECK, HOT]
    found = difference(fever(), fever(version=2, questions=[rash, *FEVER["questions"]], steps=steps))
    assert (found.added, found.dropped) == (("rash",), ())
    assert ("care_at_home", "call_911") in {(one.before, one.after) for one in found.outcomes}
