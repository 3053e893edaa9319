"""A supplier is asked to deliver what the payer pays for; an order that is not wanted any more is cancelled."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from carebus.contracts.equipment import DmeDeliveryOverdue, DmeOrdered, Supplier
from carebus.contracts.notifications import SupplierLetterFailed
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, changed, ignore
from carebus.errors import CarebusError
from services.equipment.domain.concluding import concluded
from services.equipment.domain.days import day_of
from services.equipment.domain.equipment import Day, Equipment, OrderUnknown, when
from services.equipment.domain.loans.loan import Order
from services.equipment.domain.requests.requesting import MOST_UNITS, Because, By, cancelled_orders, require_room


class NotAuthorised(CarebusError):
    """The payer has not said that it pays on that day. Record its answer first, or that none is required."""


class MoreThanAuthorised(CarebusError):
    """{left} more may be ordered on this authorisation."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "units"


class DueBeforeOrdered(CarebusError):
    """That day is before the order."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "due_on"


class SupplierUnknown(CarebusError):
    """This supplier is not on the clinic's list. Choose one that is."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "supplier_id"


class OrderItem(Command):
    """A supplier is to deliver so many by this day. email: where the order is written to, empty where it is printed."""

    order_id: UUID
    link_id: UUID
    request_id: UUID
    by: By
    supplier: Supplier
    email: Annotated[str, Phi.EMAIL, Field(max_length=254)] = ""
    units: Annotated[int, Field(ge=1, le=MOST_UNITS)] = 1
    due_on: Day
    at: AwareDatetime | None = None


class CancelOrder(Command):
    """What is not delivered yet is not wanted any more."""

    order_id: UUID
    by: By
    because: Because


def order_item(equipment: Equipment, asks: OrderItem, cause: Cause) -> Decision:
    """It is ordered.

    Raises PatientUnknown, GoesOnElsewhere, OnHold, NotInCare, RequestUnknown, InFuture, NotAuthorised,
    MoreThanAuthorised, DueBeforeOrdered, TooMany.
    """
    equipment.require_open()
    require_room(len(equipment.orders))
    request, at = equipment.request(asks.request_id), when(asks.at, cause)
    if not request.stands_on(day_of(equipment.patient, at)):
        raise NotAuthorised
    left = request.permitted - equipment.ordered_of(request.request_id)
    if asks.units > left:
        raise MoreThanAuthorised(left=max(left, 0) or "None")
    if asks.due_on < day_of(equipment.patient, at):
        raise DueBeforeOrdered
    said = asks.model_dump(include={"order_id", "link_id", "request_id", "units", "email", "due_on"})
    order = Order(item=request.item, supplier=asks.supplier, ordered_by=asks.by, ordered_at=at, **said)
    return concluded(equipment, equipment.with_order(order), _told(order))


def cancel_order(equipment: Equipment, cancel: CancelOrder, cause: Cause) -> Decision:
    """What came stays. Raises PatientUnknown, OrderUnknown."""
    order = equipment.require_known().order(cancel.order_id)
    if not equipment.open_units(order):
        raise OrderUnknown
    after, events = cancelled_orders(equipment, [order], cancel.because, cancel.by, cause.now)
    return concluded(equipment, after, *events)


def delivery_overdue(equipment: Equipment, order_id: UUID, cause: Cause) -> Decision:
    """The supplier has not delivered by the day: told once."""
    order = equipment.order(order_id)
    late = DmeDeliveryOverdue(
        order_id=order.order_id, request_id=order.request_id, supplier=order.supplier, due_at=cause.occurred_at
    )
    return concluded(equipment, equipment.with_order(order.model_copy(update={"overdue": True})), late)


def note_not_written(equipment: Equipment, event: SupplierLetterFailed, _: Cause) -> Decision:
    """The supplier does not know of it: somebody calls them."""
    order = next((one for one in equipment.orders if one.order_id == event.order_id), None)
    if order is None:
        return ignore("not_ours")
    return changed(equipment.with_order(order.model_copy(update={"not_written": True})))


def _told(order: Order) -> DmeOrdered:
    return DmeOrdered(
        order_id=order.order_id,
        request_id=order.request_id,
        item_code=order.item.code,
        units=order.units,
        supplier=order.supplier,
        email=order.email,
        link_id=order.link_id,
        due_on=order.due_on,
        ordered_by=order.ordered_by,
        ordered_at=order.ordered_at,
    )
