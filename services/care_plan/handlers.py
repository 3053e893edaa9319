"""What the care plan service hears, and which decision answers it."""

from carebus.contracts.referral import PatientMerged, PatientUnmerged, ReferralAccepted, ReferralAmended
from carebus.decisions import Handlers, on
from services.care_plan.domain import decisions, merging
from services.care_plan.domain.care import Care
from services.care_plan.domain.decisions import TeamStillAwaited, VisitUnreported
from services.care_plan.domain.roster import Roster

HANDLERS: Handlers = {
    ReferralAccepted: on(Care, Roster, decisions.open_episode),
    ReferralAmended: on(Care, decisions.follow_amendment),
    PatientMerged: on(Care, merging.follow_merge),
    PatientUnmerged: on(Care, merging.follow_unmerge),
    TeamStillAwaited: on(Care, Roster, decisions.assign_team_now),
    VisitUnreported: on(Care, decisions.note_overdue),
}
