"""How a referral ends otherwise than by a decision: taken back, made in error, or its loop closed with evidence."""

from carebus.contracts.referral import (
    Milestone,
    Party,
    ReferralCancellationRequested,
    ReferralCancelled,
    ReferralEnteredInError,
    ReferralLoopClosed,
)
from carebus.decisions import Cause, Decision
from carebus.errors import CarebusError
from services.referral.domain.commands import CancelReferral, CloseLoop, MarkError, RequestCancellation
from services.referral.domain.course import Course
from services.referral.domain.intake import Intake
from services.referral.domain.office import DEFAULT, Office
from services.referral.domain.statuses import Act, Status


class EvidenceMissing(CarebusError):
    """The loop is not closed yet: it needs a first visit that took place, and its summary."""


def request_cancellation(
    intake: Intake, asked: RequestCancellation, cause: Cause, office: Office = DEFAULT
) -> Decision:
    """The referrer wants to take it back: the office has to act on that, and nothing else is due meanwhile."""
    course = Course.of(intake, asked, Act.REQUEST_CANCELLATION, cause, office)
    told = ReferralCancellationRequested(
        referral_id=asked.referral_id, reason=asked.reason, reason_text=asked.reason_text, requested_at=cause.now
    )
    course.tells(told).pause(*Milestone, waits_for=Party.OFFICE)
    course.stands(Status.CANCELLATION_REQUESTED).start(Milestone.CANCELLATION)
    return course.done("cancellation_requested", asked.reason, text=asked.reason_text)


def cancel(intake: Intake, asked: CancelReferral, cause: Cause, office: Office = DEFAULT) -> Decision:
    """It is taken back."""
    course = Course.of(intake, asked, Act.CANCEL, cause, office)
    told = ReferralCancelled(
        referral_id=asked.referral_id, reason=asked.reason, reason_text=asked.reason_text, cancelled_at=cause.now
    )
    course.tells(told).stands(Status.CANCELLED).meet(Milestone.CANCELLATION).withdraw()
    return course.done("cancelled", asked.reason, text=asked.reason_text)


def mark_error(intake: Intake, asked: MarkError, cause: Cause, office: Office = DEFAULT) -> Decision:
    """It should never have been made."""
    course = Course.of(intake, asked, Act.MARK_ERROR, cause, office)
    course.tells(ReferralEnteredInError(referral_id=asked.referral_id, marked_at=cause.now))
    return course.stands(Status.ENTERED_IN_ERROR).withdraw().done("entered_in_error")


def close_loop(intake: Intake, asked: CloseLoop, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Whoever referred knows what came of it. Raises EvidenceMissing."""
    course = Course.of(intake, asked, Act.CLOSE_LOOP, cause, office)
    visit, since = course.referral.first_visit, course.referral.received.received_at
    if visit is None or visit.completed_at is None or visit.summary_document_id is None:
        raise EvidenceMissing
    told = ReferralLoopClosed(
        referral_id=asked.referral_id,
        visit_id=visit.visit_id,
        summary_document_id=visit.summary_document_id,
        days_open=(cause.now - since).days,
        business_days_open=office.business_days(since, cause.now),
        closed_at=cause.now,
    )
    return course.tells(told).stands(Status.CLOSED).meet(Milestone.LOOP_CLOSURE).withdraw().done("loop_closed")
