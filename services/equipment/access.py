"""Who may do and see what with equipment: clinicians ask for it, the office orders it, and a supplier has one link."""

from collections.abc import Mapping

from pydantic import BaseModel

from carebus.access import Access, AccountRole, Rule, anyone, holder_of, holding, roles
from services.equipment.domain.correcting import CorrectDelivery, WithdrawRecord
from services.equipment.domain.equipment import PatientUnknown
from services.equipment.domain.loans.delivering import ConfirmDelivery, RecordDelivery, RecordFound
from services.equipment.domain.loans.ending import CancelPickup, RecordLoss, RecordReturn, RequestPickup
from services.equipment.domain.loans.keeping import (
    CheckOxygen,
    RecordSetUp,
    RecordTraining,
    ReplaceLoan,
    ReportFault,
    ResolveFault,
)
from services.equipment.domain.loans.ordering import CancelOrder, OrderItem
from services.equipment.domain.requests.authorising import (
    Appeal,
    AskPayer,
    NoteApproval,
    NoteDenial,
    NoteNotRequired,
    NotePartApproval,
    NotePended,
)
from services.equipment.domain.requests.requesting import RequestItem, WithdrawRequest

ORDER_LINK = "an order's private link"
BY_LINK = holding(ORDER_LINK, "supplier:link")
"""The supplier, who opened the link that they were sent."""

clinical = roles(
    AccountRole.NURSE, AccountRole.SOCIAL_WORKER, AccountRole.DOCTOR, AccountRole.ADVANCED_PRACTICE_PROVIDER
)
"""Who says that something is needed, and why."""
office = roles(AccountRole.COORDINATOR, AccountRole.SUPERVISOR)
keeping = clinical | office
"""Who speaks with payers, suppliers and families, and records what became of it; any patient's."""
by_link = anyone(because="a supplier confirms by the link that they were sent", throttle="links")
of_patient = keeping.sees("patient_id", PatientUnknown)
asking = clinical.unknown_as(PatientUnknown)
kept = keeping.unknown_as(PatientUnknown)

COMMANDS_MAY: Mapping[type[BaseModel], Rule] = {
    RequestItem: asking,
    WithdrawRequest: kept,
    NoteNotRequired: kept,
    AskPayer: kept,
    NotePended: kept,
    NoteApproval: kept,
    NotePartApproval: kept,
    NoteDenial: kept,
    Appeal: kept,
    OrderItem: kept,
    CancelOrder: kept,
    RecordDelivery: kept,
    ConfirmDelivery: holder_of(ORDER_LINK),
    RecordFound: kept,
    RecordSetUp: kept,
    RecordTraining: kept,
    ReportFault: kept,
    ResolveFault: kept,
    ReplaceLoan: kept,
    CheckOxygen: kept,
    RequestPickup: kept,
    CancelPickup: kept,
    RecordReturn: kept,
    RecordLoss: kept,
    CorrectDelivery: kept,
    WithdrawRecord: kept,
}

BY_CLINICIANS = ("request",)
BY_ALL = (
    *("withdraw", "not-required", "ask-payer", "pended", "approved", "partly-approved", "denied", "appeal"),
    *("order", "cancel-order", "delivered", "found", "set-up", "training", "fault", "resolved", "replaced", "oxygen"),
    *("pickup", "cancel-pickup", "returned", "lost", "correct", "take-back"),
)

READS_MAY: Mapping[str, Rule] = {
    "GET /": keeping,
    "POST /find": keeping,
    "GET /serials": keeping,
    "GET /balances": keeping,
    "GET /patients/{patient_id}": of_patient,
    "GET /patients/{patient_id}/orders/{order_id}": of_patient,
    "GET /patients/{patient_id}/{act}": of_patient,
    "POST /patients/{patient_id}/{act}": of_patient,
    "GET /orders/{token}": by_link,
    "POST /orders/{token}": by_link,
    "GET /api/due": keeping,
    "GET /api/patients/{patient_id}": of_patient,
    **{
        f"POST /api/patients/{{patient_id}}/{act}": clinical.sees("patient_id", PatientUnknown) for act in BY_CLINICIANS
    },
    **{f"POST /api/patients/{{patient_id}}/{act}": of_patient for act in BY_ALL},
}

ACCESS = Access(COMMANDS_MAY, READS_MAY)
