"""Who may do and see what in care planning, and who is on whose panel."""

from pydantic import BaseModel

from carebus.access import Access, AccountRole, Relation, Rule, clinicians, roles
from carebus.access.panels import panels_of
from services.care_plan.domain.care import PatientUnknown, VisitUnknown
from services.care_plan.domain.decisions import CompleteVisit, JoinRoster

office = roles(AccountRole.COORDINATOR, AccountRole.SUPERVISOR)
panel = clinicians.on(Relation.PANEL)
outside = roles(AccountRole.HEALTH_PLAN).on(Relation.MEMBER) | roles(AccountRole.FAMILY_MEMBER).on(Relation.RELATIVE)
"""They see who comes and when, of their members and relatives, and never what was found (`cares_for`)."""
everybody = office | panel | outside
"""Lists: whoever is not of the office finds their own people only."""
of_patient = everybody.sees("patient_id", PatientUnknown)

COMMANDS_MAY: dict[type[BaseModel], Rule] = {
    JoinRoster: roles(AccountRole.SUPERVISOR),
    CompleteVisit: panel.unknown_as(VisitUnknown),
}

READS_MAY = {
    "GET /": everybody,
    "GET /patients/{patient_id}": of_patient,
    "GET /visits/{visit_id}": (office | panel).unknown_as(VisitUnknown),
    "POST /visits/{visit_id}": panel.unknown_as(VisitUnknown),
    "GET /emergency": clinicians,
    "POST /emergency": clinicians,
    "GET /roster": office | clinicians,
    "POST /roster": roles(AccountRole.SUPERVISOR),
    "GET /api/roster": office | clinicians,
    "POST /api/roster": roles(AccountRole.SUPERVISOR),
    "GET /api/visits": everybody,
    "POST /api/visits/{visit_id}/complete": panel.unknown_as(VisitUnknown),
    "GET /api/patients": everybody,
    "GET /api/patients/{patient_id}": of_patient,
}


ACCESS = Access(COMMANDS_MAY, READS_MAY, panels_of)
