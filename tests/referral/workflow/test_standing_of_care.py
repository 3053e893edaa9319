"""Care that is held, goes on or ends, as the referral that it came from knows it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid5

import pytest

from carebus.contracts.care_plan import (
    CareHeld,
    CareResumed,
    EndReason,
    EpisodeEnded,
    EpisodeOpened,
    VisitCancelled,
    VisitRescheduled,
)
from carebus.contracts.referral import Milestone, ReferralDeadlineBreached, ReferralFailed
from services.referral.domain import Act
from services.referral.domain.workflow import following
from services.referral.domain.workflow.statuses import Status
from tests.examples import example
from tests.referral.deciding import Desk
from tests.referral.workflow.test_workflow_machine import Summary
from tests.told import EPISODE, completed, scheduled

DAY = timedelta(days=1)


def in_care() -> Desk:
    """Somebody who was taken on, with a first visit planned."""
    desk = Desk()
    desk.refer()
    desk.does(Act.ACCEPT)
    desk.hear(example(EpisodeOpened, referral_id=desk.referral.referral_id, episode_id=EPISODE, opened_at=desk.now))
    desk.hear(scheduled(at=desk.now + 2 * DAY))
    return desk


@pytest.mark.parametrize(
    ("reason", "called"), [("died", "deceased"), ("moved", "moved_away"), ("hospice", "on_hospice")]
)
def test_care_that_ends_before_a_first_visit_fails_the_referral(reason: str, called: str) -> None:
    desk = in_care()
    desk.hear(example(EpisodeEnded, episode_id=EPISODE, reason=reason, ended_at=desk.now))
    (told,) = desk.tells(ReferralFailed)
    assert (told.reason, desk.referral.status) == (called, Status.FAILED)


@pytest.mark.parametrize("reason", list(EndReason))
def test_after_it_the_referrer_still_gets_the_summary(reason: EndReason) -> None:
    desk = in_care()
    desk.hear(completed(at=desk.now))
    desk.hear(example(EpisodeEnded, episode_id=EPISODE, reason=reason, ended_at=desk.now))
    assert desk.referral.status is Status.ACTIVE
    assert any(one.milestone is Milestone.SUMMARY and one.due_at for one in desk.referral.deadlines)
    assert not desk.tells(ReferralFailed)


@pytest.mark.parametrize("closed", [False, True])
def test_whoever_left_our_care_can_be_taken_on_again(closed: bool) -> None:
    desk = in_care()
    visit = completed(at=desk.now)
    desk.hear(visit)
    if closed:
        desk.take(following.summary_issued, Summary(EPISODE, visit.visit_id, desk.now), "system")
        desk.does(Act.CLOSE_LOOP, "system")
    assert desk.intake.enrolled
    ended = example(EpisodeEnded, episode_id=EPISODE, reason="hospice", ended_at=desk.now)
    desk.hear(ended)
    assert not desk.intake.enrolled
    if closed:
        desk.does(Act.REOPEN)
        old, new = desk.intake.referrals
        desk.does(Act.ACCEPT, of=new)
        assert (desk.intake.referrals[-1].status, old.replaced_by) == (Status.ACCEPTED, new.referral_id)


def test_nothing_is_missed_while_a_death_is_looked_into_and_what_is_left_of_the_time_goes_on() -> None:
    desk = in_care()
    desk.hear(completed(at=desk.now))
    desk.hear(example(CareHeld, episode_id=EPISODE, held_at=desk.now))
    desk.passes(days=30)
    assert not desk.tells(ReferralDeadlineBreached)
    desk.hear(example(CareResumed, episode_id=EPISODE, resumed_at=desk.now))
    assert not desk.tells(ReferralDeadlineBreached)
    desk.passes(days=30)
    assert desk.tells(ReferralDeadlineBreached)


def test_a_moved_first_visit_has_its_new_time_and_a_cancelled_one_none() -> None:
    desk = in_care()
    visit, later = uuid5(EPISODE, "1"), desk.now + 5 * DAY
    moved = example(VisitRescheduled, episode_id=EPISODE, visit_id=visit, starts_at=later, rescheduled_at=desk.now)
    desk.hear(moved)
    assert desk.referral.first_visit is not None
    assert desk.referral.first_visit.starts_at == later
    desk.hear(example(VisitCancelled, episode_id=EPISODE, visit_id=visit, cancelled_at=desk.now))
    assert desk.referral.first_visit is None
