"""How the line answers is counted from its events alone: once, in whatever order and however often they are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from statistics import mean, median
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts.event import Event, Subject, patient_stream
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
from services.outcomes.api.line import in_seconds
from services.outcomes.api.line_figures import figures
from services.outcomes.domain import Advice, Call
from services.outcomes.domain.calls import first_month, month_of
from services.outcomes.domain.statistics import wilson
from services.outcomes.handlers import HANDLERS
from services.outcomes.store.line import CallsCounted, Counts
from tests.examples import example

CALL, OTHER = UUID(int=1), UUID(int=2)
MINUTE = timedelta(minutes=1)


def came(*, by_hand: bool = False, at: timedelta = timedelta()) -> Event:
    return example(CallReceived, received_at=START + at, by_hand=by_hand)


def answered(after: float = 12, at: timedelta = timedelta()) -> Event:
    return example(CallAnswered, waited_seconds=after, answered_at=START + at + timedelta(seconds=after))


def abandoned(after: float = 50) -> Event:
    return example(CallAbandoned, waited_seconds=after, abandoned_at=START + timedelta(seconds=after))


def promised(promise: UUID = CALL) -> Event:
    return example(CallbackPromised, promise_id=promise, promised_at=START, due_at=START + 30 * MINUTE)


def made(promise: UUID = CALL, *, late: bool = False) -> Event:
    return example(CallbackMade, promise_id=promise, late=late, made_at=START + 20 * MINUTE)


def missed(promise: UUID = CALL) -> Event:
    return example(CallbackMissed, promise_id=promise, missed_at=START + 30 * MINUTE)


def triaged(hospital: HospitalAdvice, call: UUID = CALL, minutes: int = 0) -> Event:
    return example(CallTriaged, call_id=call, hospital=hospital, triaged_at=START + minutes * MINUTE)


def withdrawn(call: UUID = CALL, minutes: int = 0) -> Event:
    return example(CallTriageWithdrawn, call_id=call, withdrawn_at=START + minutes * MINUTE)


def after(blank: State, events: Sequence[Event]) -> Any:
    """What a state comes to."""
    known = blank
    for event in events:
        cause = Cause(uuid4(), patient_stream(CALL), START, "test", uuid4(), START)
        (known,) = HANDLERS[type(event)].decide(known, event, cause).states
    return known


CALLS: list[list[Event]] = [
    [came(), answered(12), promised(), made()],
    [came(), answered(45), promised(), missed(), made(late=True), promised(OTHER), made(OTHER)],
    [came(), abandoned(50), answered(400), promised()],
    [came(by_hand=True), answered(0), promised(), missed()],
    [came(), answered(90), answered(12)],
    [came(), abandoned(50), answered(65), answered(12)],
]


@given(st.sampled_from(CALLS), st.data())
def test_a_call_counts_the_same_in_any_order_and_however_often_it_is_told(
    told: list[Event], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations([*told, *told]))
    assert after(Call(), shuffled) == after(Call(), told)


def test_who_hung_up_and_is_called_back_later_was_not_answered() -> None:
    call = after(Call(), [came(), abandoned(50), answered(400)])
    assert (call.abandoned, call.waited) == (True, None)


def test_a_late_word_that_somebody_had_answered_after_all_counts() -> None:
    call = after(Call(), [came(), abandoned(50), answered(12)])
    assert (call.abandoned, call.waited) == (False, 12)


def test_an_answer_that_is_put_right_counts_as_the_earliest() -> None:
    assert after(Call(), [came(), answered(90), answered(12)]).waited == 12
    call = after(Call(), [came(), abandoned(50), answered(65), answered(12)])
    assert (call.abandoned, call.waited) == (False, 12)


def test_a_call_that_a_nurse_wrote_down_has_no_wait() -> None:
    assert after(Call(), [came(by_hand=True), answered(0)]).waited is None


def test_a_promise_counts_once_it_was_kept_or_due_and_late_is_not_in_time() -> None:
    assert after(Call(), [came(), promised()]).callbacks_due == 0
    for told, want in [
        ([made()], (1, 1)),
        ([missed()], (1, 0)),
        ([missed(), made(late=True)], (1, 0)),
        ([made(late=True)], (1, 0)),
    ]:
        call = after(Call(), [came(), promised(), *told])
        assert (call.callbacks_due, call.callbacks_in_time) == want


ADVICE = [
    triaged(HospitalAdvice.AMBULANCE, CALL, 1),
    withdrawn(CALL, 2),
    triaged(HospitalAdvice.NONE, CALL, 3),
    triaged(HospitalAdvice.NONE, OTHER, 1),
    triaged(HospitalAdvice.EMERGENCY_DEPARTMENT, OTHER, 4),
]


@given(st.permutations([*ADVICE, *ADVICE]))
def test_of_a_call_the_latest_advice_counts_in_any_order(told: list[Event]) -> None:
    calls = {one.call_id: (one.stands, one.hospital) for one in after(Advice(), told).calls}
    assert calls == {CALL: (True, False), OTHER: (True, True)}


@given(st.permutations([triaged(HospitalAdvice.AMBULANCE, CALL, 1), withdrawn(CALL, 2)] * 2))
def test_advice_that_was_withdrawn_counts_no_more(told: list[Event]) -> None:
    assert [one.stands for one in after(Advice(), told).calls] == [False]


def test_a_month_begins_at_midnight_by_the_lines_clock() -> None:
    assert month_of(START.replace(month=3, day=1, hour=4, minute=59)) == f"{START.year}-02"
    assert month_of(START.replace(month=3, day=1, hour=5)) == f"{START.year}-03"
    assert first_month(START.replace(month=3, day=10), 24) == f"{START.year - 2}-04"
    assert first_month(START.replace(month=12, day=10), 12) == f"{START.year}-01"


def counted(**months: Counts) -> CallsCounted:
    """These months, and their sums."""
    sums = {
        name: sum(getattr(one, name) for one in months.values())
        for name in ("answered", "soon", "abandoned", "by_hand", "due", "in_time", "triaged", "hospital")
    }
    return CallsCounted(Counts(**sums), months)


def test_a_small_month_is_hidden_and_so_is_what_gives_it_away() -> None:
    many = Counts(answered=90, soon=60, median=9.0, p90=40.0, mean=15.0, abandoned=30, triaged=40, hospital=15)
    few = Counts(answered=9, soon=5, median=8.0, p90=30.0, mean=12.0, abandoned=2, triaged=40, hospital=3)
    told = {one.month: one for one in figures(counted(a=many, b=few, c=many, d=few)).by_month}
    assert told["b"].seconds is None
    assert told["b"].shares.to_hospital is None
    assert (told["b"].counts.hospital, told["b"].counts.elsewhere) == ("1–10", "hidden")
    shown = [one for month in told.values() for one in month.counts.model_dump().values() if isinstance(one, int)]
    assert all(one == 0 or one >= 11 for one in shown)
    assert told["a"].seconds is not None


def test_with_one_month_alone_what_is_small_in_it_is_not_told() -> None:
    told = figures(counted(a=Counts(answered=90, soon=88, median=9.0, p90=40.0, mean=15.0, abandoned=2)))
    assert set(told.by_month[0].counts.model_dump().values()) <= {"1–10", "hidden", 0}
    assert told.shares.abandoned is not None
    assert (told.shares.abandoned.count, told.shares.abandoned.of) == (2, 92)


def test_a_share_to_hospital_has_wilsons_interval() -> None:
    share = figures(counted(a=Counts(triaged=40, hospital=15))).by_month[0].shares.to_hospital
    assert share is not None
    assert (share.ci95_low, share.ci95_high) == wilson(15, 40)


async def test_the_figures_equal_those_of_a_plain_model_and_a_rebuild_comes_to_the_same(outcomes: Bench) -> None:
    dice, waits, records = Random(3), [], []
    for n in range(40):
        call, wait = UUID(int=100 + n), float(dice.randint(2, 90))
        told = [came(), answered(wait) if n < 36 else abandoned(wait), promised(), made() if n % 3 else missed()]
        waits += [wait] if n < 36 else []
        records += [outcomes.record(event, Subject.CALL.stream(call)) for event in told]
        advice = [triaged(HospitalAdvice.AMBULANCE if n < 13 else HospitalAdvice.NONE, call)]
        advice += [withdrawn(call, 1)] if n == 0 else []
        records += [outcomes.record(event, patient_stream(uuid4())) for event in advice[:1]]
        records += [outcomes.record(event, patient_stream(OTHER)) for event in advice[1:]]
    await outcomes.deliver(*records, *records)
    told = (await outcomes.http.get("/api/outcomes/line")).json()
    assert told["seconds"]["median"] == median(waits)
    assert abs(told["seconds"]["mean"] - mean(waits)) < 1e-9
    shares = {name: (one["count"], one["of"]) for name, one in told["shares"].items()}
    assert shares == {
        "answered_soon": (sum(wait <= 30 for wait in waits), 36),
        "abandoned": (4, 40),
        "callbacks_in_time": (sum(n % 3 != 0 for n in range(40)), 40),
        "to_hospital": (13, 40),
    }
    page = await outcomes.http.get("/line", headers={"accept": "text/html"})
    assert (page.status_code, "13 of 40 advised calls" in page.text) == (200, True)
    async with outcomes.service.core.database.connection() as db:
        kept = await db.fetchval("select string_agg(doc::text, '') from line_call")
        await db.execute("truncate journey, line_call, line_advice, mark, stream, consumer_offset")
    assert "+1" not in kept, "a call is kept without its numbers"
    await outcomes.deliver(*records)
    assert (await outcomes.http.get("/api/outcomes/line")).json() == told


async def test_no_call_yet_counts_as_nothing(outcomes: Bench) -> None:
    told = (await outcomes.http.get("/api/outcomes/line")).json()
    assert (told["by_month"], told["seconds"], set(told["shares"].values())) == ([], None, {None})
    assert (await outcomes.http.get("/line", headers={"accept": "text/html"})).status_code == 200


def test_a_long_wait_is_told_in_minutes() -> None:
    assert [in_seconds(seconds) for seconds in (0.4, 28, 119, 1380, 72_000)] == [
        "0 s", "28 s", "119 s", "23 min", "1,200 min"
    ]  # fmt: skip
