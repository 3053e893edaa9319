"""Who may do and see what with wishes: whoever may stand at a bed or answer the phone sees them, and each look is on
record."""

from collections.abc import Mapping

from pydantic import BaseModel

from carebus.access import Access, AccountRole, Relation, Rule, roles
from carebus.access.panels import panels_of
from services.wishes.domain.agents.appointing import AppointAgent, TakeOutAgent
from services.wishes.domain.agents.capacity import RecordCapacity, RecordIncapacity
from services.wishes.domain.conflicts.settling import SettleConflict
from services.wishes.domain.conversations.leading import (
    BeginConversation,
    EndConversation,
    GiveUpConversation,
    KeepStep,
)
from services.wishes.domain.documents.document import DocumentUnknown
from services.wishes.domain.documents.filing import FileDocument
from services.wishes.domain.documents.standing import (
    AmendDocument,
    FinaliseDocument,
    MarkInError,
    RevokeDocument,
    TakeOut,
    VerifyDocument,
)
from services.wishes.domain.wishes import PatientUnknown

clinical = roles(
    AccountRole.NURSE, AccountRole.SOCIAL_WORKER, AccountRole.DOCTOR, AccountRole.ADVANCED_PRACTICE_PROVIDER
)
deciding = roles(AccountRole.DOCTOR, AccountRole.ADVANCED_PRACTICE_PROVIDER)
"""Who checks a document, says that somebody can't decide, and settles what contradicts it."""
office = roles(AccountRole.COORDINATOR, AccountRole.SUPERVISOR)
"""Whoever gets papers by post files them."""
moving = roles(AccountRole.SUPERVISOR)
"""A document of the wrong patient is moved by one person who answers for it."""
reading = clinical | office
"""Any patient's, since any may be called about or be met at an emergency."""
family = roles(AccountRole.FAMILY_MEMBER).on(Relation.RELATIVE)
of_patient = reading.sees("patient_id", PatientUnknown)
clinical_of_patient = clinical.sees("patient_id", PatientUnknown)
of_document = reading.unknown_as(DocumentUnknown)
filing = clinical | office

COMMANDS_MAY: Mapping[type[BaseModel], Rule] = {
    FileDocument: filing.unknown_as(PatientUnknown),
    VerifyDocument: deciding.unknown_as(PatientUnknown),
    AmendDocument: filing.unknown_as(PatientUnknown),
    FinaliseDocument: filing.unknown_as(PatientUnknown),
    RevokeDocument: clinical.unknown_as(PatientUnknown),
    MarkInError: filing.unknown_as(PatientUnknown),
    TakeOut: moving.unknown_as(PatientUnknown),
    AppointAgent: filing.unknown_as(PatientUnknown),
    TakeOutAgent: clinical.unknown_as(PatientUnknown),
    RecordIncapacity: deciding.unknown_as(PatientUnknown),
    RecordCapacity: deciding.unknown_as(PatientUnknown),
    SettleConflict: deciding.unknown_as(PatientUnknown),
    BeginConversation: clinical.unknown_as(PatientUnknown),
    KeepStep: clinical.unknown_as(PatientUnknown),
    EndConversation: clinical.unknown_as(PatientUnknown),
    GiveUpConversation: clinical.unknown_as(PatientUnknown),
}

ACTS = {
    deciding: ("verify", "incapacity", "capacity", "settle"),
    clinical: ("revoke", "take-out-agent"),
    filing: ("amend", "finalise", "mark-in-error", "appoint"),
}
_CONVERSATION = "/patients/{patient_id}/conversations"

READS_MAY: Mapping[str, Rule] = {
    "GET /": reading,
    "POST /find": reading,
    "GET /patients/{patient_id}": of_patient,
    "GET /patients/{patient_id}/summary": (reading | family).sees("patient_id", PatientUnknown),
    "POST /patients/{patient_id}/documents": filing.sees("patient_id", PatientUnknown),
    "POST /patients/{patient_id}/{act}": of_patient,
    f"POST {_CONVERSATION}": clinical_of_patient,
    f"GET {_CONVERSATION}/{{conversation_id}}": of_patient,
    f"POST {_CONVERSATION}/{{conversation_id}}": clinical_of_patient,
    f"POST {_CONVERSATION}/{{conversation_id}}/give-up": clinical_of_patient,
    "GET /documents/{document_id}": of_document,
    "GET /documents/{document_id}/pages/{page}": of_document,
    "GET /documents/{document_id}/print": of_document,
    "GET /documents/{document_id}/original": of_document,
    "POST /documents/{document_id}/move": moving.unknown_as(DocumentUnknown),
    "POST /documents/{document_id}/{act}": of_document,
    "GET /api/patients/{patient_id}": of_patient,
    "GET /api/patients/{patient_id}/fhir": of_patient,
    "POST /api/patients/{patient_id}/conversations": clinical_of_patient,
    "POST /api/patients/{patient_id}/documents": filing.sees("patient_id", PatientUnknown),
    **{
        f"POST /api/patients/{{patient_id}}/{act}": who.sees("patient_id", PatientUnknown)
        for who, acts in ACTS.items()
        for act in acts
    },
}

ACCESS = Access(COMMANDS_MAY, READS_MAY, panels_of)
