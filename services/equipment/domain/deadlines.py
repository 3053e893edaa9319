"""What will be over when: each deadline follows from what is known, and is a timer as long as it does."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from carebus.contracts.care_plan import EndReason
from carebus.decisions import Timer
from services.equipment.domain.days import DAY, end_of, morning_of, working_day
from services.equipment.domain.equipment import Equipment
from services.equipment.domain.loans.loan import Loan, RecordKind
from services.equipment.domain.requests.request import AuthorisationStatus, Request

AFTER_DEATH = timedelta(days=5)
"""So long nobody asks a family for a bed back."""
ASKED_BY_A_PERSON = frozenset({EndReason.HOSPICE})
"""Where whoever goes on caring brings their own first: a concentrator is not fetched before the other one runs."""


class DeadlineKind(StrEnum):
    """What is over."""

    AUTHORISATION = "authorisation"
    APPEAL = "appeal"
    DELIVERY = "delivery"
    RENTAL = "rental"
    ASK_FOR_PICKUP = "ask_for_pickup"
    PICKUP = "pickup"


class Deadline(NamedTuple):
    """One deadline. about: the request, order, loan or pickup; None for all loans."""

    kind: DeadlineKind
    about: UUID | None
    at: datetime

    @property
    def name(self) -> str:
        """The timer's."""
        return f"{self.kind}/{self.about}" if self.about else self.kind.value


class DeadlinePassed(Timer):
    """A deadline is over, if it stands still."""

    kind: DeadlineKind
    about: UUID | None = None


def deadlines(equipment: Equipment) -> dict[str, Deadline]:
    """Every deadline that stands, by the name of its timer."""
    found = (
        *(one for request in equipment.requests for one in _of_request(equipment, request)),
        *_of_orders(equipment),
        *(one for loan in equipment.loans if loan.in_use for one in _of_loan(equipment, loan)),
        *_of_end(equipment),
    )
    return {one.name: one for one in found}


def to_be_asked_for(equipment: Equipment) -> tuple[Loan, ...]:
    """What is to be fetched since care ended, and that nobody has ever asked for."""
    if equipment.ended is None or equipment.ended.reason in ASKED_BY_A_PERSON:
        return ()
    return tuple(one for one in equipment.loans if one.in_use and not one.of_kind(RecordKind.PICKUP))


def _of_request(equipment: Equipment, request: Request) -> Iterator[Deadline]:
    step = request.step
    if step is None or request.withdrawn_at:
        return
    permits = step.status in (AuthorisationStatus.APPROVED, AuthorisationStatus.PARTLY_APPROVED)
    if permits and step.ends_on:
        yield Deadline(DeadlineKind.AUTHORISATION, request.request_id, end_of(equipment.patient, step.ends_on))
    if step.status is AuthorisationStatus.DENIED and step.appeal_until:
        yield Deadline(DeadlineKind.APPEAL, request.request_id, end_of(equipment.patient, step.appeal_until))


def _of_orders(equipment: Equipment) -> Iterator[Deadline]:
    for order in equipment.orders:
        if equipment.open_units(order) and not order.overdue:
            yield Deadline(DeadlineKind.DELIVERY, order.order_id, end_of(equipment.patient, order.due_on))


def _of_loan(equipment: Equipment, loan: Loan) -> Iterator[Deadline]:
    if loan.rental_ends_at and not loan.of_kind(RecordKind.RENTAL_ENDED):
        yield Deadline(DeadlineKind.RENTAL, loan.loan_id, loan.rental_ends_at)
    pickup = loan.pickup
    told = {one.of for one in loan.of_kind(RecordKind.PICKUP_OVERDUE)}
    if pickup and pickup.due_on and pickup.record_id not in told:
        yield Deadline(DeadlineKind.PICKUP, loan.loan_id, end_of(equipment.patient, pickup.due_on))


def _of_end(equipment: Equipment) -> Iterator[Deadline]:
    ended = equipment.ended
    if ended is None or not to_be_asked_for(equipment):
        return
    after = AFTER_DEATH if ended.reason is EndReason.DIED else DAY
    day = working_day(ended.on + after)
    yield Deadline(DeadlineKind.ASK_FOR_PICKUP, None, morning_of(equipment.patient, day))
