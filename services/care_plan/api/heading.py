"""What stands at the head of this service's pages about a person: who it is, and whether care waits or is over."""

from datetime import datetime
from uuid import UUID

from carebus.contracts.care_plan import EndReason
from carebus.web.people import MERGED, Banner, banner_of
from services.care_plan.api import words
from services.care_plan.domain.care import Care

ON_HOLD = ("Death reported: care is on hold", "bad")


def banner(care: Care, patient_id: UUID, now: datetime) -> Banner:
    """The banner of somebody in care, or who was."""
    assert care.patient is not None, "who is in care is known"
    died = care.ended.on if care.ended and care.ended.reason is EndReason.DIED else None
    states = [
        *([MERGED] if care.merged_into else []),
        *([ON_HOLD] if care.holds else []),
        *([(words.ENDED[care.ended.reason], "neutral")] if care.ended and not died else []),
    ]
    return banner_of(care.patient, patient_id, "Care plan", now, *states, died_on=died)
