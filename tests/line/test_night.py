"""A night, in memory: whatever order facts, acts and timers come in, no promise and no page is lost or doubled."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.contracts.line import CallAbandoned, CallAnswered, CallReceived
from carebus.testing import START
from services.line.domain.calls.telephone import ReportTelephone, TelephoneFact
from tests.line.night import EVENING, MORNING, Night

CALLERS = 3
CALLS = st.integers(0, CALLERS - 1)
NURSES = st.sampled_from([EVENING, MORNING])
FACTS = st.sampled_from(TelephoneFact)
ACTS = st.sampled_from(["takes", "promises", "accepts", "calls_back", "pages", "takes_page"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("says"), CALLS, FACTS),
        st.tuples(ACTS, CALLS, NURSES),
        st.tuples(st.just("passes"), st.sampled_from([0.4, 2.0, 6.0, 31.0]), st.none()),
        st.just(("repeats", 0, None)),
    ),
    min_size=8,
    max_size=40,
)


def fact(call: int, kind: TelephoneFact) -> ReportTelephone:
    at = START + timedelta(seconds=list(TelephoneFact).index(kind) * 20)
    return ReportTelephone(call_key=str(call), fact=kind, happened_at=at, from_number="+1 555 0100")


@settings(max_examples=150)
@given(STEPS)
def test_no_promise_and_no_page_is_lost_or_doubled_in_any_night(steps: list[tuple[str, float, object]]) -> None:
    night = Night.with_callers(CALLERS, EVENING)
    for what, which, how in steps:
        match what:
            case "passes":
                night.passes(which)
            case "repeats":
                night.repeats()
            case "says":
                assert isinstance(how, TelephoneFact)
                for _ in range(2):
                    night.says(int(which), fact(int(which), how))
            case act:
                getattr(night, act)(int(which), how)
        night.require_whole()
    night.passes(60)
    night.repeats()
    night.require_whole()


@settings(max_examples=30)
@given(st.data())
def test_a_call_is_told_of_once_in_whatever_order_the_telephone_tells_it(data: st.DataObject) -> None:
    told = [(call, kind) for call in range(3) for kind in TelephoneFact for _ in range(2)]
    night = Night(now=START + timedelta(minutes=5))
    for call, kind in data.draw(st.permutations(told)):
        night.says(call, fact(call, kind))
    night.passes(10)
    for call in range(3):
        came, *answers = night.of(call, CallReceived, CallAnswered, CallAbandoned)
        assert isinstance(came, CallReceived)
        answered = [one.answered_at for one in answers if isinstance(one, CallAnswered)]
        assert len(answered) == len(answers) >= 1, "nothing of it was abandoned"
        assert answered == sorted(answered, reverse=True), "told again only where it was earlier"
