"""One thing came: recorded by staff, confirmed by its supplier, or found in the home when care began."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from carebus.contracts.equipment import Supplier
from carebus.contracts.event import Event
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision
from carebus.errors import CarebusError
from services.equipment.domain.catalogue import Item, Paid
from services.equipment.domain.concluding import concluded
from services.equipment.domain.equipment import Equipment, OrderUnknown, when
from services.equipment.domain.loans import telling
from services.equipment.domain.loans.loan import Loan, Order, Record, RecordKind
from services.equipment.domain.requests.requesting import By, require_room

Serial = Annotated[str, Phi.NUMBER, Field(max_length=60, pattern=r"^[\w .:/+-]*$")]


class AllDelivered(CarebusError):
    """All of this order came already. If this is another one, record it without the order."""


class RecordDelivery(Command):
    """One thing of an order is with the patient."""

    loan_id: UUID
    order_id: UUID
    by: By
    serial: Serial = ""
    at: AwareDatetime | None = None


class ConfirmDelivery(RecordDelivery):
    """The supplier says so, by the private link of the order."""


class RecordFound(Command):
    """One thing is with the patient that nobody here had ordered."""

    loan_id: UUID
    by: By
    item: Item
    supplier: Supplier
    serial: Serial = ""
    at: AwareDatetime | None = None


def record_delivery(equipment: Equipment, record: RecordDelivery, cause: Cause) -> Decision:
    """It is on loan from then on, also where the order was cancelled meanwhile.

    Raises PatientUnknown, OrderUnknown, AllDelivered, InFuture, TooMany.
    """
    order = equipment.require_known().order(record.order_id)
    if equipment.delivered_of(order.order_id) >= order.units:
        raise AllDelivered
    loan = _loan(record, order.item, order.supplier, cause, order)
    return _added(equipment, loan)


def confirm_delivery(equipment: Equipment, confirm: ConfirmDelivery, cause: Cause) -> Decision:
    """The same from outside; an order that was cancelled is confirmed to nobody. Raises OrderUnknown as well."""
    if equipment.require_known().order(confirm.order_id).cancelled_at:
        raise OrderUnknown
    return record_delivery(equipment, confirm, cause)


def record_found(equipment: Equipment, record: RecordFound, cause: Cause) -> Decision:
    """It is on loan as any other. Raises PatientUnknown, InFuture, TooMany."""
    equipment.require_known()
    return _added(equipment, _loan(record, record.item, record.supplier, cause))


def owned_at_once(loan: Loan, cause: Cause) -> Loan:
    """What is bought is the patient's own as it comes."""
    if loan.item.paid is not Paid.BOUGHT:
        return loan
    own = Record(
        record_id=cause.derive("owned", loan.loan_id), kind=RecordKind.OWNED, at=loan.delivered_at, by=loan.delivered_by
    )
    return loan.having(own)


def of_delivery(loan: Loan) -> tuple[Event, ...]:
    """What is told of a new loan."""
    return (telling.delivered(loan), *(telling.told(loan, one) for one in loan.records))


def _loan(
    record: RecordDelivery | RecordFound, item: Item, supplier: Supplier, cause: Cause, order: Order | None = None
) -> Loan:
    loan = Loan(
        loan_id=record.loan_id,
        record_id=cause.derive("delivery", record.loan_id),
        item=item,
        supplier=supplier,
        serial=record.serial.strip(),
        order_id=order.order_id if order else None,
        request_id=order.request_id if order else None,
        delivered_at=when(record.at, cause),
        delivered_by=record.by,
    )
    return owned_at_once(loan, cause)


def _added(equipment: Equipment, loan: Loan) -> Decision:
    require_room(len(equipment.loans))
    return concluded(equipment, equipment.with_loan(loan), *of_delivery(loan))
