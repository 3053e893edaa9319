"""How a referral ends otherwise than by a decision: taken back, made in error, or its loop closed with evidence."""

from datetime import datetime

from carebus.contracts.referral import (
    CancellationReason,
    Milestone,
    ReferralCancelled,
    ReferralEnteredInError,
    ReferralLoopClosed,
)
from carebus.decisions import Cause, Decision
from carebus.errors import CarebusError
from services.referral.domain.deadlines.table import DEFAULT, Office
from services.referral.domain.referring.requests import WithdrawalReason
from services.referral.domain.workflow.commands import CancelReferral, CloseLoop, MarkError, RequestCancellation
from services.referral.domain.workflow.decision_builder import DecisionBuilder
from services.referral.domain.workflow.referrals import Intake
from services.referral.domain.workflow.statuses import Act, Role, Status, role_of
from services.referral.domain.workflow.withdrawing import WORDS, request

MADE_IN_ERROR = WORDS[WithdrawalReason.ENTERED_IN_ERROR]


class EvidenceMissing(CarebusError):
    """The loop is not closed yet: it needs a first visit that took place, and its summary."""


def request_cancellation(
    intake: Intake, asked: RequestCancellation, cause: Cause, office: Office = DEFAULT
) -> Decision:
    """The referrer wants to take it back: the office has to act on that, and nothing else is due until then."""
    builder = DecisionBuilder.of(intake, asked, Act.REQUEST_CANCELLATION, cause, office)
    request(builder, asked.reason, asked.reason_text)
    return builder.done("cancellation_requested", asked.reason, text=asked.reason_text)


def cancel(intake: Intake, asked: CancelReferral, cause: Cause, office: Office = DEFAULT) -> Decision:
    """It is taken back."""
    builder = DecisionBuilder.of(intake, asked, Act.CANCEL, cause, office)
    told = ReferralCancelled(
        referral_id=asked.referral_id, reason=asked.reason, reason_text=asked.reason_text, cancelled_at=cause.now
    )
    builder.tells(told).stands(Status.CANCELLED).meet(Milestone.CANCELLATION).withdraw()
    return builder.done("cancelled", asked.reason, text=asked.reason_text)


def mark_error(intake: Intake, asked: MarkError, cause: Cause, office: Office = DEFAULT) -> Decision:
    """It should never have been made: the office knows; a referrer, as long as nobody signs in, asks for that."""
    builder = DecisionBuilder.of(intake, asked, Act.MARK_ERROR, cause, office)
    if role_of(cause.by) is Role.REFERRER:
        request(builder, CancellationReason.OTHER, MADE_IN_ERROR)
        return builder.done("cancellation_requested", CancellationReason.OTHER, text=MADE_IN_ERROR)
    builder.tells(ReferralEnteredInError(referral_id=asked.referral_id, marked_at=cause.now))
    return builder.stands(Status.ENTERED_IN_ERROR).withdraw().done("entered_in_error")


def close_loop(
    intake: Intake, asked: CloseLoop, cause: Cause, office: Office = DEFAULT, at: datetime | None = None
) -> Decision:
    """The referrer knows the result: since now, or since the letter that told of it. Raises EvidenceMissing."""
    builder = DecisionBuilder.of(intake, asked, Act.CLOSE_LOOP, cause, office, at)
    visit, received = builder.referral.first_visit, builder.referral.received
    since = received.arrived_at or received.received_at
    if visit is None or visit.completed_at is None or visit.summary_document_id is None:
        raise EvidenceMissing
    told = ReferralLoopClosed(
        referral_id=asked.referral_id,
        visit_id=visit.visit_id,
        summary_document_id=visit.summary_document_id,
        days_open=(builder.at - since).days,
        business_days_open=office.business_days(since, builder.at),
        closed_at=builder.at,
    )
    return builder.tells(told).stands(Status.CLOSED).meet(Milestone.LOOP_CLOSURE).withdraw().done("loop_closed")
