"""What a breaker found: drift, crowds, stale proposals, old documents, and words put under another's number."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from carebus.contracts.people import PayerKind
from carebus.contracts.referral import HeldBecause, Milestone, ReferralInformationReminded
from services.referral.domain import Act, Intake, Status
from services.referral.domain.identity.same_person import AnotherPerson
from services.referral.domain.referring.requests import Withdrawal
from services.referral.domain.referring.senders import Kind, Sending, Way
from services.referral.domain.workflow.statements import MOST_PROPOSALS, MOST_STATEMENTS
from services.referral.domain.workflow.withdrawing import withdraw
from tests.referral.samples import body
from tests.referral.workflow.test_statements import ACCOUNT, ANYBODY, OFFICE, PERSON, Doors, with_person

ELM = {"placer_assigner": "elm street cardiology"}
"""Whose number A-1 is."""


def doors(sending: Sending = OFFICE, at: int | None = None, **said: Any) -> Doors:
    made = Doors()
    made.state(sending, at, **said)
    return made


def test_whoever_names_a_patient_by_id_states_who_that_is() -> None:
    known = doors()
    for change in ({"given_name": "Wilhelmina"}, {"birth_date": "1955-11-30"}):
        with pytest.raises(AnotherPerson):
            known.state(patient_id=str(known.referral.referral_id), placer_assigner="other", **with_person(**change))
    assert len(known.intake.referrals) == 1


def test_a_late_statement_stays_late_however_many_came_before_it() -> None:
    known = doors(ANYBODY, 0)
    start = known.now - timedelta(days=400)
    for n in range(MOST_STATEMENTS + 5):
        minutes = int((start - known.now).total_seconds() // 60) + n
        assert known.state(ANYBODY, minutes, referral_note=str(n)) == "older"
    assert known.referral.received.referral_note == ""


def test_what_a_newer_statement_leaves_out_of_a_proposal_waits_on() -> None:
    known = doors()
    known.state(ANYBODY, died_on="2026-02-01", **with_person(phone="413-555-0101"))
    less = {**body(referral_note="worse"), "patient": PERSON}
    less.pop("died_on")
    less["patient"] = {name: value for name, value in PERSON.items() if name != "phone"}
    known.state(ANYBODY, 0, referral_note="worse")
    [waits] = known.referral.proposals
    assert set(waits.paths) == {"died_on", "patient.phone"}
    known.state(ANYBODY, 0, **with_person(phone="413-555-0102"))
    [waits] = known.referral.proposals
    assert (set(waits.paths), waits.stated.patient.phone) == ({"died_on", "patient.phone"}, "413-555-0102")


def test_what_was_stated_of_one_loved_one_is_put_onto_no_other() -> None:
    known = doors()
    known.state(ANYBODY, contact={**body()["contact"], "phone": "413-555-0101", "consented": True})
    ann = {**body()["contact"], "full_name": "Ann Quimby", "consented": False}
    known.does(Act.AMEND, stated=body_of(contact=ann))
    [waits] = known.referral.proposals
    assert known.refused(Act.TAKE_OVER_CHANGE, proposal_id=waits.proposal_id).code == "proposal_outdated"
    known.does(Act.TURN_DOWN_CHANGE, proposal_id=waits.proposal_id)


def body_of(**changes: Any) -> Any:
    from tests.referral.samples import stated

    return stated(**changes)


def test_a_held_statement_of_a_stranger_makes_nobody_late() -> None:
    known = doors(ANYBODY)
    known.state(
        ANYBODY,
        0,
        referrer={"organization": "Strangers"},
        placer_assigner="elm street cardiology",
        **with_person(phone="413-555-0101"),
    )
    assert known.state(ANYBODY, -60, referral_note="worse") == "amended"


def test_a_payer_or_referrer_written_otherwise_keeps_what_is_left_out() -> None:
    known = doors()
    payer = {"name": "MEDICARE", "kind": PayerKind.MEDICARE}
    known.state(ACCOUNT, payer=payer, referrer={"organization": "Elm Street Cardiology, Inc."})
    now = known.referral.received
    assert now.payer is not None
    assert (now.payer.member_id, now.referrer.name) == ("MBI-77231", "R. Osei")


def test_no_small_steps_lead_to_somebody_else() -> None:
    known = doors(**with_person(given_name="Mary Ann"))
    for name in ("Baby Girl", "Wilhelmina"):
        assert known.state(ACCOUNT, **with_person(given_name=name)) == "held"
    assert known.referral.received.patient.given_name == "Mary Ann"
    days = ["1941-05-06", "1941-05-07", "1941-05-17", "1941-06-17", "1943-06-17"]
    known = doors(**with_person(birth_date=days[0]))
    for n, day in enumerate(days[1:]):
        known.state(ACCOUNT, n, **with_person(birth_date=day))
    assert known.referral.received.patient.birth_date.isoformat() == "1941-05-07"


def test_a_crowd_of_strangers_pushes_out_each_others_proposals_and_not_the_organizations_own() -> None:
    known = doors()
    known.state(ANYBODY, **with_person(phone="413-555-0101"))
    own = known.referral.proposals[0]
    for n in range(MOST_PROPOSALS + 5):
        crowd: Any = {"referrer": {"organization": f"Stranger {n}"}, **ELM}
        known.state(ANYBODY, **crowd, **with_person(phone="413-555-0199"))
    assert len(known.referral.proposals) == MOST_PROPOSALS
    assert own in known.referral.proposals


def test_a_referral_of_an_older_release_counts_as_stated_when_it_came() -> None:
    known = doors(ANYBODY, arrived_at=None)
    old = known.referral.model_dump(exclude={"statements", "stands", "named", "came", "proposals"}, mode="json")
    known.intake = Intake.model_validate({"referrals": [old]})
    assert known.state(ANYBODY, -60 * 24 * 30, referral_note="long ago") == "older"
    assert known.state(ANYBODY, 0, referral_note="new") == "amended"


def test_an_account_of_another_organization_is_not_proven_by_its_own_name() -> None:
    known = doors(ANYBODY)
    oak = Sending(Way.CLIENT, organizations=frozenset({"oak clinic"}))
    said: Any = {
        "referrer": {**body()["referrer"], "organization": "Oak Clinic"},
        "placer_assigner": "elm street cardiology",
    }
    assert known.state(oak, **said, **with_person(phone="413-555-0101")) == "held"
    assert not any(each.proven for each in known.referral.statements)


def test_an_order_that_becomes_one_for_another_service_is_held() -> None:
    known = doors(ANYBODY)
    assert known.state(ANYBODY, other_service="Not for resuscitation") == "held"
    assert known.referral.came is not None
    assert known.referral.came.because is HeldBecause.ANOTHER_SERVICE
    assert known.refused(Act.ACCEPT).code == "meant_for_another"


@pytest.mark.parametrize(("known", "said"), [("Mary A", "Mary B"), ("Maria", "Marta"), ("Ana Maria", "Marta")])
def test_a_name_a_letter_apart_is_another_name(known: str, said: str) -> None:
    at_first = doors(**with_person(given_name=known))
    assert at_first.state(ACCOUNT, **with_person(given_name=said)) == "held"


def test_another_loved_one_is_taken_whole_or_waits_whole() -> None:
    known = doors()
    ann = {"full_name": "Ann Quimby", "relationship": "daughter", "phone": "413-555-0101", "consented": False}
    reach = Sending(ticked=frozenset({Kind.REACH}))
    assert known.state(reach, contact=ann) == "held"
    contact = known.referral.received.contact
    assert contact is not None
    assert (contact.full_name, contact.consented) == ("Bo Quimby", True)


def test_a_consent_that_is_renewed_without_an_end_has_none() -> None:
    ends = {**body()["contact"], "consent_ends": "2026-12-31T00:00:00Z"}
    known = doors(contact=ends)
    assert known.state(ACCOUNT, 0, contact=body()["contact"]) == "amended"
    assert known.referral.received.contact is not None
    assert known.referral.received.contact.consent_ends is None


def test_clocks_run_on_while_an_unproven_withdrawal_waits_and_urgent_news_still_counts() -> None:
    known = doors(ANYBODY)
    before = {each.milestone: each.due_at for each in known.referral.due}
    withdrawal = Withdrawal(organization="Elm Street Cardiology", placer_id="A-1")
    known.take(partial(withdraw, office=known.office), withdrawal, "referrer")
    assert known.referral.status is Status.CANCELLATION_REQUESTED
    now = {each.milestone: each.due_at for each in known.referral.due}
    assert before.items() <= now.items()
    assert known.state(ANYBODY, 0, priority="urgent") == "amended"


def test_what_was_asked_for_is_reminded_of_after_a_cancellation_was_turned_down() -> None:
    known = doors()
    known.does(Act.REQUEST_INFORMATION, items=["function"], owed_by="referrer")
    known.does(Act.REQUEST_CANCELLATION, "referrer", reason="no_longer_needed")
    known.passes(days=5)
    known.does(Act.TURN_DOWN_CANCELLATION)
    known.passes(minutes=1)
    assert len(known.tells(ReferralInformationReminded)) == 1
    due = next(each for each in known.referral.due if each.milestone is Milestone.INFORMATION)
    assert known.referral.question is not None
    assert known.referral.question.due_at == due.due_at


def test_what_may_be_about_somebody_else_waits_whole() -> None:
    known = doors(ANYBODY)
    said: Any = {"diagnoses": [{"system": "SNOMED-CT", "code": "13645005"}], "priority": "urgent"}
    assert known.state(ACCOUNT, **said, **with_person(given_name="Wilhelmina", phone="413-555-0101")) == "held"
    assert known.referral.received.priority == "routine"
    assert {each.because for each in known.referral.proposals} == {HeldBecause.ANOTHER_PERSON}


def test_a_newest_statement_that_changes_nothing_makes_earlier_ones_late() -> None:
    known = doors(OFFICE, 0)
    said = known.now
    less = {"patient": {name: PERSON[name] for name in ("given_name", "family_name", "birth_date")}}
    assert known.state(OFFICE, 0, **less, contact=None, payer=None) == "repeated"
    between = int((said - known.now).total_seconds() // 60) - 60
    assert known.state(OFFICE, between, referral_note="late") == "older"


def test_a_raised_urgency_counts_also_after_somebody_triaged_it_as_routine() -> None:
    known = doors(ANYBODY)
    known.does(Act.TRIAGE, urgency="routine")
    assert known.state(ANYBODY, 0, priority="urgent") == "amended"
    assert known.referral.urgency == "urgent"


def test_raised_and_lowered_again_a_deadline_is_where_it_was() -> None:
    known = doors()
    before = next(each.due_at for each in known.referral.due if each.milestone is Milestone.DECISION)
    known.does(Act.TRIAGE, urgency="urgent")
    known.passes(hours=2)
    known.does(Act.TRIAGE, urgency="routine")
    assert next(each.due_at for each in known.referral.due if each.milestone is Milestone.DECISION) == before


def test_a_number_is_a_proven_senders_once_they_have_stated_it() -> None:
    known = doors(ANYBODY)
    assert not known.referral.proven
    known.state(ACCOUNT, referral_note="ours")
    assert known.referral.proven


def test_a_strangers_withdrawal_makes_nobody_late() -> None:
    known = doors(ANYBODY)
    known.passes(days=2)
    stranger = Withdrawal(organization="Strangers", placer_assigner="elm street cardiology", placer_id="A-1")
    known.take(partial(withdraw, office=known.office), stranger.model_copy(update={"stated_at": known.now}), "referrer")
    known.does(Act.TURN_DOWN_CANCELLATION)
    assert known.state(ANYBODY, -60, referral_note="worse") == "amended"


def test_the_office_makes_nobody_another_person_either() -> None:
    known = doors()
    other = body_of(**with_person(given_name="Wilhelmina", birth_date="1955-11-30"))
    assert known.refused(Act.AMEND, stated=other).code == "another_person"


@pytest.mark.parametrize(("act", "stands"), [(Act.TAKE_OVER_CHANGE, "urgent"), (Act.TURN_DOWN_CHANGE, "routine")])
def test_what_could_be_either_is_decided_by_the_office(act: Act, stands: str) -> None:
    known = Doors()
    became = [known.state(OFFICE, priority=each) for each in ("urgent", "routine", "urgent")]
    assert became == ["received", "amended", "held"]
    assert known.referral.received.priority == "urgent"
    known.does(act, proposal_id=known.referral.proposals[0].proposal_id)
    assert known.referral.received.priority == stands


def taken_back(known: Doors, at: int | None = None, **said: Any) -> None:
    asked = Withdrawal(organization="Elm Street Cardiology", placer_id="A-1", **said)
    if at is not None:
        asked = asked.model_copy(update={"stated_at": known.now + timedelta(minutes=at)})
    known.take(partial(withdraw, office=known.office), asked, "referrer")


def test_a_withdrawal_that_names_somebody_else_takes_nothing_back() -> None:
    known = doors()
    before = known.intake
    with pytest.raises(AnotherPerson):
        taken_back(known, given_name="Boris", birth_date="1950-01-01")
    assert known.intake is before
    taken_back(known, given_name="Ottoline672", birth_date="1941-05-06")
    assert known.referral.status is Status.CANCELLATION_REQUESTED


def test_an_order_that_is_placed_again_after_its_withdrawal_goes_on() -> None:
    known = doors(ANYBODY, 0)
    taken_back(known, 0)
    assert known.state(ANYBODY, 0) == "amended"
    assert known.referral.status is Status.TRIAGE
    taken_back(known, 0)
    assert known.state(ANYBODY, 0, referral_note="worse") == "amended"
    assert (known.referral.status, known.referral.received.referral_note) == (Status.TRIAGE, "worse")


def test_a_late_or_undated_copy_of_it_does_not_undo_a_withdrawal() -> None:
    known = doors(ANYBODY, 0)
    taken_back(known, 0)
    assert known.state(ANYBODY, -60) == "older"
    assert known.state(ANYBODY) == "held"
    assert known.referral.status is Status.CANCELLATION_REQUESTED
