"""The line in numbers: each call counts once in whatever order it is told, and small counts of patients are hidden."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.contracts import Event, patient_stream
from carebus.contracts.event import Stream, Subject
from carebus.contracts.line import (
    CallAbandoned,
    CallAnswered,
    CallbackMade,
    CallbackMissed,
    CallbackPromised,
    CallReceived,
    CallTriaged,
    CallTriageWithdrawn,
    HospitalAdvice,
)
from carebus.decisions import Cause, State
from carebus.testing import START, Bench
from services.outcomes.api.calls import share
from services.outcomes.domain.calling import Advised, Called
from services.outcomes.handlers import HANDLERS
from tests.examples import example

HTML = {"accept": "text/html"}
MINUTE = timedelta(minutes=1)


def call(n: int) -> Stream:
    return Subject.CALL.stream(UUID(int=n))


def advice(n: int, hospital: HospitalAdvice, at: int = 0) -> CallTriaged:
    return example(CallTriaged, call_id=UUID(int=n), hospital=hospital, triaged_at=START + at * MINUTE)


def of_one_call(n: int) -> list[Event]:
    """Answered after n seconds, with one callback in time and one that came due and was made late."""
    one, other = UUID(int=2 * n), UUID(int=2 * n + 1)
    return [
        example(CallReceived, received_at=START),
        example(CallAnswered, waited_seconds=float(n)),
        *(example(CallbackPromised, promise_id=each) for each in (one, other)),
        example(CallbackMade, promise_id=one, late=False),
        example(CallbackMissed, promise_id=other),
        example(CallbackMade, promise_id=other, late=True),
    ]


async def test_calls_count_once_shuffled_and_told_twice(outcomes: Bench) -> None:
    records = [outcomes.record(event, call(n)) for n in range(1, 5) for event in of_one_call(10 * n)]
    gone = [example(CallReceived, received_at=START), example(CallAbandoned)]
    records += [outcomes.record(event, call(9)) for event in gone]
    for record in (*records, *records):
        await outcomes.deliver(record)
    told = (await outcomes.http.get("/api/line")).json()
    assert (told["calls"], told["answered"], told["abandoned"], told["at_once"]) == (5, 4, 1, 3)
    assert (told["median"], told["kept"], told["settled"]) == (25.0, 4, 8)
    assert told["by_month"] == {"2026-03": {name: told[name] for name in told["by_month"]["2026-03"]}}


async def test_a_call_that_was_about_somebody_else_counts_for_nobody(outcomes: Bench) -> None:
    patients = [uuid4() for _ in range(3)]
    for n, patient in enumerate(patients):
        await outcomes.hears(advice(n, HospitalAdvice.AMBULANCE), patient=patient)
    gone = example(CallTriageWithdrawn, call_id=UUID(int=0), withdrawn_at=START + MINUTE)
    await outcomes.hears(gone, patient=patients[0])
    await outcomes.hears(advice(1, HospitalAdvice.NONE, at=5), patient=patients[1])
    told = (await outcomes.http.get("/api/line")).json()
    assert (told["advised"], told["to_hospital"]) == (2, 1)
    assert told["advice_by_month"]["2026-03"]["to_hospital"] != 1


async def test_the_page_tells_shares_with_their_intervals_and_definitions(outcomes: Bench) -> None:
    for n in range(1, 4):
        await outcomes.hears(*of_one_call(n), stream=call(n))
    shown = (await outcomes.http.get("/line", headers=HTML)).text
    assert "Answered within 30 seconds" in shown
    assert "50.0% (95% interval 18.8% to 81.2%)" in shown
    assert "Intervals by Wilson" in shown


async def test_an_empty_line_is_not_known_rather_than_perfect(outcomes: Bench) -> None:
    assert "not known yet" in (await outcomes.http.get("/line", headers=HTML)).text


def test_two_in_a_hundred_is_not_fewer_than_two_in_a_hundred() -> None:
    assert share(540, 27_000) == "2.0% (95% interval 1.8% to 2.2%)"


def heard(state: State, events: list[Event]) -> State:
    for event in events:
        cause = Cause(uuid4(), patient_stream(UUID(int=1)), START, "test", uuid4(), START)
        (state,) = HANDLERS[type(event)].decide(state, event, cause).states
    return state


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 100))
def test_a_call_ends_alike_in_any_order_and_repetition(dice: Random, n: int) -> None:
    events = of_one_call(n)
    shuffled = [*events, *dice.choices(events, k=5)]
    dice.shuffle(shuffled)
    found, expected = heard(Called(), shuffled), heard(Called(), events)
    assert isinstance(found, Called)
    assert isinstance(expected, Called)
    assert found.but(callbacks=()) == expected.but(callbacks=())
    assert set(found.callbacks) == set(expected.callbacks)
    assert (found.kept, found.settled) == (1, 2)


@given(st.permutations([(0, True), (1, False), (2, True)]), st.sampled_from([-1, 0, 1, 2]))
def test_the_latest_advice_stands_in_any_order(order: list[tuple[int, bool]], withdrawn: int) -> None:
    events: list[Event] = [
        advice(1, HospitalAdvice.AMBULANCE if sent else HospitalAdvice.NONE, at) for at, sent in order
    ]
    if withdrawn >= 0:
        gone = example(CallTriageWithdrawn, call_id=UUID(int=1), withdrawn_at=START + withdrawn * MINUTE + MINUTE / 2)
        events.insert(1, gone)
    found = heard(Advised(), events)
    assert isinstance(found, Advised)
    (one,) = found.calls
    assert one.to_hospital
    assert one.counts is (withdrawn < 2)
