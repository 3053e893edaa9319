"""What the service hears, and which decision answers it."""

from carebus.contracts.care_plan import (
    CareHeld,
    CarePlanRevised,
    CareResumed,
    EpisodeEnded,
    EpisodeOpened,
    VisitCompleted,
    VisitCorrected,
)
from carebus.contracts.equipment import (
    DmeDelivered,
    DmeDeliveryCorrected,
    DmeLost,
    DmeRecordWithdrawn,
    DmeRequested,
    DmeRequestWithdrawn,
    DmeReturned,
)
from carebus.contracts.line import AdmissionNotified, CallTriaged, CallTriageWithdrawn
from carebus.contracts.referral import PatientMerged, PatientUnmerged, ReferralAccepted, ReferralAmended
from carebus.decisions import Handlers, on
from services.wishes.domain import following, lending
from services.wishes.domain.wishes import Wishes

HANDLERS: Handlers = {
    ReferralAccepted: on(Wishes, following.note_acceptance),
    ReferralAmended: on(Wishes, following.note_amendment),
    PatientMerged: on(Wishes, following.follow_merge),
    PatientUnmerged: on(Wishes, following.follow_unmerge),
    EpisodeOpened: on(Wishes, following.note_opening),
    EpisodeEnded: on(Wishes, following.note_end),
    CareHeld: on(Wishes, following.note_hold),
    CareResumed: on(Wishes, following.note_resumption),
    CarePlanRevised: on(Wishes, following.note_plan),
    VisitCompleted: on(Wishes, following.note_visit),
    VisitCorrected: on(Wishes, following.note_correction),
    AdmissionNotified: on(Wishes, following.note_admission),
    CallTriaged: on(Wishes, following.note_advice),
    CallTriageWithdrawn: on(Wishes, following.note_advice_withdrawn),
    DmeRequested: on(Wishes, lending.note_request),
    DmeRequestWithdrawn: on(Wishes, lending.note_request_withdrawn),
    DmeDelivered: on(Wishes, lending.note_delivery),
    DmeDeliveryCorrected: on(Wishes, lending.note_delivery_corrected),
    DmeReturned: on(Wishes, lending.note_end),
    DmeLost: on(Wishes, lending.note_end),
    DmeRecordWithdrawn: on(Wishes, lending.note_withdrawal),
}
