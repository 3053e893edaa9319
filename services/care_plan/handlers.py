"""What the care plan service hears, and which decision answers it."""

from carebus.contracts.referral import ReferralAccepted
from carebus.decisions import Handlers, on
from services.care_plan.domain import decisions
from services.care_plan.domain.care import Care
from services.care_plan.domain.decisions import TeamStillAwaited, VisitUnreported
from services.care_plan.domain.roster import Roster

HANDLERS: Handlers = {
    ReferralAccepted: on(Care, Roster, decisions.open_episode),
    TeamStillAwaited: on(Care, Roster, decisions.assign_team_now),
    VisitUnreported: on(Care, decisions.note_overdue),
}
