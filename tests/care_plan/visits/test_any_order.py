"""What is known, and what it sets off, follows from the times of visits and not from when somebody recorded them."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts.care_plan import (
    Phase,
    SafetyTaskOpened,
    SummaryPart,
    SymptomFollowUpCancelled,
    SymptomFollowUpMet,
    SymptomFollowUpOpened,
    UnstablePhaseFound,
    UnstablePhaseReviewed,
    VisitMode,
    VisitSummaryIssued,
)
from services.care_plan.domain.care import Care, Recent
from services.care_plan.domain.care.recent import MOST
from tests.care_plan.visits.visiting import Visiting

Answer = dict[str, Any]
VISITS = 4
LAST = 60
"""Hours after which nothing of these stories takes place."""
SEVERE, MILD = {"esas_r": {"pain": 8}}, {"esas_r": {"pain": 2}}


@cache
def before_all() -> tuple[Visiting, tuple[UUID, ...]]:
    """Visits are planned, one by telephone, and took place; nobody has recorded them yet."""
    visiting = Visiting()
    modes = (VisitMode.HOME, VisitMode.PHONE, VisitMode.HOME, VisitMode.HOME)
    ids = tuple(visiting.planned(2 + n, mode) for n, mode in enumerate(modes))
    visiting.passes(LAST + 1)
    return visiting, ids


def two() -> tuple[Visiting, UUID, UUID]:
    """Two visits in person of following days, the first at 3 o'clock and the second at 27, not recorded yet."""
    visiting = Visiting()
    first, second = visiting.planned(2), visiting.planned(26)
    visiting.passes(30)
    return visiting, first, second


def answers() -> st.SearchStrategy[Answer]:
    """What a visit found, with much left out."""
    score = st.sampled_from([None, 2, 5, 8])
    esas = st.fixed_dictionaries({"pain": score, "nausea": score})
    other = st.fixed_dictionaries({"symptom_name": st.sampled_from(["Itch", "itch ", "Hiccups"]), "score": score})
    return st.fixed_dictionaries(
        {},
        optional={
            "esas_r": esas,
            "esas_r_other": other,
            "sas": st.fixed_dictionaries({"pain": score}),
            "phase": st.sampled_from([Phase.STABLE, Phase.UNSTABLE]),
            "akps": st.sampled_from([40, 50]),
            "phq_9": st.sampled_from([{"self_harm": 0}, {"self_harm": 2}]),
        },
    )


def ends() -> st.SearchStrategy[int]:
    return st.integers(2, LAST)


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[tuple[int, int, Answer]], list[tuple[int, Answer]]]:
    """What is said of which visit, in order, of which the first is the record and the others correct it; the end."""
    finals = [(hour, draw(answers())) for hour in draw(st.lists(ends(), min_size=VISITS, max_size=VISITS))]
    said = [[*draw(st.lists(st.tuples(ends(), answers()), max_size=2)), final] for final in finals]
    order = draw(st.permutations([n for n, versions in enumerate(said) for _ in versions]))
    return [(n, *said[n].pop(0)) for n in order], finals


def stand(care: Care) -> dict[str, Any]:
    """All that follows from visits."""
    return {
        "found": care.found,
        "last": (care.last_visit_at, care.last_ordinal),
        "follow_ups": {(o.follow_up_id, o.symptom, o.named, o.band, o.score, o.due_on) for o in care.follow_ups},
        "unstable": care.unstable,
        "safety": {task.visit_id for task in care.safety_tasks},
    }


def open_by_what_was_told(visiting: Visiting) -> set[UUID]:
    """The follow-ups that somebody takes for open who hears only what is told."""
    still: set[UUID] = set()
    for _, event in visiting.clinic.told:
        if isinstance(event, SymptomFollowUpOpened):
            still.add(event.follow_up_id)
        elif isinstance(event, SymptomFollowUpMet | SymptomFollowUpCancelled):
            still.discard(event.follow_up_id)
    return still


@given(stories())
def test_any_order_of_recording_and_correcting_ends_as_recording_the_last_versions_in_order(
    story: tuple[list[tuple[int, int, Answer]], list[tuple[int, Answer]]],
) -> None:
    happened, finals = story
    start, ids = before_all()
    one, known = start.another(), dict[int, tuple[int, Answer]]()
    for n, hour, found in happened:
        if n not in known:
            one.recorded(ids[n], hour, found)
        elif known[n] != (hour, found):
            one.corrected(ids[n], found, hour)
        known[n] = (hour, found)
    other = start.another()
    for n in sorted(range(VISITS), key=lambda n: (finals[n][0], n)):
        other.recorded(ids[n], *finals[n])
    assert stand(one.care) == stand(other.care)
    late = {each.follow_up_id for each in one.care.follow_ups if each.missed}
    assert open_by_what_was_told(one) >= {each.follow_up_id for each in one.care.follow_ups} - late
    assert {each.visit_id for each in one.care.safety_tasks} <= {e.visit_id for e in one.told(SafetyTaskOpened)}


def test_an_earlier_visit_recorded_late_leaves_alerts_of_the_later_one_open() -> None:
    visiting, first, second = two()
    visiting.recorded(second, 27, {**SEVERE, "phase": "unstable"})
    visiting.recorded(first, 3, {**MILD, "phase": "stable"})
    assert [one.visit_id for one in visiting.care.follow_ups] == [second]
    assert visiting.care.unstable is not None
    assert visiting.care.phase is Phase.UNSTABLE
    assert not visiting.told(SymptomFollowUpMet)
    assert not visiting.told(UnstablePhaseReviewed)


