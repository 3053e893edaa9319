"""What the care plan service hears, and which decision answers it."""

from carebus.contracts.line import (
    AdmissionNotified,
    AdmissionWithdrawn,
    DeathReported,
    DeathReportWithdrawn,
    HandOverWritten,
)
from carebus.contracts.notifications import NotificationSent, VisitSummaryDelivered, VisitSummaryUndelivered
from carebus.contracts.referral import (
    PatientMerged,
    PatientUnmerged,
    ReferralAccepted,
    ReferralAmended,
    ReferralCancelled,
    ReferralEnteredInError,
    ReferralFailed,
    ReferralReopened,
)
from carebus.contracts.wishes import WishesSummarised
from carebus.decisions import Handlers, on
from services.care_plan.domain.bereavement import planning
from services.care_plan.domain.bereavement.planning import BereavementContactDue
from services.care_plan.domain.bereavement.state import Bereavement
from services.care_plan.domain.care import Care
from services.care_plan.domain.care.looking import HospiceLookDue
from services.care_plan.domain.episode import ending, merging, nights, opening, told
from services.care_plan.domain.episode.nights import Nights
from services.care_plan.domain.episode.told import Told
from services.care_plan.domain.hospice import electing, hearing, leaving
from services.care_plan.domain.hospice.electing import HospiceBegins, NoticeAwaited
from services.care_plan.domain.hospice.prompting import Looking
from services.care_plan.domain.hospice.state import Hospice
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
from services.care_plan.store.schedules import hospice_prompts

looking = Looking(hospice_prompts())

HANDLERS: Handlers = {
    ReferralAccepted: on(Care, opening.open_episode),
    ReferralAmended: on(Care, opening.follow_amendment),
    ReferralCancelled: on(Care, ending.follow_cancellation),
    ReferralFailed: on(Care, ending.follow_failure),
    ReferralEnteredInError: on(Care, ending.follow_error),
    DeathReported: on(Care, Hospice, hearing.follow_report),
    DeathReportWithdrawn: on(Hospice, hearing.follow_report_withdrawal),
    PatientMerged: on(Care, merging.follow_merge),
    PatientUnmerged: on(Care, merging.follow_unmerge),
    HandOverWritten: on(Nights, nights.note_hand_over),
    AdmissionNotified: on(Care, Hospice, looking.note_admission),
    AdmissionWithdrawn: on(Care, Hospice, looking.note_withdrawal),
    WishesSummarised: on(Care, Hospice, looking.note_wishes),
    ReferralReopened: on(Hospice, leaving.follow_reopening),
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
    HospiceLookDue: on(Care, Hospice, looking.look),
    HospiceBegins: on(Care, Hospice, electing.begin),
    NoticeAwaited: on(Care, Hospice, electing.note_no_notice),
    BereavementContactDue: on(Care, Bereavement, planning.note_missed),
}
