"""A loan as it stands: one delivered thing, with what was recorded of it, in no order but by its own times."""

from datetime import date, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from carebus.contracts.equipment import OxygenHazard, PickupReason, Supplier
from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.errors import CarebusError
from services.equipment.domain.catalogue import Item, Paid
from services.equipment.domain.days import months_after


class LoanUnknown(CarebusError):
    """There is no such loan."""

    status = HTTPStatus.NOT_FOUND


class LoanEnded(CarebusError):
    """This loan has ended by then: it was returned, lost, or is the patient's own."""

    status = HTTPStatus.CONFLICT


class BeforeDelivery(CarebusError):
    """That is before it was delivered."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "at"


class LoanStatus(StrEnum):
    """Where a delivered thing is. Of every one exactly one is true at any instant."""

    IN_USE = "in_use"
    RETURNED = "returned"
    LOST = "lost"
    OWNED = "owned"


class RecordKind(StrEnum):
    """What is recorded of a loan after its delivery."""

    SET_UP = "set_up"
    TRAINING = "training"
    FAULT = "fault"
    RESOLVED = "resolved"
    REPLACED = "replaced"
    SAFETY = "safety"
    RENTAL_ENDED = "rental_ended"
    OWNED = "owned"
    PICKUP = "pickup"
    PICKUP_CANCELLED = "pickup_cancelled"
    PICKUP_OVERDUE = "pickup_overdue"
    RETURNED = "returned"
    LOST = "lost"


ENDS = {
    RecordKind.RETURNED: LoanStatus.RETURNED,
    RecordKind.LOST: LoanStatus.LOST,
    RecordKind.OWNED: LoanStatus.OWNED,
}
"""What ends a loan; a loan has one of them at most."""


class Record(Value):
    """One fact. of: the fault, the pickup or the loan that it is about, beside its own."""

    record_id: UUID
    kind: RecordKind
    at: datetime
    by: str
    words: Annotated[str, Phi.TEXT] = ""
    of: UUID | None = None
    urgent: bool = False
    reason: PickupReason | None = None
    due_on: date | None = None
    hazards: tuple[OxygenHazard, ...] = ()


class Loan(Value):
    """One delivered thing. record_id: of its delivery."""

    loan_id: UUID
    record_id: UUID
    item: Item
    supplier: Supplier
    serial: Annotated[str, Phi.NUMBER] = ""
    order_id: UUID | None = None
    request_id: UUID | None = None
    delivered_at: datetime
    delivered_by: str
    records: tuple[Record, ...] = ()

    def of_kind(self, kind: RecordKind) -> tuple[Record, ...]:
        """Its records of one kind, the earliest first."""
        return tuple(sorted((one for one in self.records if one.kind is kind), key=lambda one: one.at))

    @property
    def end(self) -> Record | None:
        """What ended it."""
        return next((one for one in self.records if one.kind in ENDS), None)

    @property
    def status(self) -> LoanStatus:
        """Where it is now."""
        return ENDS[self.end.kind] if self.end else LoanStatus.IN_USE

    def status_at(self, instant: datetime) -> LoanStatus | None:
        """Where it was then; None before it was delivered."""
        if instant < self.delivered_at:
            return None
        return self.status if self.end and self.end.at <= instant else LoanStatus.IN_USE

    @property
    def in_use(self) -> bool:
        """Whether it is with the patient and not theirs."""
        return self.end is None

    @property
    def open_faults(self) -> tuple[Record, ...]:
        """What does not work."""
        resolved = {one.of for one in self.of_kind(RecordKind.RESOLVED)}
        return tuple(one for one in self.of_kind(RecordKind.FAULT) if one.record_id not in resolved)

    @property
    def pickup(self) -> Record | None:
        """By when it is to be fetched, where somebody asked for that."""
        gone = {one.of for one in self.of_kind(RecordKind.PICKUP_CANCELLED)}
        asked = [one for one in self.of_kind(RecordKind.PICKUP) if one.record_id not in gone]
        return asked[-1] if asked and self.in_use else None

    @property
    def rental_ends_at(self) -> datetime | None:
        """When the months of rent are over."""
        months = self.item.rental_months
        return months_after(self.delivered_at, months) if months and self.item.paid is not Paid.BOUGHT else None

    def having(self, *records: Record) -> "Loan":
        """The same with these records more."""
        return self.model_copy(update={"records": (*self.records, *records)})

    def without(self, *records: Record) -> "Loan":
        """The same as if these had never been recorded."""
        gone = {one.record_id for one in records}
        return self.model_copy(update={"records": tuple(one for one in self.records if one.record_id not in gone)})


class Order(Value):
    """What a supplier is to deliver. number: how many units.  overdue: that it is late was told."""

    order_id: UUID
    request_id: UUID
    item: Item
    units: int
    supplier: Supplier
    email: Annotated[str, Phi.EMAIL] = ""
    link_id: UUID
    due_on: date
    ordered_by: str
    ordered_at: datetime
    cancelled_at: datetime | None = None
    overdue: bool = False
    not_written: bool = False
