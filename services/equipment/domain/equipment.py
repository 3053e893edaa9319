"""What is known of one patient's equipment, and the errors that all acts share."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import Field

from carebus.contracts.care_plan import EndReason
from carebus.contracts.event import Value
from carebus.contracts.people import FamilyContact, Person
from carebus.decisions import Cause, State
from carebus.errors import CarebusError
from services.equipment.domain.loans.loan import Loan, LoanUnknown, Order
from services.equipment.domain.requests.request import Request, RequestUnknown

EARLIEST, FIRST_DAY, LAST_DAY = datetime(2000, 1, 1, tzinfo=UTC), date(2000, 1, 1), date(2100, 1, 1)
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
"""A day that somebody types: no other can be meant."""
V = TypeVar("V", Request, Order, Loan)


class PatientUnknown(CarebusError):
    """There is no such patient."""

    status = HTTPStatus.NOT_FOUND


class OnHold(CarebusError):
    """A death was reported. Confirm or dismiss that first: until then nothing is asked for and nothing leaves."""

    status = HTTPStatus.CONFLICT


class NotInCare(CarebusError):
    """They are not in care, so nothing new is asked for."""

    status = HTTPStatus.CONFLICT


class GoesOnElsewhere(CarebusError):
    """This record is one person's with another: ask there. What is on loan here is looked after here."""

    status = HTTPStatus.CONFLICT


class OrderUnknown(CarebusError):
    """There is no such order, or it was cancelled."""

    status = HTTPStatus.NOT_FOUND


class InFuture(CarebusError):
    """That is yet to come. Say when it happened."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "at"


class TooLongAgo(CarebusError):
    """That is too long ago to be true. Look at the year."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "at"


class Ended(Value):
    """Care ended: why, and on which day."""

    reason: EndReason
    on: date
    at: datetime


class Equipment(State):
    """One patient's equipment as it stands. `holds`: reports of a death that nobody has confirmed or dismissed."""

    patient: Person | None = None
    contact: FamilyContact | None = None
    in_care: bool = False
    ended: Ended | None = None
    holds: tuple[UUID, ...] = ()
    merged_into: UUID | None = None
    requests: tuple[Request, ...] = ()
    orders: tuple[Order, ...] = ()
    loans: tuple[Loan, ...] = ()

    def require_known(self) -> "Equipment":
        """For facts, which happened whatever is held. Raises PatientUnknown."""
        if self.patient is None:
            raise PatientUnknown
        return self

    def require_not_held(self) -> "Equipment":
        """For what leaves. Raises PatientUnknown, OnHold."""
        if self.require_known().holds:
            raise OnHold
        return self

    def require_open(self) -> "Equipment":
        """For what is new. Raises PatientUnknown, GoesOnElsewhere, OnHold, NotInCare."""
        if self.require_known().merged_into is not None:
            raise GoesOnElsewhere
        if not self.require_not_held().in_care:
            raise NotInCare
        return self

    def request(self, request_id: UUID) -> Request:
        """Raises RequestUnknown."""
        found = next((one for one in self.requests if one.request_id == request_id), None)
        if found is None or found.withdrawn_at is not None:
            raise RequestUnknown
        return found

    def order(self, order_id: UUID) -> Order:
        """Also one that was cancelled: it may be delivered all the same. Raises OrderUnknown."""
        found = next((one for one in self.orders if one.order_id == order_id), None)
        if found is None:
            raise OrderUnknown
        return found

    def loan(self, loan_id: UUID) -> Loan:
        """Raises LoanUnknown."""
        found = next((one for one in self.loans if one.loan_id == loan_id), None)
        if found is None:
            raise LoanUnknown
        return found

    def delivered_of(self, order_id: UUID) -> int:
        """How many units of an order have come."""
        return sum(one.order_id == order_id for one in self.loans)

    def open_units(self, order: Order) -> int:
        """How many units of an order are still to come."""
        return 0 if order.cancelled_at else max(order.units - self.delivered_of(order.order_id), 0)

    def ordered_of(self, request_id: UUID) -> int:
        """How many units of a request are ordered, where a cancelled order counts with what it brought."""
        orders = [one for one in self.orders if one.request_id == request_id]
        return sum(self.delivered_of(one.order_id) + self.open_units(one) for one in orders)

    def with_request(self, request: Request) -> "Equipment":
        """The same with this request as it is now."""
        return self.but(requests=_with(self.requests, request, lambda one: one.request_id))

    def with_order(self, order: Order) -> "Equipment":
        """The same with this order as it is now."""
        return self.but(orders=_with(self.orders, order, lambda one: one.order_id))

    def with_loan(self, loan: Loan) -> "Equipment":
        """The same with this loan as it is now."""
        return self.but(loans=_with(self.loans, loan, lambda one: one.loan_id))


def when(at: datetime | None, cause: Cause, field: str = "at") -> datetime:
    """When it happened, as stated, or now. Raises InFuture, TooLongAgo."""
    if at is not None and at < EARLIEST:
        raise TooLongAgo(field=field)
    if at is not None and at > cause.now:
        raise InFuture(field=field)
    return at or cause.now


def _with(known: tuple[V, ...], one: V, key: Callable[[V], UUID]) -> tuple[V, ...]:
    """The same with this one in the place of the one with its id, or at the end."""
    kept = tuple(one if key(each) == key(one) else each for each in known)
    return kept if one in kept else kept + (one,)  # noqa: RUF005  # mypy knows no splat of a TypeVar
