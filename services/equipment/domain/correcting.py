"""What was recorded was wrong: a delivery was otherwise, or something never happened; what follows is undone."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from carebus.contracts.equipment import DmeDeliveryCorrected, DmeRecordWithdrawn
from carebus.contracts.event import Event
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision
from carebus.errors import CarebusError
from services.equipment.domain.concluding import concluded
from services.equipment.domain.equipment import Equipment, when
from services.equipment.domain.loans import telling
from services.equipment.domain.loans.delivering import Serial
from services.equipment.domain.loans.ending import RENT, withdrawn, without_rent
from services.equipment.domain.loans.loan import ENDS, Loan, Record, RecordKind
from services.equipment.domain.requests.requesting import Because, By


class RecordUnknown(CarebusError):
    """There is no such record, or it was taken back already."""

    status = HTTPStatus.NOT_FOUND


class TakeBackLaterFirst(CarebusError):
    """Something was recorded that follows from it. Take that back first."""


class EndsBeforeDelivery(CarebusError):
    """It had ended, or was recorded, before that day. Take that back first."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "at"


class CorrectDelivery(Command):
    """A delivery was otherwise: this serial number, at this time."""

    loan_id: UUID
    by: By
    serial: Serial = ""
    at: AwareDatetime | None = None
    because: Annotated[str, Phi.TEXT, Field(min_length=1, max_length=1000)]


class WithdrawRecord(Command):
    """Something never happened: a step of an authorisation, what was recorded of a loan, or its delivery."""

    record_id: UUID
    by: By
    because: Because


def correct_delivery(equipment: Equipment, correct: CorrectDelivery, cause: Cause) -> Decision:
    """This stands instead; months of rent are counted anew.

    Raises PatientUnknown, LoanUnknown, InFuture, EndsBeforeDelivery.
    """
    loan = equipment.require_known().loan(correct.loan_id)
    at = when(correct.at, cause) if correct.at else loan.delivered_at
    moved, events = _moved(loan, at, correct, cause)
    stands = moved.model_copy(update={"serial": correct.serial.strip(), "delivered_at": at})
    told = DmeDeliveryCorrected(
        record_id=cause.derive("corrected"),
        corrects=loan.record_id,
        loan_id=loan.loan_id,
        item_code=loan.item.code,
        serial=stands.serial,
        supplier=loan.supplier,
        delivered_at=at,
        because=correct.because,
        corrected_by=correct.by,
        corrected_at=cause.now,
    )
    return concluded(equipment, equipment.with_loan(stands), told, *events)


def withdraw_record(equipment: Equipment, withdraw: WithdrawRecord, cause: Cause) -> Decision:
    """Everything is as if it had never been recorded. Raises PatientUnknown, RecordUnknown, TakeBackLaterFirst."""
    equipment.require_known()
    for loan in equipment.loans:
        if loan.record_id == withdraw.record_id:
            return _without_delivery(equipment, loan, withdraw, cause)
        found = next((one for one in loan.records if one.record_id == withdraw.record_id), None)
        if found:
            return _without_record(equipment, loan, found, withdraw, cause)
    return _without_step(equipment, withdraw, cause)


def _moved(loan: Loan, at: datetime, correct: CorrectDelivery, cause: Cause) -> tuple[Loan, tuple[Event, ...]]:
    """At another time; what a timer told of its rent is undone, and told again when it is due."""
    if at == loan.delivered_at:
        return loan, ()
    bought = [one for one in loan.of_kind(RecordKind.OWNED) if one.at == loan.delivered_at]
    if any(one.at < at for one in loan.records if one not in bought and one.kind not in RENT):
        raise EndsBeforeDelivery
    if bought:
        (own,) = bought
        anew = own.model_copy(update={"record_id": cause.derive("owned", loan.loan_id), "at": at})
        gone = withdrawn(loan, own.record_id, correct.because, correct.by, cause)
        return loan.without(own).having(anew), (gone, telling.told(loan, anew))
    return without_rent(loan, correct.by, correct.because, cause)


def _without_delivery(equipment: Equipment, loan: Loan, withdraw: WithdrawRecord, cause: Cause) -> Decision:
    """It never came; what is bought is no more owned than it came."""
    if any(one.at != loan.delivered_at or one.kind is not RecordKind.OWNED for one in loan.records):
        raise TakeBackLaterFirst
    left = tuple(one for one in equipment.loans if one.loan_id != loan.loan_id)
    told = withdrawn(loan, loan.record_id, withdraw.because, withdraw.by, cause)
    owned = (withdrawn(loan, one.record_id, withdraw.because, withdraw.by, cause) for one in loan.records)
    return concluded(equipment, equipment.but(loans=left), *owned, told)


def _without_record(
    equipment: Equipment, loan: Loan, record: Record, withdraw: WithdrawRecord, cause: Cause
) -> Decision:
    """Who replaced it has its own delivery, which is taken back by itself."""
    if any(one.of == record.record_id for one in loan.records) or record.kind is RecordKind.RENTAL_ENDED:
        raise TakeBackLaterFirst
    if record.kind is RecordKind.OWNED:
        raise TakeBackLaterFirst
    gone = [record]
    if record.kind in ENDS:
        gone += [one for one in loan.of_kind(RecordKind.REPLACED) if one.at == record.at]
    events = (withdrawn(loan, one.record_id, withdraw.because, withdraw.by, cause) for one in gone)
    return concluded(equipment, equipment.with_loan(loan.without(*gone)), *events)


def _without_step(equipment: Equipment, withdraw: WithdrawRecord, cause: Cause) -> Decision:
    for request in equipment.requests:
        ids = [one.record_id for one in request.steps]
        if withdraw.record_id not in ids:
            continue
        if ids[-1] != withdraw.record_id:
            raise TakeBackLaterFirst
        told = DmeRecordWithdrawn(
            record_id=cause.derive("withdrawn", withdraw.record_id),
            corrects=withdraw.record_id,
            request_id=request.request_id,
            because=withdraw.because,
            withdrawn_by=withdraw.by,
            withdrawn_at=cause.now,
        )
        left = request.model_copy(update={"steps": request.steps[:-1]})
        return concluded(equipment, equipment.with_request(left), told)
    raise RecordUnknown
