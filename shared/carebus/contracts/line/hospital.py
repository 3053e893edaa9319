"""What hospitals tell of a patient: that they came, moved and left, and what was taken back of it.

A stay keeps its id, so that one told twice, or put right later, counts once. What a hospital says of a death is a
report: people confirm or dismiss it.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent
from carebus.contracts.phi import Phi


class HospitalSource(StrEnum):
    """By which way a hospital told of it."""

    HL7V2 = "hl7v2"
    FHIR = "fhir"


class DischargedTo(StrEnum):
    """Where somebody went from hospital."""

    HOME = "home"
    HOME_CARE = "home_care"
    FACILITY = "facility"
    HOSPICE = "hospice"
    HOSPITAL = "hospital"
    LEFT_AGAINST_ADVICE = "left_against_advice"
    DIED = "died"
    OTHER = "other"
    NOT_STATED = "not_stated"


class AdmissionNotified(PatientEvent):
    """A hospital says that the patient is admitted. Told again with the same stay when it says otherwise later.

    planned: None where the hospital does not say.  unit: where they lie, as the hospital calls it.
    """

    OWN_TIME = "admitted_at"
    stay_id: UUID
    source: HospitalSource
    hospital: Annotated[str, Phi.PLACE]
    planned: bool | None = None
    unit: Annotated[str, Phi.PLACE] = ""
    admitted_at: Annotated[datetime, Phi.DATE]


class AdmissionWithdrawn(PatientEvent):
    """The hospital takes the admission back: it never was. `stay_id` names it."""

    stay_id: UUID
    withdrawn_at: Annotated[datetime, Phi.DATE]


class EdVisitNotified(PatientEvent):
    """A hospital says that the patient came to its emergency department."""

    OWN_TIME = "came_at"
    stay_id: UUID
    source: HospitalSource
    hospital: Annotated[str, Phi.PLACE]
    came_at: Annotated[datetime, Phi.DATE]


class EdVisitWithdrawn(PatientEvent):
    """The hospital takes the emergency visit back: it never was. `stay_id` names it."""

    stay_id: UUID
    withdrawn_at: Annotated[datetime, Phi.DATE]


class TransferNotified(PatientEvent):
    """The patient lies elsewhere in the hospital now; or still where they lay, where a transfer was taken back."""

    stay_id: UUID
    source: HospitalSource
    hospital: Annotated[str, Phi.PLACE]
    unit: Annotated[str, Phi.PLACE]
    notified_at: Annotated[datetime, Phi.DATE]


class DischargeNotified(PatientEvent):
    """A hospital says that the patient has left. `contact_due_at`: by when the team is to have spoken with them."""

    OWN_TIME = "discharged_at"
    stay_id: UUID
    source: HospitalSource
    hospital: Annotated[str, Phi.PLACE]
    admitted_at: Annotated[datetime | None, Phi.DATE] = None
    discharged_at: Annotated[datetime, Phi.DATE]
    discharged_to: DischargedTo = DischargedTo.NOT_STATED
    contact_due_at: Annotated[datetime | None, Phi.DATE] = None


class DischargeWithdrawn(PatientEvent):
    """The hospital takes the discharge back: the patient is still there. `stay_id` names the stay."""

    stay_id: UUID
    withdrawn_at: Annotated[datetime, Phi.DATE]


class DischargeContactMade(PatientEvent):
    """Somebody spoke with the patient after a discharge, or saw them. `by_visit`: a visit took place."""

    stay_id: UUID
    by_visit: bool
    late: bool
    made_at: Annotated[datetime, Phi.DATE]


class DischargeContactMissed(PatientEvent):
    """Two days after a discharge nobody had spoken with the patient. The contact stays open."""

    stay_id: UUID
    missed_at: Annotated[datetime, Phi.DATE]


class DeathReported(PatientEvent):
    """Somebody outside says that the patient has died: a report, which people confirm or dismiss.

    reported_by: who says so, such as `hospital`.  died_on: None where that is not said.
    """

    report_id: UUID
    reported_by: str
    hospital: Annotated[str, Phi.PLACE] = ""
    died_on: Annotated[date | None, Phi.DATE] = None
    reported_at: Annotated[datetime, Phi.DATE]


class DeathReportWithdrawn(PatientEvent):
    """Whoever reported the death takes it back. `report_id` names the `DeathReported`; people dismiss what it held."""

    report_id: UUID
    withdrawn_at: Annotated[datetime, Phi.DATE]
