"""Corners of the workflow: late commands, changed clocks, people reached and lost again, care that goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from carebus.contracts.care_plan import EpisodeOpened, VisitCompleted
from carebus.contracts.referral import Milestone, ReferralDeadlineBreached, ReferralDeadlineMet
from services.referral.domain import Act, Status
from services.referral.domain.workflow import following
from tests.examples import example
from tests.referral.deciding import Desk
from tests.referral.workflow.test_workflow import MONDAY_9, desk, due
from tests.referral.workflow.test_workflow_machine import Summary

FRIDAY_4PM = datetime(2026, 3, 6, 21, tzinfo=UTC)
EPISODE, VISIT = UUID(int=51), UUID(int=52)
ASKED: dict[str, Any] = {"items": ["coverage"], "owed_by": "referrer"}


def late(made: Desk) -> list[bool]:
    return [event.late for event in made.tells(ReferralDeadlineMet) if event.milestone is Milestone.DECISION]


def test_what_is_done_too_late_is_late_though_no_timer_has_said_so_yet() -> None:
    office = desk()
    office.now += timedelta(days=10)
    office.does(Act.REQUEST_INFORMATION, **ASKED)
    office.does(Act.ACCEPT)
    assert late(office) == [True]


def test_a_deadline_that_was_due_before_the_pause_is_said_to_be_missed_once() -> None:
    office = desk()
    office.now += timedelta(days=10)
    office.does(Act.REQUEST_INFORMATION, **ASKED)
    office.passes(times=2, minutes=1)
    missed = [event.milestone for event in office.tells(ReferralDeadlineBreached)]
    assert missed.count(Milestone.DECISION) == 1


def test_another_urgency_after_a_pause_keeps_the_share_that_has_passed() -> None:
    office = Desk(now=FRIDAY_4PM)
    office.refer(priority="urgent")
    office.now += timedelta(hours=20)
    office.does(Act.REQUEST_INFORMATION, **ASKED)
    office.passes(hours=45)
    office.does(Act.SUPPLY_INFORMATION, supplied_by="referrer")
    office.passes(minutes=30)
    office.does(Act.TRIAGE, urgency="routine")
    decision = due(office)[Milestone.DECISION]
    assert decision is not None
    assert decision > office.now
    assert office.tells(ReferralDeadlineBreached) == []


def unreachable(made: Desk) -> None:
    for channel in ("phone", "phone", "home"):
        made.does(Act.ATTEMPT_CONTACT, channel=channel, outcome="no_answer")
        made.passes(hours=23)
    made.does(Act.ATTEMPT_CONTACT, channel="letter", outcome="letter_sent")


def test_tries_of_before_somebody_was_reached_do_not_make_them_unreachable() -> None:
    office = desk()
    office.does(Act.ACCEPT)
    unreachable(office)
    office.does(Act.MAKE_CONTACT, channel="phone")
    assert office.refused(Act.DECLARE_UNREACHABLE).code == "not_tried_enough"
    office.passes(hours=1)
    unreachable(office)
    office.does(Act.DECLARE_UNREACHABLE)
    assert due(office)[Milestone.ANSWER] is not None


def test_a_visit_of_care_that_went_on_counts_for_the_referral_that_was_taken_up_again() -> None:
    office = desk()
    office.does(Act.ACCEPT)
    office.hear(example(EpisodeOpened, episode_id=EPISODE, referral_id=office.referral.referral_id))
    office.does(Act.PATIENT_DECLINES)
    office.does(Act.REOPEN)
    old, new = office.intake.referrals
    office.does(Act.ACCEPT, of=new)
    office.hear(example(VisitCompleted, episode_id=EPISODE, visit_id=VISIT))
    assert [each.status for each in office.intake.referrals] == [Status.FAILED, Status.ACTIVE]
    assert old.episode_id == office.intake.referral(new.referral_id).episode_id


def test_whoever_is_cared_for_still_is_so_when_the_loop_is_closed() -> None:
    office = Desk(now=MONDAY_9)
    office.refer()
    office.does(Act.ACCEPT)
    office.hear(example(EpisodeOpened, episode_id=EPISODE, referral_id=office.referral.referral_id))
    office.hear(example(VisitCompleted, episode_id=EPISODE, visit_id=VISIT))
    office.take(following.summary_issued, Summary(EPISODE, VISIT, office.now), "system")
    office.does(Act.CLOSE_LOOP, "system")
    assert office.referral.status is Status.CLOSED
    assert office.intake.enrolled


def test_a_referral_is_known_by_the_document_it_began_with_and_by_the_one_it_was_last_read_from() -> None:
    office = desk(placer_id="A-1", raw_hash="ab", channel="fhir")
    for again in ({"raw_hash": "bc"}, {"raw_hash": "cd"}, {"raw_hash": "de", "referral_note": "news"}):
        office.refer(placer_id="A-1", channel="fhir", **again)
    assert office.referral.received.raw_hash == "de"
    for raw_hash in ("ab", "de"):
        office.refer(channel="fhir", raw_hash=raw_hash)
    assert len(office.intake.referrals) == 1
