"""A referral as it stands, and what its Task and its order say alike: numbers, patient, requester."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carebus.web.fhir.resources import Json
from services.referral.channels.fhir import codes as c
from services.referral.channels.fhir.writing import identifier
from services.referral.domain import Referral
from services.referral.domain.feedback.business_status import task_status
from services.referral.domain.workflow.reference import reference

PATIENT = "urn:carebus:patient"
WHO = "Carebus"
_ORDER_STATUS = {"completed": "completed", "cancelled": "revoked", "entered-in-error": "entered-in-error"}
"""An order stands when the work is declined: only who placed it revokes it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A referral as it stands, with its patient and when it last moved."""

    patient_id: UUID
    referral: Referral
    moved_at: datetime


def standing_of(patient_id: UUID, referral: Referral) -> Standing:
    """A referral as it stands."""
    noted = (step.noted_at or step.at for step in referral.steps)
    return Standing(patient_id, referral, max(noted, default=referral.received.received_at))


def status_of(standing: Standing) -> str:
    """The status of its Task."""
    return task_status(standing.referral.status).fhir


def order_status(referral: Referral) -> str:
    """The status of its order."""
    return _ORDER_STATUS.get(task_status(referral.status).fhir, "active")


def identifiers_of(referral: Referral) -> list[Json]:
    """Its numbers: the sender's first, if it has one, then ours."""
    received = referral.received
    numbers = [
        {**identifier(c.FILLER, str(referral.referral_id), c.OURS), "assigner": {"display": WHO}},
        {"system": c.REFERENCE, "value": reference(referral.referral_id), "assigner": {"display": WHO}},
    ]
    if received.placer_id:
        numbers.insert(0, identifier(c.PLACER, received.placer_id, received.placer_assigner))
    return numbers


def patient_of(standing: Standing) -> Json:
    """The patient by the number that everything here knows them by."""
    return {"type": "Patient", "identifier": {"system": PATIENT, "value": str(standing.patient_id)}}


def requester_of(referral: Referral) -> Json:
    """Who referred, with the National Provider Identifier where it is known."""
    referrer = referral.received.referrer
    number = {"identifier": {"system": c.NPI, "value": referrer.npi}} if referrer.npi else {}
    return {"display": referrer.organization, **number}
