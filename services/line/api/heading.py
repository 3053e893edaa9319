"""What stands at the head of the line's pages about a person, to be known before a word is said."""

from datetime import datetime
from uuid import UUID

from carebus.web.people import MERGED, Banner, banner_of
from services.line.domain.sheet import Sheet

ON_HOLD = ("A death was reported", "bad")
ENDED = ("Not in care any more", "neutral")


def banner(sheet: Sheet, patient_id: UUID, now: datetime) -> Banner:
    """The banner of somebody with a sheet."""
    assert sheet.person is not None, "who has a sheet is known"
    states = [
        *([MERGED] if sheet.merged_into else []),
        *([ON_HOLD] if sheet.holds else []),
        *([] if sheet.in_care else [ENDED]),
    ]
    return banner_of(sheet.person, patient_id, "Line", now, *states)
