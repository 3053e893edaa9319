"""What a telephone system says of a call ends alike in whatever order and however often it is said."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts import Event, Subject
from carebus.contracts.line import CallAbandoned, CallAnswered, CallReceived
from carebus.decisions import Cause, Decision
from carebus.testing import START
from services.line.domain.calls import Call
from services.line.domain.calls.telephone import (
    PATIENCE,
    AnswerAwaited,
    ReportTelephone,
    TelephoneFact,
    follow_telephone,
    note_abandonment,
)

STREAM = Subject.CALL.stream(UUID(int=5))


def cause(at: datetime) -> Cause:
    return Cause(UUID(int=9), STREAM, at, "telephone", UUID(int=9), at)


def said(fact: TelephoneFact, second: int, **more: str) -> ReportTelephone:
    return ReportTelephone(call_key="CA1", fact=fact, happened_at=START + timedelta(seconds=second), **more)


def told(reports: list[ReportTelephone], *, then: timedelta = PATIENCE * 2) -> tuple[Call, list[Event]]:
    """The call after these reports and any timer, with all that was told."""
    call, events = Call(), list[Event]()
    now, waits = START + timedelta(hours=1), False
    for report in reports:
        decision = follow_telephone(call, report, cause(now))
        waits = _waits(decision, waits)
        call, events = _after(call, decision, events)
    if waits:
        call, events = _after(call, note_abandonment(call, AnswerAwaited(), cause(now + then)), events)
    return call, events


def _waits(decision: Decision, waits: bool) -> bool:
    if decision.cancelled:
        return False
    return bool(decision.wakes_at) or waits


def _after(call: Call, decision: Decision, events: list[Event]) -> tuple[Call, list[Event]]:
    state = next((one for one in decision.states if isinstance(one, Call)), call)
    return state, [*events, *decision.events]


RING = said(TelephoneFact.RINGING, 0, from_number="+1 555 0100", to_number="+1 555 0199")
ANSWER = said(TelephoneFact.ANSWERED, 12, agent="agent-7")
TRANSFER = said(TelephoneFact.TRANSFERRED, 90, agent="agent-8")
END = said(TelephoneFact.ENDED, 300)


@given(st.permutations([RING, ANSWER, TRANSFER, END, RING, END, ANSWER]))
def test_every_order_and_repeat_ends_alike(order: list[ReportTelephone]) -> None:
    call, events = told(order)
    as_said, _ = told([RING, ANSWER, TRANSFER, END])
    assert call == as_said
    assert [type(one) for one in events][:2] == [CallReceived, CallAnswered]
    answers = [one for one in events if isinstance(one, CallAnswered)]
    assert (len(events), answers[-1].waited_seconds) == (1 + len(answers), 12.0)


@given(st.permutations([RING, ANSWER, TRANSFER, END]))
def test_an_answer_is_told_again_only_to_put_it_right(order: list[ReportTelephone]) -> None:
    _, events = told(order)
    each = [(one.answered_at, -one.waited_seconds) for one in events if isinstance(one, CallAnswered)]
    assert each == sorted(set(each), reverse=True)


def test_an_end_that_was_long_under_way_waits_a_minute_for_word_of_an_answer() -> None:
    now = START + timedelta(hours=3)
    (timer,) = follow_telephone(Call(), END, cause(now)).wakes_at
    assert timer.at == now + PATIENCE


def test_a_call_is_told_with_how_long_it_rang() -> None:
    _, (came, answered) = told([RING, ANSWER, END])
    assert isinstance(came, CallReceived)
    assert came.from_number == "+1 555 0100"
    assert isinstance(answered, CallAnswered)
    assert (answered.waited_seconds, answered.nurse.name) == (12.0, "agent-7")


def test_a_call_that_nobody_answered_is_abandoned_a_minute_after_its_end() -> None:
    _, events = told([RING, said(TelephoneFact.ENDED, 40)])
    assert [type(one) for one in events] == [CallReceived, CallAbandoned]
    assert isinstance(events[1], CallAbandoned)
    assert events[1].waited_seconds == 40.0


def test_an_answer_that_arrives_after_the_end_keeps_a_call_from_being_abandoned() -> None:
    _, events = told([RING, END, ANSWER])
    assert CallAbandoned not in {type(one) for one in events}


@pytest.mark.parametrize("lost", [RING, ANSWER, END])
def test_what_a_system_never_told_leaves_the_rest_to_stand(lost: ReportTelephone) -> None:
    reports = [one for one in (RING, ANSWER, END) if one is not lost]
    random.Random(3).shuffle(reports)
    call, events = told(reports)
    assert call.is_known
    assert [type(one) for one in events].count(CallReceived) == 1


def test_a_clock_that_runs_ahead_is_taken_for_now() -> None:
    now = START + timedelta(minutes=1)
    decision = follow_telephone(Call(), said(TelephoneFact.RINGING, 9_999_999), cause(now))
    (call,) = decision.states
    assert isinstance(call, Call)
    assert call.ringing_at == now
