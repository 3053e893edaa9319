"""How a loan ends: fetched and returned, lost, or the patient's own once its rent is paid."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.care_plan import EndReason
from carebus.contracts.equipment import DmeRecordWithdrawn, PickupReason
from carebus.contracts.event import Event
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Decision
from carebus.errors import CarebusError
from services.equipment.domain.catalogue import Paid
from services.equipment.domain.concluding import concluded
from services.equipment.domain.days import day_of, working_day
from services.equipment.domain.deadlines import to_be_asked_for
from services.equipment.domain.equipment import Day, Equipment, when
from services.equipment.domain.loans import telling
from services.equipment.domain.loans.keeping import OfLoan
from services.equipment.domain.loans.loan import BeforeDelivery, Loan, LoanEnded, Record, RecordKind
from services.equipment.domain.requests.requesting import Because

FETCHED_WITHIN = timedelta(days=5)
"""Of being asked for, where nobody says another day."""
RENT = (RecordKind.OWNED, RecordKind.RENTAL_ENDED)


class FetchedInPast(CarebusError):
    """That day is over. Say by when it is to be fetched."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "due_on"


class AskedAlready(CarebusError):
    """Somebody asked for it already, by {by}."""


class NoPickup(CarebusError):
    """Nobody has asked to have it fetched."""

    status = HTTPStatus.NOT_FOUND


class RequestPickup(OfLoan):
    """It is to be fetched."""

    reason: PickupReason = PickupReason.NOT_NEEDED
    due_on: Day | None = None
    words: Annotated[str, Phi.TEXT, Field(max_length=1000)] = ""


class CancelPickup(OfLoan):
    """It stays after all."""

    because: Because


class RecordReturn(OfLoan):
    """The supplier has it back."""


class RecordLoss(OfLoan):
    """Nobody can say where it is."""

    because: Because


def request_pickup(equipment: Equipment, asks: RequestPickup, cause: Cause) -> Decision:
    """Raises PatientUnknown, OnHold, LoanUnknown, LoanEnded, AskedAlready, FetchedInPast, InFuture, BeforeDelivery."""
    loan = _in_use(equipment.require_not_held(), asks.loan_id)
    if loan.pickup:
        raise AskedAlready(by=f"{loan.pickup.due_on:%d %b %Y}")
    at = _after_delivery(loan, asks, cause)
    today = day_of(equipment.patient, cause.now)
    if asks.due_on and asks.due_on < today:
        raise FetchedInPast
    due_on = asks.due_on or working_day(today + FETCHED_WITHIN)
    pickup = Record(
        record_id=cause.derive("pickup"),
        kind=RecordKind.PICKUP,
        at=at,
        by=asks.by,
        words=asks.words,
        reason=asks.reason,
        due_on=due_on,
    )
    return _recorded(equipment, loan, pickup)


def cancel_pickup(equipment: Equipment, cancel: CancelPickup, cause: Cause) -> Decision:
    """Raises PatientUnknown, LoanUnknown, LoanEnded, NoPickup, InFuture, BeforeDelivery."""
    loan = _in_use(equipment.require_known(), cancel.loan_id)
    if loan.pickup is None:
        raise NoPickup
    at, of = _after_delivery(loan, cancel, cause), loan.pickup.record_id
    kind, words = RecordKind.PICKUP_CANCELLED, cancel.because
    record = Record(record_id=cause.derive("cancelled"), kind=kind, at=at, by=cancel.by, words=words, of=of)
    return _recorded(equipment, loan, record)


def record_return(equipment: Equipment, record: RecordReturn, cause: Cause) -> Decision:
    """Raises PatientUnknown, LoanUnknown, LoanEnded, InFuture, BeforeDelivery."""
    return _ended(equipment, record, RecordKind.RETURNED, "", cause)


def record_loss(equipment: Equipment, record: RecordLoss, cause: Cause) -> Decision:
    """Raises PatientUnknown, LoanUnknown, LoanEnded, InFuture, BeforeDelivery."""
    return _ended(equipment, record, RecordKind.LOST, record.because, cause)


