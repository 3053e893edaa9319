"""Where the referral service keeps what it knows. All SQL of the service is in this room."""

from services.referral.store.arrived import Arrived, Placed, arrived_as, keep, placed
from services.referral.store.referrals import (
    STATES,
    Count,
    Row,
    by_reference,
    counts,
    oldest,
    page,
    referral,
    referrals,
    same_person,
    stream_of,
)

__all__ = [
    "STATES",
    "Arrived",
    "Count",
    "Placed",
    "Row",
    "arrived_as",
    "by_reference",
    "counts",
    "keep",
    "oldest",
    "page",
    "placed",
    "referral",
    "referrals",
    "same_person",
    "stream_of",
]
