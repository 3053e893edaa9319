"""What stands at the head of pages about somebody's equipment."""

from datetime import datetime
from uuid import UUID

from carebus.web.people import MERGED, Banner, banner_of
from services.equipment.domain.equipment import Equipment

ON_HOLD = ("A death was reported", "bad")
ENDED = ("Not in care", "neutral")


def banner(equipment: Equipment, patient_id: UUID, now: datetime) -> Banner:
    """The banner of somebody who has, or may have, equipment."""
    assert equipment.patient is not None, "who has a page is known"
    states = [
        *([MERGED] if equipment.merged_into else []),
        *([ON_HOLD] if equipment.holds else []),
        *([] if equipment.in_care else [ENDED]),
    ]
    return banner_of(equipment.patient, patient_id, "Equipment", now, *states)
