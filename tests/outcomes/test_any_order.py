"""What is counted of visits follows from when they took place, in whatever order they are told and corrected."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts import Event, patient_stream
from carebus.contracts.care_plan import (
    Assessments,
    EsasR,
    SymptomFollowUpCancelled,
    SymptomFollowUpMet,
    SymptomFollowUpMissed,
    SymptomFollowUpOpened,
    VisitCompleted,
    VisitCorrected,
)
from carebus.decisions import Cause
from carebus.testing import START
from services.outcomes.domain import Journey
from services.outcomes.domain.courses import ANSWERS, KEPT, Course
from services.outcomes.handlers import HANDLERS
from tests.examples import example

STREAM = patient_stream(UUID(int=1))
HOUR = timedelta(hours=1)
VISITS = 5
Version = tuple[int, dict[str, Any]]


def counted(events: Iterable[Event], journey: Journey | None = None) -> Journey:
    """What a journey comes to."""
    known = journey or Journey(received_at=START)
    for event in events:
        cause = Cause(uuid4(), STREAM, START, "test", uuid4(), START)
        (after,) = HANDLERS[type(event)].decide(known, event, cause).states
        assert isinstance(after, Journey)
        known = after
    return known


def visit(n: int, version: Version, *, again: bool = False) -> Event:
    """The nth visit as it is told first, or as it is corrected."""
    hour, found = version
    times = {"started_at": START + hour * HOUR, "assessments": Assessments.model_validate(found)}
    said = {"visit_id": UUID(int=n + 1), "ordinal": n + 1, **times}
    ends = START + (hour + 1) * HOUR
    if again:
        return example(VisitCorrected).model_copy(update={**said, "ended_at": ends})
    return example(VisitCompleted).model_copy(update={**said, "completed_at": ends})


def versions() -> st.SearchStrategy[Version]:
    score = st.sampled_from([None, 1, 8])
    found = st.fixed_dictionaries(
        {},
        optional={
            "esas_r": st.fixed_dictionaries({"pain": score, "nausea": score}),
            "phase": st.sampled_from(["stable", "unstable"]),
            "akps": st.sampled_from([40, 60]),
        },
    )
    return st.tuples(st.integers(0, 99), found)


@given(st.data())
def test_any_order_of_visits_and_corrections_is_counted_as_the_last_versions_in_order(data: st.DataObject) -> None:
    said = [data.draw(st.lists(versions(), min_size=1, max_size=3)) for _ in range(VISITS)]
    order = data.draw(st.permutations([n for n, each in enumerate(said) for _ in each]))
    told = {n: iter(each) for n, each in enumerate(said)}
    known: set[int] = set()
    events = []
    for n in order:
        events.append(visit(n, next(told[n]), again=n in known))
        known.add(n)
    finals = {n: each[-1] for n, each in enumerate(said)}
    in_order = [visit(n, finals[n]) for n in sorted(finals, key=lambda n: (finals[n][0], n))]
    assert counted(events) == counted(in_order)


def test_first_and_latest_are_those_of_the_visits_times() -> None:
    early = visit(0, (3, {"esas_r": {"pain": 8}, "phase": "unstable", "akps": 60}))
    late = visit(1, (27, {"esas_r": {"pain": 2}, "phase": "stable", "akps": 40}))
    journey = counted([late, early])
    assert (journey.latest_phase, journey.latest_akps) == ("stable", 40)
    assert journey.first_esas is not None
    assert journey.latest_esas is not None
    assert (journey.first_esas.pain, journey.latest_esas.pain) == (8, 2)


def test_what_a_correction_takes_out_gives_way_to_the_answer_between() -> None:
    scores = [visit(n, (24 * n, {"esas_r": {"pain": n}, "akps": 40 + 10 * n})) for n in range(3)]
    journey = counted([*scores, visit(2, (48, {}), again=True)])
    assert journey.latest_esas is not None
    assert (journey.latest_esas.pain, journey.latest_akps, journey.assessed_visits) == (1, 50, 2)


def test_a_journey_stays_small_however_many_visits_there_are() -> None:
    journey = counted(visit(n, (24 * n, {"esas_r": {"pain": n % 9}, "akps": 50})) for n in range(200))
    assert len(journey.seen) <= 2 * KEPT * (len(ANSWERS) + 1)
    assert (journey.visits_completed, journey.assessed_visits) == (200, 200)


def test_a_journey_of_an_earlier_release_goes_on() -> None:
    ids = UUID(int=1), UUID(int=2)
    old = Journey(
        received_at=START,
        visits_completed=2,
        assessed_visits=2,
        first_visit_id=ids[0],
        first_visit_at=START,
        latest_visit_id=ids[1],
        latest_akps=40,
        courses={"pain": Course(first=8, first_visit_id=ids[0], latest=2, latest_visit_id=ids[1])},
        first_esas=EsasR(pain=8),
        latest_esas=EsasR(pain=2),
    )
    after = counted([visit(2, (99, {"esas_r": {"pain": 5}}))], old)
    assert (after.first_esas, after.latest_esas, after.latest_akps) == (EsasR(pain=8), EsasR(pain=5), 40)
    right = counted([visit(0, (0, {"esas_r": {"pain": 7}}), again=True)], after)
    assert (right.first_esas, right.assessed_visits) == (EsasR(pain=7), 3)


def follow_up(kind: type[Event], **said: Any) -> Event:
    return example(kind).model_copy(update=said)


def counts(*events: Event) -> tuple[int, int, int]:
    journey = counted(events)
    return journey.follow_ups, journey.follow_ups_met, journey.follow_ups_missed


def test_a_follow_up_that_was_missed_stays_counted_when_care_ends_and_not_when_it_was_wrong() -> None:
    opened = follow_up(SymptomFollowUpOpened, was="")
    missed, met = follow_up(SymptomFollowUpMissed), follow_up(SymptomFollowUpMet)
    for because, was, left in [
        ("care_ended", "missed", (1, 0, 1)),
        ("care_ended", "", (1, 0, 1)),
        ("corrected", "missed", (0, 0, 0)),
        ("corrected", "", (1, 0, 1)),
    ]:
        assert counts(opened, missed, follow_up(SymptomFollowUpCancelled, because=because, was=was)) == left
    assert counts(opened, follow_up(SymptomFollowUpCancelled, because="care_ended", was="open")) == (0, 0, 0)
    assert counts(opened, met, follow_up(SymptomFollowUpCancelled, because="corrected", was="met")) == (0, 0, 0)


def test_a_follow_up_told_again_is_counted_once() -> None:
    opened, met = follow_up(SymptomFollowUpOpened, was=""), follow_up(SymptomFollowUpMet)
    assert counts(opened, met, follow_up(SymptomFollowUpOpened, was="met")) == (1, 0, 0)
    assert counts(opened, follow_up(SymptomFollowUpOpened, was="open")) == (1, 0, 0)
