"""The rules of referral: pure decisions on plain values."""

from services.referral.domain.intake import Intake, Referral, ReferralUnknown, Status, accept, decline, receive
from services.referral.domain.requests import AcceptReferral, Decline, DeclineReferral, DirectReferral

__all__ = [
    "AcceptReferral",
    "Decline",
    "DeclineReferral",
    "DirectReferral",
    "Intake",
    "Referral",
    "ReferralUnknown",
    "Status",
    "accept",
    "decline",
    "receive",
]
