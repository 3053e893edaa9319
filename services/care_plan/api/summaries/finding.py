"""Finds the summary of a visit for whoever asks: the visit took place, and somebody stands for its record."""

from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from fastapi import Request

from carebus.contracts.audit import AuditKind
from carebus.contracts.care_plan import SummaryPart
from carebus.errors import CarebusError
from carebus.web.http import Parts, require_standing, saw
from services.care_plan.api.acts import known_patient
from services.care_plan.channels.documents.summary import Summary, summary_of
from services.care_plan.domain.care import Care, VisitRecord, VisitUnknown
from services.care_plan.store import sharing, visits


class NotSummedUp(CarebusError):
    """This visit has no summary: it has not taken place, or nobody has signed what is recorded of it."""

    status = HTTPStatus.CONFLICT


@dataclass(frozen=True, slots=True)
class Found:
    """A visit that is summed up, with whose it is, and who signed what is recorded of it."""

    patient_id: UUID
    care: Care
    record: VisitRecord
    signed_by: str

    def summary(self, parts: Collection[SummaryPart] = tuple(SummaryPart)) -> Summary:
        """The document, with these parts of it."""
        return summary_of(self.care, self.record, parts, signed_by=self.signed_by)


async def found_for(request: Request, parts: Parts, visit_id: UUID, kind: AuditKind = AuditKind.READ) -> Found:
    """The summary for somebody of ours, who is seen to have looked. Raises VisitUnknown and NotSummedUp."""
    async with parts.database.connection() as db:
        patient_id = await visits.patient_of_visit(db, visit_id)
    await require_standing(request, parts, patient_id)
    if patient_id == visits.NOBODY:
        raise VisitUnknown
    found = await find(parts, patient_id, visit_id)
    saw(request, [patient_id], kind)
    return found


async def find(parts: Parts, patient_id: UUID, visit_id: UUID) -> Found:
    """The summary of a patient's visit. Raises PatientUnknown and NotSummedUp."""
    care = await known_patient(parts, patient_id)
    async with parts.database.connection() as db:
        record = await visits.record_of(db, patient_id, visit_id)
        if record is None or record.stated is None or record.signed_at is None:
            raise NotSummedUp
        signed_by = await sharing.signer(db, record.signed_by)
    return Found(patient_id, care, record, signed_by)
