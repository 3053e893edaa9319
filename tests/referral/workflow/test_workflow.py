"""What the office decides and what follows: each deadline in its time, said once, and each guard by its own words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from carebus.contracts.care_plan import EpisodeOpened, VisitCompleted, VisitScheduled
from carebus.contracts.people import PayerKind
from carebus.contracts.referral import (
    FirstContactAttempted,
    Milestone,
    ReferralAcknowledged,
    ReferralAmended,
    ReferralDeadlineBreached,
    ReferralDeadlineMet,
    ReferralDeadlinePaused,
    ReferralDeadlineResumed,
    ReferralInformationLapsed,
    ReferralInformationReminded,
    ReferralLoopClosed,
    ReferralPossibleDuplicateFlagged,
    ReferralReceived,
    ReferralReopened,
    ReferralRepeatDetected,
)
from services.referral.domain import Act, Intake, Office, Status
from services.referral.domain.deadlines.table import PLEDGES, Pledge, Unit
from services.referral.domain.workflow import following
from tests.examples import example
from tests.referral.deciding import Desk
from tests.referral.samples import body
from tests.referral.workflow.test_workflow_machine import Summary

HEART_FAILURE = [{"system": "SNOMED-CT", "code": "88805009", "description": "Chronic heart failure"}]
MONDAY_9 = datetime(2026, 3, 2, 14, tzinfo=UTC)


def desk(**changes: object) -> Desk:
    """An office with one referral on its desk, on Monday at nine."""
    made = Desk(now=MONDAY_9)
    made.refer(**changes)
    return made


def due(of: Desk) -> dict[Milestone, datetime | None]:
    return {each.milestone: each.due_at for each in of.referral.due}


def breaches(of: Desk) -> list[Milestone]:
    return [event.milestone for event in of.tells(ReferralDeadlineBreached)]


@pytest.mark.parametrize(("urgency", "day", "hour"), [("urgent", 3, 14), ("routine", 4, 14)])
def test_a_decision_is_due_by_urgency(urgency: str, day: int, hour: int) -> None:
    assert due(desk(priority=urgency)) == {Milestone.DECISION: datetime(2026, 3, day, hour, tzinfo=UTC)}


def test_triage_sets_the_clock_by_the_urgency_it_finds() -> None:
    office = desk()
    office.passes(hours=2)
    office.does(Act.TRIAGE, "clinician:bo", urgency="urgent", clinician="bo")
    assert due(office) == {Milestone.DECISION: MONDAY_9 + timedelta(hours=2 + 24)}
    assert office.referral.urgency == "urgent"


def test_a_raised_urgency_counts_from_its_raising_and_is_never_later_than_before() -> None:
    office = desk()
    before = due(office)[Milestone.DECISION]
    office.passes(hours=40)
    office.does(Act.TRIAGE, "clinician:bo", urgency="urgent")
    assert due(office)[Milestone.DECISION] == before
    assert breaches(office) == []


def test_a_plans_own_row_goes_before_the_table() -> None:
    row = Pledge(milestone=Milestone.DECISION, amount=4, unit=Unit.HOURS, payer="Elm Street Health Plan")
    made = Desk(Office(pledges=(row, *PLEDGES)), now=MONDAY_9)
    payer = {"name": "elm street health plan", "kind": PayerKind.COMMERCIAL}
    made.refer(payer=payer)
    made.refer()
    soon, later = ({each.milestone: each.due_at for each in r.due} for r in made.intake.referrals)
    assert soon[Milestone.DECISION] == MONDAY_9 + timedelta(hours=4)
    assert later[Milestone.DECISION] == MONDAY_9 + timedelta(days=2)


def test_a_fax_waits_for_its_acknowledgement_and_a_form_does_not() -> None:
    form, fax = desk(channel="form"), desk(channel="fax")
    assert [event.automatic for event in form.tells(ReferralAcknowledged)] == [True]
    assert due(fax)[Milestone.ACKNOWLEDGEMENT] == MONDAY_9 + timedelta(hours=1)
    fax.does(Act.ACKNOWLEDGE)
    fax.does(Act.ACKNOWLEDGE)
    assert [event.automatic for event in fax.tells(ReferralAcknowledged)] == [False]
    fax.passes(hours=5)
    assert breaches(fax) == []


def test_a_missed_deadline_is_said_once_and_stays_missed() -> None:
    office = desk(priority="urgent")
    office.passes(times=3, hours=23)
    assert breaches(office) == []
    office.passes(times=3, hours=1)
    office.intake = Intake.model_validate_json(office.intake.as_history().model_dump_json())
    office.does(Act.REQUEST_INFORMATION, items=["diagnosis"], owed_by="referrer")
    office.does(Act.SUPPLY_INFORMATION, "referrer")
    office.passes(times=3, days=4)
    assert breaches(office) == [Milestone.DECISION]
    office.does(Act.ACCEPT)
    met = {event.milestone: event.late for event in office.tells(ReferralDeadlineMet)}
    assert met == {Milestone.INFORMATION: False, Milestone.DECISION: True}


def test_information_stops_the_clock_and_what_was_left_of_it_is_kept() -> None:
    office = desk()
    office.passes(hours=7)  # 16 o'clock: seven of eighteen office hours have passed
    office.does(Act.REQUEST_INFORMATION, items=["diagnosis", "coverage"], owed_by="health_plan")
    (paused,) = office.tells(ReferralDeadlinePaused)
    assert (paused.remaining_seconds, paused.waits_for) == (11 * 3600, "health_plan")
    assert due(office) == {Milestone.INFORMATION: office.now + timedelta(days=10), Milestone.DECISION: None}
    office.passes(days=4)
    assert [event.owed_by for event in office.tells(ReferralInformationReminded)] == ["health_plan"]
    office.does(Act.SUPPLY_INFORMATION, "referrer", items=["coverage"])
    assert office.referral.question is not None
    office.does(Act.SUPPLY_INFORMATION, "referrer")
    (resumed,) = office.tells(ReferralDeadlineResumed)
    assert resumed.due_at == datetime(2026, 3, 10, 13, tzinfo=UTC)  # one hour of Friday, nine of Monday, one of Tuesday
    assert office.referral.status is Status.TRIAGE
    assert breaches(office) == []


def test_information_that_never_comes_lapses_and_the_decision_is_due_again() -> None:
    office = desk()
    office.does(Act.REQUEST_INFORMATION, items=["diagnosis"], owed_by="referrer")
    office.passes(times=2, days=10)
    assert breaches(office) == [Milestone.INFORMATION]
    assert len(office.tells(ReferralInformationLapsed)) == 1
    assert office.referral.status is Status.TRIAGE
    assert due(office)[Milestone.DECISION] is not None


def test_a_referrer_may_not_decide_and_is_told_so() -> None:
    office = desk()
    assert office.refused(Act.ACCEPT, "referrer:elm").status == 403
    assert office.refused(Act.CANCEL, "referrer:elm", reason="no_longer_needed").status == 403
    office.does(Act.REQUEST_CANCELLATION, "referrer:elm", reason="no_longer_needed")
    assert due(office)[Milestone.CANCELLATION] is not None
    office.does(Act.CANCEL, reason="no_longer_needed")
    assert (office.referral.status, office.timers) == (Status.CANCELLED, {})


def test_an_error_can_be_marked_before_acceptance_only() -> None:
    office = desk()
    office.does(Act.ACCEPT)
    assert office.refused(Act.MARK_ERROR, "referrer").code == "not_now"


def test_whoever_saw_an_older_one_is_told_what_changed() -> None:
    office = desk()
    seen = office.referral.version
    office.does(Act.ASSIGN, "coordinator:ann", assignee="ann", seen=seen)
    why = office.refused(Act.ACCEPT, seen=seen)
    assert (why.status, why.code) == (409, "changed_meanwhile")
    assert "assigned (by coordinator:ann)" in str(why)
    office.does(Act.ACCEPT, seen=office.referral.version)


def test_three_attempts_on_three_days_in_two_ways_and_a_letter_come_before_unreachable() -> None:
    office = desk()
    office.does(Act.ACCEPT)
    for channel in ("phone", "phone", "home"):
        assert office.refused(Act.DECLARE_UNREACHABLE) is not None
        office.does(Act.ATTEMPT_CONTACT, channel=channel, outcome="no_answer")
        office.passes(hours=23)
    assert due(office)[Milestone.LETTER] is not None
    assert office.refused(Act.DECLARE_UNREACHABLE).code == "not_tried_enough"
    office.does(Act.ATTEMPT_CONTACT, channel="letter", outcome="letter_sent")
    office.does(Act.DECLARE_UNREACHABLE)
    assert due(office) == {Milestone.ANSWER: datetime(2026, 3, 18, 21, tzinfo=UTC), Milestone.FIRST_VISIT: None}
    assert [event.attempt_no for event in office.tells(FirstContactAttempted)] == [1, 2, 3, 4]
    office.does(Act.MAKE_CONTACT, channel="phone")
    assert office.referral.status is Status.CONTACTING
    assert due(office)[Milestone.FIRST_VISIT] is not None


def test_the_whole_way_to_a_closed_loop() -> None:
    office = desk()
    office.does(Act.ACCEPT)
    assert set(due(office)) == {Milestone.FIRST_CONTACT, Milestone.FIRST_VISIT}
    office.does(Act.MAKE_CONTACT)
    episode, visit = office.referral.received.referral_id, office.referral.correlation_id
    for event, status in (
        (example(EpisodeOpened, episode_id=episode, referral_id=office.referral.referral_id), Status.CONTACTING),
        (example(VisitScheduled, episode_id=episode, visit_id=visit), Status.FIRST_VISIT_SCHEDULED),
        (example(VisitCompleted, episode_id=episode, visit_id=visit), Status.ACTIVE),
    ):
        office.hear(event)
        office.hear(event)
        assert office.referral.status is status
    assert office.refused(Act.CLOSE_LOOP).code == "not_now"
    office.passes(hours=30)
    office.take(following.summary_issued, Summary(episode, visit, office.now), "system")
    office.does(Act.CLOSE_LOOP, "system")
    (closed,) = office.tells(ReferralLoopClosed)
    assert (closed.visit_id, closed.days_open, closed.business_days_open) == (visit, 1, 1)
    assert (office.referral.status, office.timers, breaches(office)) == (Status.CLOSED, {}, [])


def test_the_same_number_with_the_same_content_is_a_repeat_told_once() -> None:
    office = desk(placer_id="A-1", raw_hash="ab")
    for again in ({"placer_id": "A-1", "raw_hash": "cd"}, {"placer_id": "A-1"}, {"raw_hash": "ab"}):
        office.refer(**again)
    assert len(office.tells(ReferralReceived)) == len(office.intake.referrals) == 1
    assert [event.basis for event in office.tells(ReferralRepeatDetected)] == ["placer_id", "raw_hash"]


def test_the_same_number_of_another_assigner_is_another_referral_and_perhaps_a_duplicate() -> None:
    office = desk(placer_id="A-1", placer_assigner="elm")
    office.refer(placer_id="A-1", placer_assigner="oak")
    first, second = office.intake.referrals
    (flagged,) = office.tells(ReferralPossibleDuplicateFlagged)
    assert (flagged.referral_id, flagged.original_referral_id) == (second.referral_id, first.referral_id)


def test_changed_content_under_the_same_number_amends_before_acceptance_and_is_a_note_after_it() -> None:
    office = desk(placer_id="A-1")
    knee = [{"system": "SNOMED-CT", "code": "64859006"}]
    office.refer(placer_id="A-1", diagnoses=knee, priority="urgent")
    (amended,) = office.tells(ReferralAmended)
    assert (amended.changed, amended.applied) == (("priority", "diagnoses"), True)
    assert not office.referral.assessed.eligible
    assert due(office)[Milestone.DECISION] == MONDAY_9 + timedelta(hours=24)
    office.refer(placer_id="A-1", diagnoses=HEART_FAILURE)
    office.does(Act.ACCEPT)
    office.refer(placer_id="A-1", referral_note="moved in with her son")
    assert office.tells(ReferralAmended)[-1].applied is False
    assert office.referral.received.referral_note == ""
    assert office.referral.status is Status.ACCEPTED


def test_a_reopened_referral_is_a_new_one_and_the_old_one_stays_as_it_ended() -> None:
    office = desk(placer_id="A-1")
    office.does(Act.DECLINE, reason="no_capacity")
    office.does(Act.REOPEN)
    old, new = office.intake.referrals
    (reopened,) = office.tells(ReferralReopened)
    assert (reopened.referral_id, reopened.replaces) == (new.referral_id, old.referral_id)
    assert (old.status, new.status, new.received.replaces) == (Status.DECLINED, Status.TRIAGE, old.referral_id)
    assert office.refused(Act.REOPEN, of=old).code == "already_reopened"
    office.refer(placer_id="A-1")
    assert len(office.intake.referrals) == 2


def test_a_document_of_the_first_release_is_read_and_goes_on() -> None:
    office = desk()
    office.does(Act.ACCEPT)
    then = office.referral.model_dump(include={"correlation_id", "received", "assessed", "outcome"}, mode="json")
    for outcome, status in ((None, Status.TRIAGE), (then["outcome"], Status.ACCEPTED)):
        old = Intake.model_validate({"referrals": [{**then, "outcome": outcome}]})
        assert (old.referrals[0].status, old.referrals[0].version) == (status, 0)
        again = Desk(now=MONDAY_9)
        again.intake = old
        again.does(Act.ASSIGN, assignee="ann")
        assert len(again.referral.due) == 1


def test_whoever_is_taken_on_can_be_reached_or_it_is_said_how() -> None:
    nobody: Any = {
        "patient": {**body()["patient"], "address": {}},
        "contact": None,
        "referrer": {"organization": "Elm"},
    }
    office = desk(**nobody)
    assert office.refused(Act.ACCEPT).code == "nobody_to_reach"
    office.does(Act.ACCEPT, how_to_reach="The neighbor in number 4 has a key.")
    assert office.referral.steps[-1].text == "The neighbor in number 4 has a key."
    ways: tuple[Any, ...] = (
        {"patient": {**nobody["patient"], "phone": "413-555-0100"}},
        {"patient": {**nobody["patient"], "address": {"street": "8 Larch Way", "city": "Lynn"}}},
        {"contact": body()["contact"]},
        {"referrer": {"organization": "Elm", "email": "osei@elm.example"}},
    )
    for way in ways:
        desk(**{**nobody, **way}).does(Act.ACCEPT)


def test_deadlines_run_from_the_arrival_and_at_most_thirty_days_back() -> None:
    for days, back in ((1, 1), (29, 29), (400, 30)):
        office = Desk(now=MONDAY_9)
        office.refer(channel="fax", priority="urgent", arrived_at=MONDAY_9 - timedelta(days=days))
        decision = next(each for each in office.referral.deadlines if each.milestone is Milestone.DECISION)
        assert decision.started_at == MONDAY_9 - timedelta(days=back)
