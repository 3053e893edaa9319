"""Whoever states what, in whatever order: the latest stands, nothing is lost, nobody becomes another person."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.errors import CarebusError
from services.referral import domain
from services.referral.domain import Act, DirectReferral
from services.referral.domain.identity.same_person import AnotherPerson
from services.referral.domain.referring.senders import Kind, Sending, Way
from services.referral.domain.workflow import changes
from services.referral.domain.workflow.stated import received_of
from services.referral.domain.workflow.statements import StatementOutcome
from tests.referral.deciding import Desk, cause
from tests.referral.samples import NOW, body, stated

OURS = frozenset({"elm street cardiology"})
DOORS = (
    Sending(Way.OFFICE),
    Sending(Way.ACCOUNT, organizations=OURS),
    Sending(Way.CLIENT, organizations=OURS),
    Sending(Way.CLIENT, organizations=frozenset({"oak clinic"})),
    Sending(Way.LINK),
    Sending(Way.OPEN),
    Sending(Way.OPEN, ticked=frozenset({Kind.REACH, Kind.COVERAGE})),
)
PROVEN = DOORS[:3]


@dataclass(frozen=True)
class Said:
    """One statement, its way in, and as of when, in hours before the end; None says nothing of it."""

    asked: DirectReferral
    sending: Sending
    hours: int | None


def _asked(given_name: str, born: str, phone: str | None, urgent: bool, note: str, channel: str) -> DirectReferral:
    person = {**body()["patient"], "given_name": given_name, "birth_date": born, "phone": phone}
    return stated(
        placer_id="A-1",
        channel=channel,
        patient=person,
        priority="urgent" if urgent else "routine",
        referral_note=note,
    )


STATED = st.builds(
    _asked,
    st.sampled_from(["Ottoline672", "Ottoline672", "Ottolina672", "Wilhelmina"]),
    st.sampled_from(["1941-05-06", "1941-05-06", "1941-05-07", "1955-11-30"]),
    st.sampled_from([None, "413-555-0101", "413-555-0102"]),
    st.booleans(),
    st.sampled_from(["", "weaker", "stronger"]),
    st.sampled_from(["api", "fhir", "form", "plan_batch"]),
)
FULL = st.builds(
    _asked,
    st.just("Ottoline672"),
    st.just("1941-05-06"),
    st.sampled_from(["413-555-0101", "413-555-0102", "413-555-0103"]),
    st.booleans(),
    st.sampled_from(["weaker", "stronger", "the same"]),
    st.sampled_from(["api", "fhir", "plan_batch"]),
)
ANYTHING = st.builds(Said, STATED, st.sampled_from(DOORS), st.none() | st.integers(0, 50))


def take(desk: Desk, said: Said) -> StatementOutcome:
    """State it, an hour later than what came before; tells what became of it."""
    desk.now += timedelta(hours=1)
    at = None if said.hours is None else NOW + timedelta(hours=said.hours)
    asked = said.asked.model_copy(update={"stated_at": at})
    try:
        desk.take(partial(domain.receive, office=desk.office, sending=said.sending), asked, "somebody")
    except AnotherPerson:
        return StatementOutcome.CONFLICT
    came = desk.referral.came
    return came.outcome if came and came.cause == last_cause(desk) else StatementOutcome.REPEATED


def last_cause(desk: Desk) -> Any:
    return cause(desk.steps).id


def who(desk: Desk) -> tuple[str, Any]:
    patient = desk.referral.received.patient
    return patient.given_name, patient.birth_date


@given(st.lists(ANYTHING, min_size=2, max_size=12), st.sampled_from([None, Act.ACCEPT]), st.integers(1, 11))
@settings(max_examples=300, deadline=None)
def test_nobody_becomes_another_person_unseen_and_what_is_stated_leaves_a_trace(
    all_said: list[Said], act: Act | None, when: int
) -> None:
    desk = Desk()
    take(desk, all_said[0])
    first = who(desk)
    for n, said in enumerate(all_said[1:], 1):
        if n == when and act:
            with suppress(CarebusError):
                desk.does(act)
        before, version = desk.referral.received, desk.referral.version
        outcome = take(desk, said)
        alike = {"Ottoline672": "Ottolina672", "Ottolina672": "Ottoline672"}.get(first[0], first[0])
        assert desk.referral.received.patient.given_name in {first[0], alike}
        assert abs((who(desk)[1] - first[1]).days) <= 1
        if outcome in {"conflict", "repeated", "older", "noted"}:
            assert desk.referral.received == before
        if outcome in {"amended", "held", "noted"}:
            still = outcome == "held" and desk.referral.version == version
            assert still or desk.referral.version == version + 1
        if outcome in {"held", "noted"}:
            wanted = changes.merged(before, *_received(said, desk))
            open_ = set(changes.changed_paths(desk.referral.received, wanted))
            assert open_ <= {path for each in desk.referral.proposals for path in each.paths}
    assert len(desk.intake.referrals) == 1


def _received(said: Said, desk: Desk) -> Any:
    return received_of(said.asked, cause(desk.steps)), changes.said_in(said.asked)


@given(st.lists(FULL, min_size=2, max_size=8), st.randoms(use_true_random=False), st.sampled_from(PROVEN))
@settings(max_examples=200, deadline=None)
def test_in_whatever_order_they_come_the_latest_of_dated_statements_stands(
    all_asked: list[DirectReferral], shuffled: Any, sending: Sending
) -> None:
    said = [Said(asked, sending, n - 100) for n, asked in enumerate(all_asked)]
    latest = said[-1]
    shuffled.shuffle(said)
    desk = Desk()
    for each in said:
        take(desk, each)
    now, wanted = desk.referral.received, latest.asked
    assert (now.patient.phone, now.priority, now.referral_note) == (
        wanted.patient.phone,
        wanted.priority,
        wanted.referral_note,
    )
    for each in said:  # everything once more: late repeats change nothing
        take(desk, each)
        assert desk.referral.received == now
        assert desk.referral.proposals == ()


@given(st.lists(ANYTHING, min_size=1, max_size=10))
@settings(max_examples=200, deadline=None)
def test_what_came_last_comes_once_more_and_changes_nothing(all_said: list[Said]) -> None:
    desk = Desk()
    for each in all_said:
        take(desk, each)
    now, waits = desk.referral.received, desk.referral.proposals
    outcome = take(desk, all_said[-1])
    assert (desk.referral.received, desk.referral.proposals) == (now, waits)
    assert outcome in {"repeated", "held", "older", "conflict", "noted"}
