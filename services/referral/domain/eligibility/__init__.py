"""Is this service for this person? Rule sets are data; each criterion says what it found, why, and what is missing."""

from services.referral.domain.eligibility.assessment import (
    EligibilityUndetermined,
    NotEligible,
    assess,
    refuse_unless_eligible,
    verdict_of,
)
from services.referral.domain.eligibility.facts import Facts, facts_of
from services.referral.domain.eligibility.rulesets import RuleBook, RuleSet

__all__ = [
    "EligibilityUndetermined",
    "Facts",
    "NotEligible",
    "RuleBook",
    "RuleSet",
    "assess",
    "facts_of",
    "refuse_unless_eligible",
    "verdict_of",
]
