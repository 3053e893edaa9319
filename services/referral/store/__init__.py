"""Where the referral service keeps what it knows. All SQL of the service is in this room."""

from carebus.states import tables
from services.referral.store import referrals
from services.referral.store.followed import FEEDBACK
from services.referral.store.referrals import (
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

STATES = {**referrals.STATES, **tables(FEEDBACK)}

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
