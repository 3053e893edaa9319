"""A clinician asks for an item and says why; what is not needed any more is withdrawn."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from carebus.contracts.equipment import DmeOrderCancelled, DmeRequested, DmeRequestWithdrawn
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision
from carebus.errors import CarebusError
from services.equipment.domain.catalogue import Item
from services.equipment.domain.concluding import concluded
from services.equipment.domain.equipment import Equipment, when
from services.equipment.domain.loans.loan import Order
from services.equipment.domain.requests.request import Request

Because = Annotated[str, Phi.TEXT, Field(min_length=1, max_length=1000)]
By = Annotated[str, Field(min_length=1, max_length=200)]
MOST = 200
"""Requests, orders and loans of one patient, of each."""
MOST_UNITS = 20


class TooMany(CarebusError):
    """There are {most} of them for this patient already: more than anybody needs. Tell whoever runs Carebus."""


class RequestItem(Command):
    """So many of this item are needed, because of this."""

    request_id: UUID
    by: By
    item: Item
    units: Annotated[int, Field(ge=1, le=MOST_UNITS)] = 1
    justification: Because
    at: AwareDatetime | None = None


class WithdrawRequest(Command):
    """It is not needed any more: what is not delivered yet is cancelled."""

    request_id: UUID
    by: By
    because: Because


def request_item(equipment: Equipment, asks: RequestItem, cause: Cause) -> Decision:
    """It is asked for. Raises PatientUnknown, GoesOnElsewhere, OnHold, NotInCare, InFuture, TooMany."""
    equipment.require_open()
    require_room(len(equipment.requests))
    request = Request(
        request_id=asks.request_id,
        item=asks.item,
        units=asks.units,
        justification=asks.justification,
        requested_by=asks.by,
        requested_at=when(asks.at, cause),
    )
    told = DmeRequested(
        request_id=request.request_id,
        item_code=request.item.code,
        units=request.units,
        justification=request.justification,
        requested_by=request.requested_by,
        requested_at=request.requested_at,
    )
    return concluded(equipment, equipment.with_request(request), told)


def withdraw_request(equipment: Equipment, withdraw: WithdrawRequest, cause: Cause) -> Decision:
    """It does not stand any more. Raises PatientUnknown, RequestUnknown."""
    request = equipment.require_known().request(withdraw.request_id)
    open_orders = [
        one for one in equipment.orders if one.request_id == request.request_id and equipment.open_units(one)
    ]
    after = equipment.with_request(request.model_copy(update={"withdrawn_at": cause.now}))
    told = DmeRequestWithdrawn(
        request_id=request.request_id, because=withdraw.because, withdrawn_by=withdraw.by, withdrawn_at=cause.now
    )
    cancelled, events = cancelled_orders(after, open_orders, withdraw.because, withdraw.by, cause.now)
    return concluded(equipment, cancelled, told, *events)


def cancelled_orders(
    equipment: Equipment, orders: list[Order], because: str, by: str, at: datetime
) -> tuple[Equipment, list[DmeOrderCancelled]]:
    """The same without what these orders were still to bring, and what is told of that."""
    events = []
    for order in orders:
        equipment = equipment.with_order(order.model_copy(update={"cancelled_at": at}))
        events.append(
            DmeOrderCancelled(
                order_id=order.order_id,
                request_id=order.request_id,
                because=because,
                cancelled_by=by,
                cancelled_at=at,
            )
        )
    return equipment, events


def require_room(many: int) -> None:
    """Raises TooMany."""
    if many >= MOST:
        raise TooMany(most=MOST)
