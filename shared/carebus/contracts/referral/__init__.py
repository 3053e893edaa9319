"""What the referral service tells: what came in, what was decided, and what its referrers are to hear of."""

from carebus.contracts.referral.intake import (
    Channel,
    Criterion,
    CriterionValue,
    DeclineReason,
    EligibilityAssessed,
    Priority,
    ReferralAccepted,
    ReferralDeclined,
    ReferralReceived,
)
from carebus.contracts.referral.referrers import (
    ReferrerLinkRevoked,
    ReferrerStatusChanged,
    ReferrerStatusViewed,
    ReferrerUpdateRequested,
    SeenBy,
    StatusLink,
)

__all__ = [
    "Channel",
    "Criterion",
    "CriterionValue",
    "DeclineReason",
    "EligibilityAssessed",
    "Priority",
    "ReferralAccepted",
    "ReferralDeclined",
    "ReferralReceived",
    "ReferrerLinkRevoked",
    "ReferrerStatusChanged",
    "ReferrerStatusViewed",
    "ReferrerUpdateRequested",
    "SeenBy",
    "StatusLink",
]
