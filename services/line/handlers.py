"""What the line hears, and which decision answers it."""

from carebus.contracts.care_plan import (
    CareHeld,
    CarePlanApproved,
    CarePlanDrafted,
    CarePlanRevised,
    CareResumed,
    CareTeamAssigned,
    CareTeamMemberChanged,
    EpisodeEnded,
    EpisodeOpened,
    MedicinesReconciled,
    VisitCancelled,
    VisitCompleted,
    VisitConverted,
    VisitCorrected,
    VisitNoShow,
    VisitRescheduled,
    VisitScheduled,
)
from carebus.contracts.notifications import PageHandedOver, PageNotHandedOver
from carebus.contracts.referral import (
    PatientIdentityStated,
    PatientMerged,
    PatientUnmerged,
    ReferralAccepted,
    ReferralAmended,
)
from carebus.contracts.wishes import WishesSummarised
from carebus.decisions import Handlers, on
from services.line.domain.calls import Call, paging, promises, telephone
from services.line.domain.calls.paging import PageUnconfirmed, PageWaits
from services.line.domain.calls.promises import CallbackDue
from services.line.domain.calls.telephone import AnswerAwaited
from services.line.domain.hospital import contacts, identities, unclaimed
from services.line.domain.hospital.contacts import ContactDue
from services.line.domain.hospital.record import HospitalRecord, Identity
from services.line.domain.hospital.unclaimed import EraseDue, Unclaimed
from services.line.domain.sheet import Sheet, handing_over, hearing
from services.line.domain.sheet.handing_over import MorningComes

HANDLERS: Handlers = {
    ReferralAccepted: on(Sheet, hearing.note_acceptance),
    ReferralAmended: on(Sheet, hearing.note_amendment),
    PatientIdentityStated: on(Identity, identities.keep_keys),
    PatientMerged: on(Sheet, Identity, identities.follow_merge),
    PatientUnmerged: on(Sheet, Identity, identities.follow_unmerge),
    EpisodeOpened: on(Sheet, hearing.note_opening),
    EpisodeEnded: on(Sheet, hearing.note_end),
    CareHeld: on(Sheet, hearing.note_hold),
    CareResumed: on(Sheet, hearing.note_resumption),
    CareTeamAssigned: on(Sheet, hearing.note_team),
    CareTeamMemberChanged: on(Sheet, hearing.note_team_change),
    CarePlanDrafted: on(Sheet, hearing.note_draft),
    CarePlanRevised: on(Sheet, hearing.note_revision),
    CarePlanApproved: on(Sheet, hearing.note_approval),
    WishesSummarised: on(Sheet, hearing.note_wishes),
    MedicinesReconciled: on(Sheet, hearing.note_medicines),
    VisitScheduled: on(Sheet, hearing.note_visit_planned),
    VisitRescheduled: on(Sheet, hearing.note_visit_planned),
    VisitConverted: on(Sheet, hearing.note_visit_planned),
    VisitCancelled: on(Sheet, hearing.note_visit_gone),
    VisitNoShow: on(Sheet, hearing.note_visit_gone),
    VisitCompleted: on(Sheet, HospitalRecord, contacts.note_visit),
    VisitCorrected: on(Sheet, hearing.note_correction),
    AnswerAwaited: on(Call, telephone.note_abandonment),
    CallbackDue: on(Call, promises.note_missed),
    PageWaits: on(Call, paging.ask_next),
    PageUnconfirmed: on(Call, paging.note_unconfirmed),
    PageHandedOver: on(Call, paging.note_handed_over),
    PageNotHandedOver: on(Call, paging.note_not_handed_over),
    MorningComes: on(Sheet, handing_over.write_by_morning),
    ContactDue: on(HospitalRecord, contacts.note_missed),
    EraseDue: on(Unclaimed, unclaimed.erase),
}
