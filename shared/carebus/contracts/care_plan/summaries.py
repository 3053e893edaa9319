"""What doctors outside the service are told of a visit."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent, Value
from carebus.contracts.phi import Phi


class SummaryPart(StrEnum):
    """What a part of a visit summary tells."""

    VISIT = "visit"
    FOUND = "found"
    CHANGED = "changed"
    NEXT = "next"
    NOTE = "note"


class SummarySection(Value):
    """A part of a visit summary, in plain clinical words."""

    part: SummaryPart
    text: Annotated[str, Phi.TEXT]


class VisitSummaryIssued(PatientEvent):
    """A visit is summed up for outside doctors: what was found, what changed, what is next. Corrected: version 2."""

    summary_id: UUID
    visit_id: UUID
    episode_id: UUID
    referral_id: UUID
    version: int
    sections: tuple[SummarySection, ...]
    issued_at: Annotated[datetime, Phi.DATE]
