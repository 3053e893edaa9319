"""Who may see who saw what: privacy officers all of it, supervisors emergency access."""

from collections.abc import Mapping

from pydantic import BaseModel

from carebus.access import Access, AccountRole, Rule, roles
from services.audit.domain import NotReviewable, ReviewEmergencyAccess

officer = roles(AccountRole.PRIVACY_OFFICER)
emergencies = roles(AccountRole.PRIVACY_OFFICER, AccountRole.SUPERVISOR)

COMMANDS_MAY: Mapping[type[BaseModel], Rule] = {ReviewEmergencyAccess: officer.unknown_as(NotReviewable)}

READS_MAY: Mapping[str, Rule] = {
    "GET /": officer,
    "GET /chains": officer,
    "GET /reviews": emergencies,
    "POST /reviews/{row_id}": officer,
    "GET /api/rows": officer,
    "GET /api/disclosures/{patient_id}": officer.sees("patient_id"),
    "GET /api/chains": officer,
    "GET /api/reviews": emergencies,
    "POST /api/reviews/{row_id}": officer,
    "GET /fhir/AuditEvent": officer,
    "GET /fhir/AuditEvent/{row_id}": officer,
}

ACCESS = Access(COMMANDS_MAY, READS_MAY)
