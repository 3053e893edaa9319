"""What the service hears, and which decision answers it."""

from carebus.contracts.care_plan import CareHeld, CareResumed, EpisodeEnded, EpisodeOpened
from carebus.contracts.notifications import SupplierLetterFailed
from carebus.contracts.referral import PatientMerged, PatientUnmerged, ReferralAccepted, ReferralAmended
from carebus.decisions import Handlers, on
from services.equipment.domain import following
from services.equipment.domain.deadlines import DeadlinePassed
from services.equipment.domain.equipment import Equipment
from services.equipment.domain.loans import ordering

HANDLERS: Handlers = {
    ReferralAccepted: on(Equipment, following.note_acceptance),
    ReferralAmended: on(Equipment, following.note_amendment),
    PatientMerged: on(Equipment, following.follow_merge),
    PatientUnmerged: on(Equipment, following.follow_unmerge),
    EpisodeOpened: on(Equipment, following.note_opening),
    EpisodeEnded: on(Equipment, following.note_end),
    CareHeld: on(Equipment, following.note_hold),
    CareResumed: on(Equipment, following.note_resumption),
    SupplierLetterFailed: on(Equipment, ordering.note_not_written),
    DeadlinePassed: on(Equipment, following.pass_deadline),
}