def end_rental(equipment: Equipment, loan_id: UUID, cause: Cause) -> Decision:
    """The months are over; what was rented to own is the patient's now. It happened then, however late it is seen."""
    loan = equipment.loan(loan_id)
    kinds = [RecordKind.RENTAL_ENDED, *([RecordKind.OWNED] if loan.item.paid is Paid.RENTED_TO_OWN else [])]
    return _recorded(equipment, loan, *(_of_timer(kind, cause) for kind in kinds))


def pickup_overdue(equipment: Equipment, loan_id: UUID, cause: Cause) -> Decision:
    """It was not fetched by the day: told once."""
    loan = equipment.loan(loan_id)
    assert loan.pickup is not None, "the deadline stands while a pickup does"
    late = _of_timer(RecordKind.PICKUP_OVERDUE, cause).model_copy(update={"of": loan.pickup.record_id})
    return _recorded(equipment, loan, late)


def ask_for_pickup(equipment: Equipment, cause: Cause) -> Decision:
    """Care has ended: everything that is on loan is to be fetched."""
    assert equipment.ended is not None, "the deadline stands while care has ended"
    reason = PickupReason.DIED if equipment.ended.reason is EndReason.DIED else PickupReason.CARE_ENDED
    asked = cause.occurred_at if cause.of_the_past else cause.now
    due_on = working_day(day_of(equipment.patient, asked) + FETCHED_WITHIN)
    after, events = equipment, list[Event]()
    for loan in to_be_asked_for(equipment):
        record_id = cause.derive("pickup", loan.loan_id)
        pickup = Record(
            record_id=record_id, kind=RecordKind.PICKUP, at=cause.occurred_at, by="", reason=reason, due_on=due_on
        )
        after = after.with_loan(loan.having(pickup))
        events.append(telling.told(loan, pickup))
    return concluded(equipment, after, *events)


def without_rent(loan: Loan, by: str, because: str, cause: Cause) -> tuple[Loan, tuple[Event, ...]]:
    """The same as if its rent had not ended, and what is told of that."""
    gone = tuple(one for kind in RENT for one in loan.of_kind(kind))
    return loan.without(*gone), tuple(withdrawn(loan, one.record_id, because, by, cause) for one in gone)


def withdrawn(loan: Loan, corrects: UUID, because: str, by: str, cause: Cause) -> DmeRecordWithdrawn:
    """That a record of a loan, or its delivery, never was."""
    return DmeRecordWithdrawn(
        record_id=cause.derive("withdrawn", corrects),
        corrects=corrects,
        loan_id=loan.loan_id,
        request_id=loan.request_id,
        because=because,
        withdrawn_by=by,
        withdrawn_at=cause.now,
    )


def _ended(equipment: Equipment, given: OfLoan, kind: RecordKind, words: str, cause: Cause) -> Decision:
    """A return of before the last month of rent, heard of later, undoes that the thing became the patient's."""
    loan = equipment.require_known().loan(given.loan_id)
    at = _after_delivery(loan, given, cause)
    undone: tuple[Event, ...] = ()
    rented = loan.item.paid is Paid.RENTED_TO_OWN and loan.end is not None and loan.end.kind is RecordKind.OWNED
    if rented and loan.end and at < loan.end.at:
        loan, undone = without_rent(loan, given.by, "It ended before its rent did.", cause)
    if not loan.in_use:
        raise LoanEnded
    record = Record(record_id=cause.derive(kind), kind=kind, at=at, by=given.by, words=words)
    return concluded(equipment, equipment.with_loan(loan.having(record)), *undone, telling.told(loan, record))


def _recorded(equipment: Equipment, loan: Loan, *records: Record) -> Decision:
    events = (telling.told(loan, one) for one in records)
    return concluded(equipment, equipment.with_loan(loan.having(*records)), *events)


def _in_use(equipment: Equipment, loan_id: UUID) -> Loan:
    loan = equipment.loan(loan_id)
    if not loan.in_use:
        raise LoanEnded
    return loan


def _after_delivery(loan: Loan, given: OfLoan, cause: Cause) -> datetime:
    at = when(given.at, cause)
    if at < loan.delivered_at:
        raise BeforeDelivery
    return at


def _of_timer(kind: RecordKind, cause: Cause) -> Record:
    return Record(record_id=cause.derive(kind), kind=kind, at=cause.occurred_at, by="")
