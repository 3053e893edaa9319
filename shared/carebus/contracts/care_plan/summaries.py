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


class SummaryRecipient(Value):
    """A doctor or another person outside the service whom staff chose to have summaries.

    profession: in words.  how: in words, where it does not go by e-mail: handed over, by Direct, by post.
    """

    recipient_id: UUID
    name: Annotated[str, Phi.NAME]
    profession: Annotated[str, Phi.TEXT] = ""
    organization: str = ""
    email: Annotated[str, Phi.EMAIL] = ""
    how: Annotated[str, Phi.TEXT] = ""


class VisitSummarySendRequested(PatientEvent):
    """A visit's summary is to go to somebody outside. A recipient with an e-mail address gets a private link.

    `sending_id` opens nothing by itself. parts: what staff chose of it; the letter itself holds none of it.
    """

    sending_id: UUID
    summary_id: UUID
    visit_id: UUID
    episode_id: UUID
    version: int
    recipient: SummaryRecipient
    parts: tuple[SummaryPart, ...]
    requested_at: Annotated[datetime, Phi.DATE]


class VisitSummaryAcknowledged(PatientEvent):
    """Whoever holds the private link, and knows the patient's date of birth, says that they have the summary."""

    sending_id: UUID
    visit_id: UUID
    episode_id: UUID
    version: int
    acknowledged_at: Annotated[datetime, Phi.DATE]
