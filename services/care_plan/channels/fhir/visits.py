"""Visits as FHIR: planned ones are Appointments, those that took place Encounters. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from carebus.contracts.people import TeamMember
from carebus.web.fhir.resources import Json, Resources, instant
from services.care_plan.channels.fhir import codes as c
from services.care_plan.channels.fhir.people import practitioner
from services.care_plan.domain.care import Visit, VisitRecord


def encounter(resources: Resources, record: VisitRecord, subject: Json) -> Json:
    """A visit that took place, with who was there of the team."""
    assert record.visit_id is not None, "a record is a visit's"
    assert record.planned is not None, "what took place was planned"
    assert record.stated is not None, "only what took place is told"
    code, display = c.CLASSES[record.planned.mode]
    stated = record.stated
    return resources.add(
        record.visit_id,
        {
            "resourceType": "Encounter",
            "identifier": [_identifier(record.visit_id)],
            "status": "finished",
            "class": {"system": c.ENCOUNTER_CLASS, "code": code, "display": display},
            "subject": subject,
            "participant": [{"individual": one} for one in _people(resources, stated.present or record.planned.people)],
            "period": {"start": instant(stated.started_at), "end": instant(stated.ended_at)},
        },
    )


def appointment(resources: Resources, visit: Visit, subject: Json) -> Json:
    """A visit that is planned: confirmed by the patient or the family, or not yet."""
    accepted = "accepted" if visit.confirmed_at else "needs-action"
    people = [{"actor": one, "status": "accepted"} for one in _people(resources, visit.people)]
    return resources.add(
        visit.visit_id,
        {
            "resourceType": "Appointment",
            "identifier": [_identifier(visit.visit_id)],
            "status": "booked" if visit.confirmed_at else "pending",
            "start": instant(visit.starts_at),
            "end": instant(visit.starts_at + timedelta(minutes=visit.minutes)),
            "minutesDuration": visit.minutes,
            "participant": [{"actor": subject, "status": accepted}, *people],
        },
    )


def _identifier(visit_id: UUID) -> Json:
    return {"system": c.VISITS, "value": str(visit_id)}


def _people(resources: Resources, people: Sequence[TeamMember]) -> list[Json]:
    return [practitioner(resources, one) for one in people]
