"""What is recorded of a loan, as others hear of it."""

from collections.abc import Mapping

from carebus.contracts.equipment import (
    DmeDelivered,
    DmeFaultReported,
    DmeFaultResolved,
    DmeLost,
    DmeOwnershipPassed,
    DmeReplaced,
    DmeReturned,
    DmeSetUp,
    DmeTrainingGiven,
    OxygenSafetyChecked,
    PickupCancelled,
    PickupOverdue,
    PickupRequested,
    RentalEnded,
)
from carebus.contracts.event import Event
from services.equipment.domain.loans.loan import Loan, Record, RecordKind

K = RecordKind
TOLD: Mapping[RecordKind, type[Event]] = {
    K.SET_UP: DmeSetUp,
    K.TRAINING: DmeTrainingGiven,
    K.FAULT: DmeFaultReported,
    K.RESOLVED: DmeFaultResolved,
    K.REPLACED: DmeReplaced,
    K.SAFETY: OxygenSafetyChecked,
    K.RENTAL_ENDED: RentalEnded,
    K.OWNED: DmeOwnershipPassed,
    K.PICKUP: PickupRequested,
    K.PICKUP_CANCELLED: PickupCancelled,
    K.PICKUP_OVERDUE: PickupOverdue,
    K.RETURNED: DmeReturned,
    K.LOST: DmeLost,
}
"""What each record is told as."""


def delivered(loan: Loan) -> DmeDelivered:
    """Its delivery."""
    return DmeDelivered(
        record_id=loan.record_id,
        loan_id=loan.loan_id,
        item_code=loan.item.code,
        supplier=loan.supplier,
        recorded_by=loan.delivered_by,
        order_id=loan.order_id,
        request_id=loan.request_id,
        serial=loan.serial,
        delivered_at=loan.delivered_at,
    )


def told(loan: Loan, record: Record) -> Event:
    """One record. Every name that some event has for a field of it is given, and each event takes those it has."""
    kind = TOLD[record.kind]
    fields = {
        **record.model_dump(include={"record_id", "words", "urgent", "reason", "due_on", "hazards"}),
        **dict.fromkeys(("trained", "because"), record.words),
        **dict.fromkeys(("fault_id", "pickup_id", "replaced_by"), record.of),
        "loan_id": loan.loan_id,
        "item_code": loan.item.code,
        "supplier": loan.supplier,
        "recorded_by": record.by,
        "months": loan.item.rental_months,
        kind.own_time() or "at": record.at,
    }
    return kind.model_validate(fields)
