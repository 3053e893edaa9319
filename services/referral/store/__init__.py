"""Where the referral service keeps what it knows. All SQL of the service is in this room."""

from services.referral.store.referrals import (
    STATES,
    Count,
    Row,
    by_reference,
    counts,
    oldest,
    page,
    referral,
    same_person,
    stream_of,
)
from services.referral.store.rulesets import RulesetBroken, rule_book

__all__ = [
    "STATES",
    "Count",
    "Row",
    "RulesetBroken",
    "by_reference",
    "counts",
    "oldest",
    "page",
    "referral",
    "rule_book",
    "same_person",
    "stream_of",
]
