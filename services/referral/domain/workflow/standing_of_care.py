"""What care that is held, goes on or ends means for the referral that it came from."""

from uuid import UUID

from carebus.contracts.care_plan import (
    CareHeld,
    CareResumed,
    EndReason,
    EpisodeEnded,
    VisitCancelled,
    VisitRescheduled,
)
from carebus.contracts.referral import Milestone, Party, ReferralFailureReason
from carebus.decisions import Cause, Decision, ignore
from services.referral.domain.deadlines.table import DEFAULT, Office
from services.referral.domain.workflow.contacting import REACHING, failed
from services.referral.domain.workflow.decision_builder import DecisionBuilder
from services.referral.domain.workflow.following import NOT_OURS, PAST_THAT
from services.referral.domain.workflow.referrals import FirstVisit, Intake, Referral
from services.referral.domain.workflow.statuses import BEFORE_VISIT, TERMINAL, Status

OF_CARE = (*REACHING, Milestone.FIRST_VISIT, Milestone.SUMMARY, Milestone.LOOP_CLOSURE)
"""What is due of somebody in care; it waits while a death is looked into."""
FAILS: dict[EndReason, tuple[ReferralFailureReason, str]] = {
    EndReason.DIED: (ReferralFailureReason.DECEASED, ""),
    EndReason.MOVED: (ReferralFailureReason.MOVED_AWAY, ""),
    EndReason.HOSPICE: (ReferralFailureReason.ON_HOSPICE, ""),
    EndReason.WITHDRAWN: (ReferralFailureReason.PATIENT_DECLINED, ""),
    EndReason.NOT_REACHED: (ReferralFailureReason.COULD_NOT_CONTACT, ""),
    EndReason.TRANSFERRED: (ReferralFailureReason.OTHER, "Cared for elsewhere."),
    EndReason.PLAN_LOST: (ReferralFailureReason.OTHER, "No longer covered."),
    EndReason.DISCHARGED: (ReferralFailureReason.OTHER, "Discharged before a first visit."),
    EndReason.ENTERED_IN_ERROR: (ReferralFailureReason.OTHER, "Entered in error."),
}
"""What the end of care before a first visit is called for the referrer."""


def care_held(intake: Intake, held: CareHeld, cause: Cause, office: Office = DEFAULT) -> Decision:
    """A death was reported: nothing is due until the care team knows."""
    referral = intake.of_episode(held.episode_id)
    if referral is None or referral.status in TERMINAL:
        return _too_late(referral)
    builder = DecisionBuilder(intake, referral, cause, office, held.held_at)
    return builder.pause(*OF_CARE, waits_for=Party.CARE_TEAM).done("care_held")


def care_resumed(intake: Intake, resumed: CareResumed, cause: Cause, office: Office = DEFAULT) -> Decision:
    """It was not so: what was due is due again, with the time that was left."""
    referral = intake.of_episode(resumed.episode_id)
    if referral is None or referral.status in TERMINAL:
        return _too_late(referral)
    builder = DecisionBuilder(intake, referral, cause, office, resumed.resumed_at)
    return builder.resume(*OF_CARE, held_by=Party.CARE_TEAM).done("care_resumed")


def episode_ended(intake: Intake, ended: EpisodeEnded, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Care is over: before a first visit the referral has failed; after it the referrer still gets the summary.

    Of a closed one it is noted as well, so that the person can be taken on again.
    """
    referral = intake.of_episode(ended.episode_id)
    if referral is None or referral.status in TERMINAL - {Status.CLOSED}:
        return _too_late(referral)
    builder = DecisionBuilder(intake, referral, cause, office, ended.ended_at).keeps(care_ended=True)
    if referral.place in BEFORE_VISIT:
        return failed(builder, *FAILS[ended.reason])
    return builder.resume(*OF_CARE, held_by=Party.CARE_TEAM).done("care_ended", ended.reason)


def visit_moved(intake: Intake, moved: VisitRescheduled, cause: Cause, office: Office = DEFAULT) -> Decision:
    """The first visit has another time."""
    referral = intake.of_episode(moved.episode_id)
    if referral is None or (visit := _awaited(referral, moved.visit_id)) is None:
        return _too_late(referral)
    builder = DecisionBuilder(intake, referral, cause, office, moved.rescheduled_at)
    return builder.keeps(first_visit=visit.model_copy(update={"starts_at": moved.starts_at})).done("visit_moved")


def visit_cancelled(intake: Intake, gone: VisitCancelled, cause: Cause, office: Office = DEFAULT) -> Decision:
    """The first visit does not take place; another one is planned by the care team."""
    referral = intake.of_episode(gone.episode_id)
    if referral is None or _awaited(referral, gone.visit_id) is None:
        return _too_late(referral)
    builder = DecisionBuilder(intake, referral, cause, office, gone.cancelled_at)
    return builder.keeps(first_visit=None).done("visit_cancelled")


def _awaited(referral: Referral, visit_id: UUID) -> FirstVisit | None:
    """The first visit, if it is this one and has not taken place."""
    visit = referral.first_visit if referral.place in BEFORE_VISIT else None
    return visit if visit and visit.visit_id == visit_id else None


def _too_late(referral: Referral | None) -> Decision:
    """Nothing follows: it is no referral of ours, or one that is past that."""
    return ignore(PAST_THAT if referral else NOT_OURS)
