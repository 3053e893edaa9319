"""What the service hears, and which decision answers it."""

from carebus.contracts.audit import AuditSealed
from carebus.contracts.referral import PatientMerged, PatientUnmerged
from carebus.decisions import Handlers, on
from services.audit.domain import Arrived, Chain, note_records, sealed

HANDLERS: Handlers = {
    AuditSealed: on(Chain, Arrived, sealed),
    PatientMerged: on(Arrived, note_records),
    PatientUnmerged: on(Arrived, note_records),
}
