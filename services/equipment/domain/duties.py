"""What somebody has to do about equipment, and by which day: the rows of the list by what is due."""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.equipment.domain.days import DAY, day_of, working_day
from services.equipment.domain.deadlines import ASKED_BY_A_PERSON
from services.equipment.domain.equipment import Equipment
from services.equipment.domain.loans.loan import Loan, RecordKind
from services.equipment.domain.requests.request import PERMITS, WAITS, AuthorisationStatus, Request

ANSWERED_WITHIN = timedelta(days=7)
"""A payer is called when it has not answered by then."""
SAFE_WITHIN = timedelta(days=3)
"""Of its delivery oxygen is looked at, at the latest."""
RENEW_BEFORE = timedelta(days=14)
"""Before an authorisation ends, it is asked for again where something is still to be ordered on it."""


class DutyKind(StrEnum):
    """What is to be done. They are shown in this order."""

    REPAIR = "repair"
    DELIVERY = "delivery"
    CALL_SUPPLIER = "call_supplier"
    SET_UP = "set_up"
    OXYGEN = "oxygen"
    ASK_PAYER = "ask_payer"
    ANSWER = "answer"
    APPEAL = "appeal"
    ORDER = "order"
    PICKUP = "pickup"
    HAND_OVER = "hand_over"


class Duty(NamedTuple):
    """One duty. about: the request, order or loan."""

    kind: DutyKind
    about: UUID
    due_on: date
    item_code: str
    supplier: str = ""


def duties(equipment: Equipment) -> tuple[Duty, ...]:
    """All of them; they are hidden while a death is reported, and kept."""
    return (
        *(one for request in equipment.requests if not request.withdrawn_at for one in _of_request(equipment, request)),
        *_of_orders(equipment),
        *(one for loan in equipment.loans for one in _of_loan(equipment, loan)),
    )


def _of_request(equipment: Equipment, request: Request) -> Iterator[Duty]:
    """Nothing is asked of a payer, or ordered, for somebody who is not in care."""
    if not equipment.in_care or equipment.merged_into:
        return
    about, code, status = request.request_id, request.item.code, request.status
    since = day_of(equipment.patient, request.step.at if request.step else request.requested_at)
    if status in (AuthorisationStatus.NOT_ASKED, AuthorisationStatus.EXPIRED) and _wanted(equipment, request):
        yield Duty(DutyKind.ASK_PAYER, about, working_day(since + DAY), code)
    elif status in WAITS:
        yield Duty(
            DutyKind.ANSWER, about, since + (DAY if status is AuthorisationStatus.PENDED else ANSWERED_WITHIN), code
        )
    elif status is AuthorisationStatus.DENIED and request.step and request.step.appeal_until:
        yield Duty(DutyKind.APPEAL, about, request.step.appeal_until, code)
    elif status in PERMITS and equipment.ordered_of(about) < request.permitted:
        ends_on = request.step.ends_on if request.step else None
        yield Duty(DutyKind.ORDER, about, min(ends_on or date.max, working_day(since + DAY)), code)


def _wanted(equipment: Equipment, request: Request) -> bool:
    """Whether some of it was never ordered."""
    return equipment.ordered_of(request.request_id) < request.units


def _of_orders(equipment: Equipment) -> Iterator[Duty]:
    for order in equipment.orders:
        if equipment.open_units(order):
            supplier = order.supplier.name
            yield Duty(DutyKind.DELIVERY, order.order_id, order.due_on, order.item.code, supplier)
            if order.not_written:
                day = day_of(equipment.patient, order.ordered_at)
                yield Duty(DutyKind.CALL_SUPPLIER, order.order_id, day, order.item.code, supplier)


def _of_loan(equipment: Equipment, loan: Loan) -> Iterator[Duty]:
    if loan.status not in ("in_use", "owned"):
        return
    about, code, supplier = loan.loan_id, loan.item.code, loan.supplier.name
    day = day_of(equipment.patient, loan.delivered_at)
    for fault in loan.open_faults:
        reported = day_of(equipment.patient, fault.at)
        yield Duty(DutyKind.REPAIR, about, reported if fault.urgent else working_day(reported + DAY), code, supplier)
    if loan.pickup and loan.pickup.due_on:
        yield Duty(DutyKind.PICKUP, about, loan.pickup.due_on, code, supplier)
    elif equipment.ended and equipment.ended.reason in ASKED_BY_A_PERSON and loan.in_use:
        yield Duty(DutyKind.HAND_OVER, about, working_day(equipment.ended.on + DAY), code, supplier)
    elif equipment.in_care and loan.in_use:
        if not loan.of_kind(RecordKind.SET_UP):
            yield Duty(DutyKind.SET_UP, about, working_day(day + DAY), code, supplier)
        if loan.item.oxygen and not loan.of_kind(RecordKind.SAFETY):
            yield Duty(DutyKind.OXYGEN, about, day + SAFE_WITHIN, code, supplier)
