"""What other services tell of somebody who was taken on, and what happens when a deadline's time has come.

Everything here has the time at which it happened, by the event's own account: it may be heard much later.
"""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from carebus.contracts.care_plan import (
    CareTeamAssigned,
    CareTeamMemberChanged,
    EpisodeOpened,
    VisitCompleted,
    VisitScheduled,
)
from carebus.contracts.referral import Milestone, Party, ReferralDeadlineBreached
from carebus.decisions import Cause, Decision, ignore
from services.referral.domain.deadlines.table import DEFAULT, Office
from services.referral.domain.workflow.contacting import REACHING
from services.referral.domain.workflow.decision_builder import DeadlineDue, DecisionBuilder
from services.referral.domain.workflow.dues import Deadline
from services.referral.domain.workflow.referrals import FirstVisit, Intake, Referral
from services.referral.domain.workflow.statuses import BEFORE_VISIT, Status
from services.referral.domain.workflow.waiting import lapse


class Summed(Protocol):
    """The event that a visit was summed up, as far as it matters here."""

    @property
    def summary_id(self) -> UUID: ...
    @property
    def visit_id(self) -> UUID: ...
    @property
    def episode_id(self) -> UUID: ...
    @property
    def issued_at(self) -> datetime: ...


NOT_OURS = "episode_of_no_referral_here"
PAST_THAT = "referral_is_past_that"


def episode_opened(intake: Intake, opened: EpisodeOpened, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Care begins: the care team is to reach the person."""
    referral = next((each for each in intake.referrals if each.referral_id == opened.referral_id), None)
    if referral is None or referral.episode_id is not None:
        return ignore(NOT_OURS)
    builder = DecisionBuilder(intake, referral, cause, office, opened.opened_at).keeps(episode_id=opened.episode_id)
    if referral.place is Status.ACCEPTED:
        builder.moves(Status.CONTACTING)
    return builder.done("episode_opened")


def team_assigned(
    _: Intake,
    __: CareTeamAssigned | CareTeamMemberChanged,
    ___: Cause,
    office: Office = DEFAULT,  # noqa: ARG001
) -> Decision:
    """Who is on the care team changes no referral; the panel, whose members may read it, follows from the event."""
    return Decision()


def visit_scheduled(intake: Intake, scheduled: VisitScheduled, cause: Cause, office: Office = DEFAULT) -> Decision:
    """The first visit has a time, or another one. It is told as it is planned, so when it was told is its time."""
    referral = intake.of_episode(scheduled.episode_id)
    if referral is None:
        return ignore(NOT_OURS)
    if referral.place not in BEFORE_VISIT:
        return ignore(PAST_THAT)
    visit = FirstVisit(visit_id=scheduled.visit_id, starts_at=scheduled.starts_at)
    builder = DecisionBuilder(intake, referral, cause, office, cause.occurred_at).keeps(first_visit=visit)
    if referral.status is not Status.CANCELLATION_REQUESTED:
        builder.resume(Milestone.FIRST_VISIT)
    return builder.moves(Status.FIRST_VISIT_SCHEDULED).done("visit_scheduled")


def visit_completed(intake: Intake, completed: VisitCompleted, cause: Cause, office: Office = DEFAULT) -> Decision:
    """The first visit took place: its summary is due, and then the referrer is to know."""
    referral = intake.of_episode(completed.episode_id)
    if referral is None:
        return ignore(NOT_OURS)
    if referral.place not in BEFORE_VISIT:
        return ignore(PAST_THAT)
    visit = FirstVisit(visit_id=completed.visit_id, starts_at=completed.started_at, completed_at=completed.completed_at)
    builder = DecisionBuilder(intake, referral, cause, office, completed.completed_at)
    builder.keeps(first_visit=visit).moves(Status.ACTIVE)
    builder.meet(*REACHING, Milestone.FIRST_VISIT)
    builder.start(Milestone.SUMMARY, Party.CARE_TEAM)
    builder.start(Milestone.LOOP_CLOSURE)
    if referral.status is Status.CANCELLATION_REQUESTED:
        builder.pause(Milestone.SUMMARY, Milestone.LOOP_CLOSURE, waits_for=Party.OFFICE)
    return builder.done("visit_completed")


def summary_issued(intake: Intake, issued: Summed, cause: Cause, office: Office = DEFAULT) -> Decision:
    """The first visit is summed up for the referrer: half of what closes the loop."""
    referral = intake.of_episode(issued.episode_id)
    if referral is None:
        return ignore(NOT_OURS)
    visit = referral.first_visit
    if referral.place is not Status.ACTIVE or visit is None or visit.visit_id != issued.visit_id:
        return ignore(PAST_THAT)
    summed = visit.model_copy(update={"summary_document_id": issued.summary_id})
    builder = DecisionBuilder(intake, referral, cause, office, issued.issued_at).keeps(first_visit=summed)
    builder.moves(Status.SUMMARY_SENT)
    return builder.meet(Milestone.SUMMARY).done("summary_sent")


def deadline_due(intake: Intake, due: DeadlineDue, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Something was not done in time: say so, once for each deadline, and let a request for information lapse."""
    referral = intake.referral(due.referral_id)
    deadline = next((each for each in referral.deadlines if each.id == due.milestone_id), None)
    if deadline is None or (missed_at := _missed_at(deadline, cause)) is None:
        return ignore("deadline_not_missed")
    builder = DecisionBuilder(intake, _with_breach(referral, deadline, missed_at), cause, office, missed_at)
    builder.tells(_breach(referral, deadline, missed_at))
    if deadline.milestone is Milestone.INFORMATION and referral.status is Status.INFO_REQUESTED:
        lapse(builder)
    return builder.done("deadline_missed", deadline.milestone)


def _missed_at(deadline: Deadline, cause: Cause) -> datetime | None:
    """When it was missed, which is when it was due, however late its timer is handled; None if it was not."""
    due_at = deadline.due_at
    missed = deadline.open and deadline.breached_at is None and due_at is not None and due_at <= cause.now
    return due_at if missed else None


def _with_breach(referral: Referral, deadline: Deadline, missed_at: datetime) -> Referral:
    missed = deadline.model_copy(update={"breached_at": missed_at})
    kept = tuple(missed if each.id == deadline.id else each for each in referral.deadlines)
    return referral.model_copy(update={"deadlines": kept})


def _breach(referral: Referral, deadline: Deadline, missed_at: datetime) -> ReferralDeadlineBreached:
    return ReferralDeadlineBreached(
        referral_id=referral.referral_id,
        milestone_id=deadline.id,
        milestone=deadline.milestone,
        urgency=referral.urgency,
        owed_by=deadline.owed_by,
        owner=referral.owner,
        due_at=missed_at,
        breached_at=missed_at,
    )
