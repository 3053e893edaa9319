"""What the outcomes service hears: everything about patients that anybody publishes."""

from carebus.contracts.care_plan import (
    CareHeld,
    CarePlanDrafted,
    CareResumed,
    CareTeamAssigned,
    CareTeamAssignmentDelayed,
    EpisodeEnded,
    EpisodeOpened,
    SymptomFollowUpCancelled,
    SymptomFollowUpMet,
    SymptomFollowUpMissed,
    SymptomFollowUpOpened,
    VisitCancelled,
    VisitCompleted,
    VisitCorrected,
    VisitNoShow,
    VisitOverdue,
    VisitScheduled,
)
from carebus.contracts.notifications import (
    NotificationFailed,
    NotificationRequested,
    NotificationSent,
    NotificationSuppressed,
)
from carebus.contracts.referral import (
    EligibilityAssessed,
    PatientMerged,
    PatientUnmerged,
    ReferralAccepted,
    ReferralDeclined,
    ReferralReceived,
)
from carebus.decisions import Handlers, on
from services.outcomes.domain import Journey, journey, visiting

HANDLERS: Handlers = {
    ReferralReceived: on(Journey, journey.received),
    EligibilityAssessed: on(Journey, journey.assessed),
    ReferralAccepted: on(Journey, journey.accepted),
    ReferralDeclined: on(Journey, journey.declined),
    EpisodeOpened: on(Journey, journey.episode_opened),
    CarePlanDrafted: on(Journey, journey.plan_drafted),
    CareTeamAssigned: on(Journey, journey.team_assigned),
    CareTeamAssignmentDelayed: on(Journey, journey.team_delayed),
    VisitScheduled: on(Journey, journey.visit_scheduled),
    VisitCompleted: on(Journey, visiting.visit_completed),
    VisitCorrected: on(Journey, visiting.visit_corrected),
    VisitCancelled: on(Journey, visiting.visit_cancelled),
    VisitNoShow: on(Journey, visiting.visit_not_met),
    VisitOverdue: on(Journey, journey.visit_overdue),
    SymptomFollowUpOpened: on(Journey, visiting.follow_up_opened),
    SymptomFollowUpMet: on(Journey, visiting.follow_up_met),
    SymptomFollowUpMissed: on(Journey, visiting.follow_up_missed),
    SymptomFollowUpCancelled: on(Journey, visiting.follow_up_cancelled),
    CareHeld: on(Journey, journey.care_held),
    CareResumed: on(Journey, journey.care_resumed),
    EpisodeEnded: on(Journey, journey.episode_ended),
    NotificationRequested: on(Journey, journey.message_requested),
    NotificationSent: on(Journey, journey.message_sent),
    NotificationFailed: on(Journey, journey.message_failed),
    NotificationSuppressed: on(Journey, journey.message_suppressed),
    PatientMerged: on(Journey, journey.merged),
    PatientUnmerged: on(Journey, journey.unmerged),
}
