"""Where the referral service keeps what it knows. All SQL of the service is in this room."""

from services.referral.store.referrals import (
    STATES,
    NumberTaken,
    Row,
    by_reference,
    names_of,
    oldest,
    referral,
    same_person,
    stream_of,
    stream_of_hash,
    stream_of_placer,
    streams_of,
)
from services.referral.store.worklist import NOBODY, Shelf, Tally, Wanted, named, people, tally, worklist

__all__ = [
    "NOBODY",
    "STATES",
    "NumberTaken",
    "Row",
    "Shelf",
    "Tally",
    "Wanted",
    "by_reference",
    "named",
    "names_of",
    "oldest",
    "people",
    "referral",
    "same_person",
    "stream_of",
    "stream_of_hash",
    "stream_of_placer",
    "streams_of",
    "tally",
    "worklist",
]
