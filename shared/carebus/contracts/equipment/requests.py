"""Equipment is asked for, its payer is asked whether it pays, and what it answered."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent
from carebus.contracts.phi import Phi


class DenialReason(StrEnum):
    """Why a payer does not pay, as its letter says."""

    NOT_MEDICALLY_NECESSARY = "not_medically_necessary"
    NOT_COVERED = "not_covered"
    DOCUMENTS_MISSING = "documents_missing"
    OUT_OF_NETWORK = "out_of_network"
    SAME_OR_SIMILAR = "same_or_similar"
    NOT_ELIGIBLE = "not_eligible"
    OTHER = "other"


class DmeRequested(PatientEvent):
    """A clinician asks for equipment, by its HCPCS code, and says why it is needed."""

    request_id: UUID
    item_code: str
    units: int
    justification: Annotated[str, Phi.TEXT]
    requested_by: str
    requested_at: Annotated[datetime, Phi.DATE]


class DmeRequestWithdrawn(PatientEvent):
    """It is not needed any more. What was delivered for it stays where it is."""

    request_id: UUID
    because: Annotated[str, Phi.TEXT]
    withdrawn_by: str
    withdrawn_at: Annotated[datetime, Phi.DATE]


class _AuthorisationEvent(PatientEvent):
    """A step of an authorisation. `record_id` names it where it is corrected later."""

    record_id: UUID
    request_id: UUID
    recorded_by: str


class DmeAuthorisationNotRequired(_AuthorisationEvent):
    """The payer wants no authorisation for this item."""

    OWN_TIME = "found_at"
    found_at: Annotated[datetime, Phi.DATE]


class DmeAuthorisationRequested(_AuthorisationEvent):
    """The payer was asked."""

    requested_at: Annotated[datetime, Phi.DATE]


class DmeAuthorisationPended(_AuthorisationEvent):
    """The payer wants to know more before it answers."""

    because: Annotated[str, Phi.TEXT]
    pended_at: Annotated[datetime, Phi.DATE]


class DmeAuthorisationApproved(_AuthorisationEvent):
    """The payer pays for so many units that are ordered on these days, both included."""

    units: int
    starts_on: Annotated[date, Phi.DATE]
    ends_on: Annotated[date, Phi.DATE]
    number: Annotated[str, Phi.NUMBER]
    approved_at: Annotated[datetime, Phi.DATE]


class DmeAuthorisationPartlyApproved(_AuthorisationEvent):
    """The payer pays for less than was asked; why, and until when that may be appealed, where it says so."""

    units: int
    starts_on: Annotated[date, Phi.DATE]
    ends_on: Annotated[date, Phi.DATE]
    number: Annotated[str, Phi.NUMBER]
    because: Annotated[str, Phi.TEXT]
    appeal_until: Annotated[date | None, Phi.DATE] = None
    approved_at: Annotated[datetime, Phi.DATE]


class DmeAuthorisationDenied(_AuthorisationEvent):
    """The payer does not pay; until when that may be appealed, the day included."""

    reason: DenialReason
    because: Annotated[str, Phi.TEXT]
    appeal_until: Annotated[date | None, Phi.DATE] = None
    denied_at: Annotated[datetime, Phi.DATE]


class DmeAuthorisationAppealed(_AuthorisationEvent):
    """The payer is asked to think again."""

    because: Annotated[str, Phi.TEXT]
    appealed_at: Annotated[datetime, Phi.DATE]


class DmeAuthorisationExpired(_AuthorisationEvent):
    """The last day of an authorisation is over: nothing more is ordered on it."""

    expired_at: Annotated[datetime, Phi.DATE]


class DmeAppealLapsed(_AuthorisationEvent):
    """Until when a refusal could be appealed is over, and nobody did."""

    lapsed_at: Annotated[datetime, Phi.DATE]
