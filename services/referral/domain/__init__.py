"""The rules of referral: pure decisions on plain values."""

from services.referral.domain.deadlines.table import Office, office_of
from services.referral.domain.referring.requests import DirectReferral
from services.referral.domain.workflow.acts import DEEDS, Deed
from services.referral.domain.workflow.commands import AcceptReferral, Decline, DeclineReferral
from services.referral.domain.workflow.dues import Deadline
from services.referral.domain.workflow.receiving import answered, receive
from services.referral.domain.workflow.referrals import Intake, Referral, ReferralUnknown, Step, placer_of
from services.referral.domain.workflow.statuses import OPEN, TERMINAL, Act, Role, Status, allowed, role_of
from services.referral.domain.workflow.triage import accept, decline

__all__ = [
    "DEEDS",
    "OPEN",
    "TERMINAL",
    "AcceptReferral",
    "Act",
    "Deadline",
    "Decline",
    "DeclineReferral",
    "Deed",
    "DirectReferral",
    "Intake",
    "Office",
    "Referral",
    "ReferralUnknown",
    "Role",
    "Status",
    "Step",
    "accept",
    "allowed",
    "answered",
    "decline",
    "office_of",
    "placer_of",
    "receive",
    "role_of",
]
