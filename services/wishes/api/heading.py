"""What stands at the head of pages about somebody's wishes."""

from datetime import datetime
from uuid import UUID

from carebus.web.people import MERGED, Banner, banner_of
from services.wishes.domain.wishes import Wishes

ON_HOLD = ("A death was reported", "bad")
ENDED = ("Not in care", "neutral")
CANNOT_DECIDE = ("Can’t decide: the agent does", "warn")


def banner(wishes: Wishes, patient_id: UUID, now: datetime) -> Banner:
    """The banner of somebody whose wishes are kept."""
    assert wishes.patient is not None, "who has a page is known"
    states = [
        *([MERGED] if wishes.merged_into else []),
        *([ON_HOLD] if wishes.holds else []),
        *([CANNOT_DECIDE] if wishes.incapacity else []),
        *([] if wishes.in_care else [ENDED]),
    ]
    return banner_of(wishes.patient, patient_id, "Wishes", now, *states)
