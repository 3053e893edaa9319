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

__all__ = [
    "STATES",
    "Count",
    "Row",
    "by_reference",
    "counts",
    "oldest",
    "page",
    "referral",
    "same_person",
    "stream_of",
]
