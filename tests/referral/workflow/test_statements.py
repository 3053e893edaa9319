"""One referral stated again and again: the latest stands, whoever is unproven waits, nobody becomes another person."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from carebus.contracts.referral import (
    HeldBecause,
    ReferralAmended,
    ReferralChangeHeld,
    ReferralChangeSettled,
    ReferralReceived,
    ReferralRepeatDetected,
)
from carebus.decisions import Decision
from services.referral import domain
from services.referral.domain import Act, Status
from services.referral.domain.identity.same_person import AnotherPerson
from services.referral.domain.referring.senders import Kind, Sending, Way
from services.referral.domain.workflow.statements import MOST_STATEMENTS, StatementOutcome
from tests.referral.deciding import Desk, cause
from tests.referral.samples import body, stated

OFFICE = Sending(Way.OFFICE)
ACCOUNT = Sending(Way.ACCOUNT, organizations=frozenset({"elm street cardiology"}))
ANYBODY = Sending()
PERSON = body()["patient"]


class Doors(Desk):
    """The desk with all its doors."""

    def state(self, sending: Sending = ANYBODY, at: int | None = None, **said: Any) -> StatementOutcome:
        """Somebody states the referral A-1, as of `at` minutes after now if given; tells what became of it."""
        asked = stated(placer_id="A-1", **said)
        if at is not None:
            asked = asked.model_copy(update={"stated_at": self.now + timedelta(minutes=at)})
        self.now += timedelta(days=1)
        receive = partial(domain.receive, office=self.office, sending=sending)
        before = self.steps
        self.take(receive, asked, "somebody")
        came = self.referral.came
        mine = came is not None and came.cause == cause(before + 1).id
        return came.outcome if came and mine else StatementOutcome.REPEATED

    @property
    def waits(self) -> list[tuple[str, ...]]:
        """The leaves that wait, proposal by proposal."""
        return [each.paths for each in self.referral.proposals]


def with_person(**changes: Any) -> Any:
    return {"patient": {**PERSON, **changes}}


def test_unproven_a_b_a_stays_urgent_and_the_lower_urgency_waits() -> None:
    doors = Doors()
    became = [doors.state(priority=each) for each in ("urgent", "routine", "urgent")]
    assert became == ["received", "held", "repeated"]
    assert doors.referral.received.priority == "urgent"
    assert doors.waits == [("priority",)]


def test_proven_a_b_a_without_time_or_key_is_held_and_the_more_urgent_stands() -> None:
    doors = Doors()
    became = [doors.state(OFFICE, priority=each) for each in ("urgent", "routine")]
    assert became == ["received", "amended"]
    assert doors.referral.received.priority == "routine"
    note: Any = {"referral_note": "as before"}
    doors = Doors()
    doors.state(OFFICE, priority="urgent", **note)
    doors.state(OFFICE, priority="routine", referral_note="better")
    assert doors.state(OFFICE, priority="urgent", **note) == "held"
    assert (doors.referral.received.priority, doors.referral.received.referral_note) == ("urgent", "better")
    (held,) = doors.tells(ReferralChangeHeld)
    assert (held.because, held.fields) == (HeldBecause.COULD_BE_EITHER, ("priority", "referral_note"))


def test_with_rising_times_or_keys_of_their_own_it_goes_back() -> None:
    doors = Doors()
    assert [doors.state(OFFICE, n, priority=each) for n, each in enumerate(("urgent", "routine", "urgent"))] == [
        "received",
        "amended",
        "amended",
    ]
    doors = Doors()
    became = [
        doors.state(Sending(Way.OFFICE, key=key), priority=each)
        for key, each in (("k1", "urgent"), ("k2", "routine"), ("k3", "urgent"), ("k3", "urgent"), ("k1", "urgent"))
    ]
    assert became == ["received", "amended", "amended", "repeated", "repeated"]
    assert doors.referral.received.priority == "urgent"


def test_a_key_with_other_content_counts_as_none() -> None:
    doors = Doors()
    for key, each in (("k1", "urgent"), ("k2", "routine")):
        doors.state(Sending(Way.OFFICE, key=key), priority=each)
    assert doors.state(Sending(Way.OFFICE, key="k2"), priority="urgent", referral_note="x") == "amended"
    assert doors.state(Sending(Way.OFFICE, key="k1"), priority="routine") == "held"


def test_an_older_statement_that_comes_late_is_kept_in_the_story_once_and_changes_nothing() -> None:
    doors = Doors()
    doors.state(OFFICE, 0, priority="urgent")
    start = doors.now - timedelta(days=1)
    doors.state(OFFICE, 0, priority="routine")
    late = partial(domain.receive, office=doors.office, sending=OFFICE)
    first_again = stated(placer_id="A-1", priority="urgent").model_copy(update={"stated_at": start})
    before = doors.referral.received
    for _ in range(3):
        doors.take(late, first_again)
    assert doors.referral.received == before
    assert [step.what for step in doors.referral.steps].count("older_statement") == 0  # it was received: nothing new
    another = stated(placer_id="A-1", referral_note="late").model_copy(update={"stated_at": start})
    for _ in range(3):
        doors.take(late, another)
    assert [step.what for step in doors.referral.steps].count("older_statement") == 1
    assert doors.referral.received == before


def test_a_time_later_than_now_counts_as_now() -> None:
    doors = Doors()
    doors.state(OFFICE, 60 * 24 * 365, priority="urgent")
    assert doors.state(OFFICE, 0, priority="routine") == "amended"


def test_what_a_statement_leaves_out_keeps_its_value() -> None:
    doors = Doors()
    doors.state(OFFICE, **with_person(phone="(413) 555-0142"))
    before = doors.referral.received
    less = {key: value for key, value in body(referral_note="new").items() if key not in {"contact", "payer"}}
    asked = domain.DirectReferral.stated({**less, "placer_id": "A-1"}, doors.now)
    decision: Decision = doors.take(partial(domain.receive, office=doors.office, sending=OFFICE), asked)
    assert decision.states
    now = doors.referral.received
    assert (now.contact, now.payer, now.patient.phone) == (before.contact, before.payer, "(413) 555-0142")
    assert now.referral_note == "new"


@pytest.mark.parametrize(
    ("said", "path", "kind"),
    [
        (with_person(given_name="Ottolina672"), "patient.given_name", Kind.PERSON),
        (with_person(family_name="Larch"), "patient.family_name", Kind.PERSON),
        (with_person(birth_date="1941-05-07"), "patient.birth_date", Kind.PERSON),
        (with_person(phone="(413) 555-0199"), "patient.phone", Kind.REACH),
        (with_person(address={"street": "1 Other St", "city": "Lynn"}), "patient.address", Kind.REACH),
        ({"referrer": {**body()["referrer"], "phone": "413-555-0111"}}, "referrer.phone", Kind.REACH),
        ({"referrer": {**body()["referrer"], "email": "a@b.example"}}, "referrer.email", Kind.REACH),
        ({"contact": {**body()["contact"], "phone": "413-555-0111"}}, "contact.phone", Kind.REACH),
        ({"contact": {**body()["contact"], "consented": False}}, "contact.consented", Kind.CONSENT),
        ({"payer": {**body()["payer"], "member_id": "MBI-1"}}, "payer.member_id", Kind.COVERAGE),
        ({"died_on": "2026-02-01"}, "died_on", Kind.DEATH),
    ],
)
def test_from_an_unproven_sender_it_waits_and_one_click_takes_it_over(
    said: dict[str, Any], path: str, kind: Kind
) -> None:
    doors, proven, ticked = Doors(), Doors(), Doors()
    for each in (doors, proven, ticked):
        each.state(OFFICE)
    before = doors.referral.received
    assert (doors.state(**said), doors.waits) == ("held", [(path,)])
    assert doors.referral.received == before
    assert (proven.state(ACCOUNT, **said), proven.waits) == ("amended", [])
    assert (ticked.state(Sending(ticked=frozenset({kind})), **said), ticked.waits) == ("amended", [])
    (proposal,) = doors.referral.proposals
    doors.does(Act.TAKE_OVER_CHANGE, proposal_id=proposal.proposal_id)
    assert doors.referral.received == proven.referral.received == ticked.referral.received
    assert (doors.waits, [each.taken_over for each in doors.tells(ReferralChangeSettled)]) == ([], [True])


def test_what_is_clinical_and_a_higher_urgency_count_at_once_from_anybody() -> None:
    doors = Doors()
    doors.state(OFFICE)
    said: Any = {
        "priority": "urgent",
        "diagnoses": [{"system": "SNOMED-CT", "code": "13645005"}],
        "clinical": {"nyha_class": 4},
        "requested_services": ["hospice talk"],
        "referral_note": "worse",
    }
    assert (doors.state(**said), doors.waits) == ("amended", [])
    assert doors.tells(ReferralAmended)[-1].applied


def test_each_senders_newest_proposal_waits_beside_the_others() -> None:
    oak: Any = {"referrer": {"organization": "Oak Clinic"}, "placer_assigner": "elm street cardiology"}
    doors = Doors()
    doors.state(OFFICE)
    for phone in ("413-555-0101", "413-555-0102"):
        doors.state(**with_person(phone=phone))
        doors.state(**oak, **with_person(phone=phone))
    assert [each.stated.patient.phone for each in doors.referral.proposals] == ["413-555-0102", "413-555-0102"]


def test_what_was_turned_down_is_not_asked_again_unless_it_is_stated_anew() -> None:
    doors = Doors()
    doors.state(OFFICE)
    said = with_person(phone="413-555-0101")
    doors.state(**said)
    doors.does(Act.TURN_DOWN_CHANGE, proposal_id=doors.referral.proposals[0].proposal_id)
    assert (doors.state(**said), doors.waits) == ("repeated", [])
    assert (doors.state(ANYBODY, 0, **said), doors.waits) == ("held", [("patient.phone",)])


def test_what_the_office_corrected_by_hand_no_sender_overwrites() -> None:
    doors = Doors()
    doors.state(OFFICE)
    doors.does(Act.AMEND, stated=stated(**with_person(phone="413-555-0100")))
    assert doors.referral.corrected == ("patient.phone",)
    assert doors.state(ACCOUNT) == "repeated"
    assert doors.state(ACCOUNT, 0, **with_person(phone="413-555-0199"), referral_note="n") == "held"
    assert (doors.referral.received.patient.phone, doors.referral.received.referral_note) == ("413-555-0100", "n")
    assert [each.because for each in doors.referral.proposals] == [HeldBecause.CORRECTED]


@pytest.mark.parametrize("act", [None, Act.ACCEPT, Act.DECLINE])
@pytest.mark.parametrize("sending", [OFFICE, ACCOUNT, ANYBODY])
def test_nobody_becomes_another_person_whoever_sends_and_whatever_the_status(act: Act | None, sending: Sending) -> None:
    doors = Doors()
    doors.state(OFFICE)
    if act:
        said: Any = {"reason": "no_capacity"} if act is Act.DECLINE else {}
        doors.does(act, **said)
    before = doors.intake
    with pytest.raises(AnotherPerson):
        doors.state(sending, **with_person(given_name="Wilhelmina", birth_date="1955-11-30"))
    assert doors.intake is before


@pytest.mark.parametrize("change", [{"given_name": "Wilhelmina"}, {"birth_date": "1955-11-30"}])
def test_another_given_name_or_birth_date_waits_for_a_person_whoever_sends(change: Any) -> None:
    doors = Doors()
    doors.state(OFFICE)
    assert doors.state(ACCOUNT, **with_person(**change)) == "held"
    assert [each.because for each in doors.referral.proposals] == [HeldBecause.ANOTHER_PERSON]


def test_after_the_decision_a_change_is_noted_and_can_be_taken_over() -> None:
    doors = Doors()
    doors.state(OFFICE)
    doors.does(Act.ACCEPT)
    assert doors.state(**with_person(phone="413-555-0101")) == "noted"
    assert doors.tells(ReferralAmended)[-1].applied is False
    doors.does(Act.TAKE_OVER_CHANGE, proposal_id=doors.referral.proposals[0].proposal_id)
    assert doors.referral.received.patient.phone == "413-555-0101"
    assert doors.tells(ReferralAmended)[-1].applied is True
    assert doors.referral.status is Status.ACCEPTED


def test_clocks_run_on_while_a_change_waits() -> None:
    doors = Doors()
    doors.state(OFFICE)
    due = [each.due_at for each in doors.referral.due]
    doors.state(**with_person(phone="413-555-0101"))
    assert [each.due_at for each in doors.referral.due] == due


def test_a_phone_or_a_name_that_is_only_written_otherwise_is_no_change() -> None:
    doors = Doors()
    doors.state(OFFICE, **with_person(phone="(413) 555-0142"))
    assert doors.state(**with_person(phone="+1 413.555.0142", family_name="QUIMBY90")) == "repeated"
    assert doors.waits == []


def test_an_order_for_another_service_is_held_until_somebody_has_asked() -> None:
    doors = Doors()
    assert doors.state(other_service="Not for resuscitation") == "held"
    assert doors.refused(Act.ACCEPT).code == "meant_for_another"
    doors.does(Act.ACCEPT, meant_for_us=True)
    assert doors.referral.status is Status.ACCEPTED


def test_a_referral_names_the_document_of_the_statement_that_stands() -> None:
    doors = Doors()
    doors.state(OFFICE, raw_hash="aa")
    doors.state(OFFICE, 0, raw_hash="bb", referral_note="new")
    assert doors.referral.received.raw_hash == "bb"
    phone: Any = with_person(phone="413-555-0101")
    doors.state(ANYBODY, 0, raw_hash="cc", **phone)
    assert doors.referral.received.raw_hash == "bb"
    doors.does(Act.TAKE_OVER_CHANGE, proposal_id=doors.referral.proposals[0].proposal_id)
    assert doors.referral.received.raw_hash == "cc"


def test_at_most_fifty_digests_are_kept() -> None:
    doors = Doors()
    for n in range(MOST_STATEMENTS + 20):
        doors.state(OFFICE, 0, referral_note=str(n))
    assert len(doors.referral.statements) == MOST_STATEMENTS
    assert len(doors.tells(ReferralReceived)) == 1
    assert doors.tells(ReferralRepeatDetected) == []