def test_an_earlier_visit_recorded_late_opens_nothing_that_the_later_one_has_settled() -> None:
    visiting, first, second = two()
    visiting.recorded(second, 27, {**MILD, "phase": "stable"})
    visiting.recorded(first, 3, {**SEVERE, "phase": "unstable"})
    assert (visiting.care.follow_ups, visiting.care.unstable) == ((), None)
    assert not visiting.told(UnstablePhaseFound)
    (opened,), (met,) = visiting.told(SymptomFollowUpOpened), visiting.told(SymptomFollowUpMet)
    assert (opened.visit_id, met.visit_id) == (first, second)


def test_a_summary_never_compares_a_visit_with_a_later_one() -> None:
    visiting, first, second = two()
    visiting.recorded(second, 27, {**MILD, "akps": 40})
    visiting.recorded(first, 3, {**SEVERE, "akps": 60})
    said = {part.part: part.text for part in visiting.told(VisitSummaryIssued)[-1].sections}
    assert said[SummaryPart.CHANGED] == "First visit: nothing to compare with."


def test_a_correction_of_an_earlier_visit_redoes_what_no_later_one_has_answered() -> None:
    visiting, first, second = two()
    visiting.recorded(first, 3, {**SEVERE, "phq_9": {"self_harm": 0}, "phase": "stable"})
    visiting.recorded(second, 27, {"akps": 50})
    visiting.corrected(first, {**MILD, "phq_9": {"self_harm": 3}, "phase": "unstable"})
    assert visiting.care.follow_ups == ()
    assert [task.visit_id for task in visiting.care.safety_tasks] == [first]
    assert visiting.care.unstable is not None
    visiting.corrected(first, {**SEVERE, "phq_9": {"self_harm": 0}, "phase": "stable"})
    after = visiting.care
    assert [each.score for each in after.follow_ups] == [8]
    assert (after.safety_tasks, after.unstable) == ((), None)


def test_corrections_one_after_another_never_bring_back_what_was_corrected() -> None:
    visiting, first, second = two()
    visiting.recorded(first, 3, SEVERE)
    visiting.recorded(second, 27, MILD)
    visiting.corrected(first, {"esas_r": {"pain": 3}})
    visiting.corrected(second, {"akps": 50})
    answers = visiting.care.found.answers.esas_r
    assert answers is not None
    assert answers.pain == 3


def test_a_meeting_that_is_corrected_away_leaves_the_follow_up_open_again_under_its_id() -> None:
    visiting, first, second = two()
    visiting.recorded(first, 3, SEVERE)
    visiting.recorded(second, 27, MILD)
    visiting.corrected(second, {"akps": 50})
    opened, again = visiting.told(SymptomFollowUpOpened)
    assert (again.follow_up_id, again.was) == (opened.follow_up_id, "met")
    assert [one.follow_up_id for one in visiting.care.follow_ups] == [opened.follow_up_id]


def test_a_follow_up_says_what_its_visit_says_after_a_correction() -> None:
    visiting, first, _ = two()
    visiting.recorded(first, 3, {"esas_r": {"pain": 5}})
    visiting.corrected(first, SEVERE)
    assert [(one.band, one.score) for one in visiting.care.follow_ups] == [("severe", 8)]
    assert [(one.score, one.was) for one in visiting.told(SymptomFollowUpOpened)] == [(5, ""), (8, "open")]


def test_a_visit_that_was_moved_before_another_is_no_longer_the_last() -> None:
    visiting, first, second = two()
    visiting.recorded(first, 3, MILD)
    visiting.recorded(second, 27, SEVERE)
    visiting.corrected(second, SEVERE, ends=2)
    assert (visiting.care.last_visit_at, visiting.care.last_ordinal) == (
        visiting.at(3),
        visiting.record(first).planned.ordinal,  # type: ignore[union-attr]
    )


def test_the_document_stays_small_however_many_visits_there_are() -> None:
    visiting = Visiting()
    for n in range(3 * MOST):
        visiting.recorded(visiting.planned(24 * n + 25), *_after(visiting, 24 * n + 26))
    assert len(visiting.care.recent.visits) == MOST
    assert len(visiting.care.followed_up) <= MOST


def _after(visiting: Visiting, hour: int) -> tuple[int, Answer]:
    visiting.passes((visiting.at(hour) - visiting.clinic.now).total_seconds() / 3600)
    return hour, SEVERE if hour % 48 else MILD


def test_a_document_of_an_earlier_release_goes_on_from_what_it_knows() -> None:
    visiting, first, second = two()
    visiting.recorded(first, 3, SEVERE)
    place = next(place for place, state in visiting.clinic.states.items() if state is visiting.care)
    visiting.clinic.states[place] = visiting.care.but(recent=Recent())
    visiting.recorded(second, 27, MILD)
    visiting.corrected(second, {"akps": 50})
    visiting.corrected(first, MILD)
    assert visiting.care.found.answers.esas_r is not None
    assert visiting.care.found.answers.esas_r.pain == 2
    assert visiting.care.follow_ups == ()
