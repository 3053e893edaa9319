"""What the care plan service hears, and which decision answers it."""

from carebus.contracts.line import DeathReported, HandOverWritten
from carebus.contracts.notifications import NotificationSent, VisitSummaryDelivered, VisitSummaryUndelivered
from carebus.contracts.referral import (
    PatientMerged,
    PatientUnmerged,
    ReferralAccepted,
    ReferralAmended,
    ReferralCancelled,
    ReferralEnteredInError,
    ReferralFailed,
)
from carebus.decisions import Handlers, on
from services.care_plan.domain.care import Care
from services.care_plan.domain.episode import ending, holding, merging, nights, opening, told
from services.care_plan.domain.episode.nights import Nights
from services.care_plan.domain.episode.told import Told
from services.care_plan.domain.plan import approving
from services.care_plan.domain.plan.approving import PlanReviewAwaited
from services.care_plan.domain.summaries import sharing
from services.care_plan.domain.summaries.sharing import Sharing
from services.care_plan.domain.symptoms import follow_ups, unstable
from services.care_plan.domain.symptoms.follow_ups import FollowUpDue
from services.care_plan.domain.symptoms.unstable import PhaseReviewDue, PlanChangeDue
from services.care_plan.domain.team import arranging, staffing
from services.care_plan.domain.team.arranging import TeamChangeDue
from services.care_plan.domain.team.staffing import TeamStillAwaited
from services.care_plan.domain.visits import booking, signing
from services.care_plan.domain.visits.booking import VisitUnreported
from services.care_plan.domain.visits.signing import SignatureAwaited

HANDLERS: Handlers = {
    ReferralAccepted: on(Care, opening.open_episode),
    ReferralAmended: on(Care, opening.follow_amendment),
    ReferralCancelled: on(Care, ending.follow_cancellation),
    ReferralFailed: on(Care, ending.follow_failure),
    ReferralEnteredInError: on(Care, ending.follow_error),
    DeathReported: on(Care, holding.follow_report),
    PatientMerged: on(Care, merging.follow_merge),
    PatientUnmerged: on(Care, merging.follow_unmerge),
    HandOverWritten: on(Nights, nights.note_hand_over),
    NotificationSent: on(Told, told.note_message),
    VisitSummaryDelivered: on(Sharing, sharing.note_delivery),
    VisitSummaryUndelivered: on(Sharing, sharing.note_failure),
    TeamChangeDue: on(Care, arranging.make_change),
    TeamStillAwaited: on(Care, staffing.assign_team_now),
    VisitUnreported: on(Care, booking.note_overdue),
    SignatureAwaited: on(Care, signing.note_unsigned),
    FollowUpDue: on(Care, follow_ups.note_missed),
    PlanChangeDue: on(Care, unstable.note_plan),
    PhaseReviewDue: on(Care, unstable.note_review),
    PlanReviewAwaited: on(Care, approving.note_review_due),
}
