"""What came of a call for a patient: the advice, and by which protocol."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent
from carebus.contracts.line.calls import Nurse
from carebus.contracts.phi import Phi


class Disposition(StrEnum):
    """What a caller is advised, the most urgent first: levels as nurse lines know them, in our own words."""

    CALL_911 = "call_911"
    EMERGENCY_DEPARTMENT = "emergency_department"
    CLINICIAN_NOW = "clinician_now"
    VISIT_NOW = "visit_now"
    CALL_BACK_TODAY = "call_back_today"
    VISIT_TOMORROW = "visit_tomorrow"
    VISIT_SOON = "visit_soon"
    CARE_AT_HOME = "care_at_home"


class HospitalAdvice(StrEnum):
    """Whether a call ended with a way to hospital."""

    NONE = "none"
    AMBULANCE = "ambulance"
    EMERGENCY_DEPARTMENT = "emergency_department"


class CallTriaged(PatientEvent):
    """A nurse advised a caller about this patient.

    subject: the protocol's id, or `other` where none was followed.  proposed: what the protocol came to, by which of
    its steps; None where it came to nothing.  questions_open: so many were not answered that could have called for
    more.  because: why the nurse advised otherwise, or against what the patient wishes.
    """

    call_id: UUID
    nurse: Nurse
    subject: str
    protocol_version: int | None = None
    protocol_digest: str = ""
    proposed: Disposition | None = None
    proposed_by: str = ""
    questions_open: int = 0
    disposition: Disposition
    hospital: HospitalAdvice
    against_wishes: bool = False
    because: Annotated[str, Phi.TEXT] = ""
    triaged_at: Annotated[datetime, Phi.DATE]


class CallTriageWithdrawn(PatientEvent):
    """The call was about somebody else: what was told of it here never was."""

    call_id: UUID
    withdrawn_at: Annotated[datetime, Phi.DATE]
