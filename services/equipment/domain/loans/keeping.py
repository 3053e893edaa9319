"""While something is in use: set up, shown, found faulty and mended, replaced, and where it is oxygen, looked at."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from carebus.contracts.equipment import OxygenHazard
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision
from carebus.errors import CarebusError
from services.equipment.domain.concluding import concluded
from services.equipment.domain.equipment import Equipment, when
from services.equipment.domain.loans import telling
from services.equipment.domain.loans.delivering import Serial, of_delivery, owned_at_once
from services.equipment.domain.loans.loan import (
    BeforeDelivery,
    Loan,
    LoanEnded,
    LoanStatus,
    Record,
    RecordKind,
)
from services.equipment.domain.requests.requesting import Because, By, require_room

Text = Annotated[str, Phi.TEXT, Field(max_length=1000)]


class FaultUnknown(CarebusError):
    """There is no such fault, or it is resolved already."""

    status = HTTPStatus.NOT_FOUND


class ResolvedBeforeReported(CarebusError):
    """That is before the fault was reported."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "at"


class NoOxygen(CarebusError):
    """This is no oxygen equipment."""


class OfLoan(Command):
    """Something about one loan; `at`: when it happened, where that was not now."""

    loan_id: UUID
    by: By
    at: AwareDatetime | None = None


class RecordSetUp(OfLoan):
    """It stands where it is used, and works."""


class RecordTraining(OfLoan):
    """Somebody was shown how it is used."""

    trained: Annotated[str, Phi.TEXT, Field(min_length=1, max_length=200)]


class ReportFault(OfLoan):
    """It does not work as it should. urgent: somebody is in danger without it."""

    words: Because
    urgent: bool = False


class ResolveFault(OfLoan):
    """It works again."""

    fault_id: UUID
    words: Text = ""


class ReplaceLoan(OfLoan):
    """The supplier took it and left another."""

    new_loan_id: UUID
    serial: Serial = ""
    because: Because


class CheckOxygen(OfLoan):
    """Somebody looked whether oxygen is safe here."""

    hazards: Annotated[tuple[OxygenHazard, ...], Field(max_length=len(OxygenHazard))] = ()
    words: Text = ""


def record_set_up(equipment: Equipment, given: RecordSetUp, cause: Cause) -> Decision:
    """Raises what `recorded` raises, as all of these do."""
    return recorded(equipment, given, cause, lambda at: _record(RecordKind.SET_UP, given, at, cause))


def record_training(equipment: Equipment, given: RecordTraining, cause: Cause) -> Decision:
    """Who was shown it is known by name or as what they are to the patient."""
    return recorded(
        equipment, given, cause, lambda at: _record(RecordKind.TRAINING, given, at, cause, words=given.trained)
    )


def report_fault(equipment: Equipment, given: ReportFault, cause: Cause) -> Decision:
    """It is to be mended."""
    return recorded(
        equipment,
        given,
        cause,
        lambda at: _record(RecordKind.FAULT, given, at, cause, words=given.words, urgent=given.urgent),
    )


def resolve_fault(equipment: Equipment, given: ResolveFault, cause: Cause) -> Decision:
    """Raises FaultUnknown and ResolvedBeforeReported as well."""
    loan = equipment.require_known().loan(given.loan_id)
    fault = next((one for one in loan.open_faults if one.record_id == given.fault_id), None)
    if fault is None:
        raise FaultUnknown
    if when(given.at, cause) < fault.at:
        raise ResolvedBeforeReported
    said = {"words": given.words, "of": given.fault_id}
    return recorded(equipment, given, cause, lambda at: _record(RecordKind.RESOLVED, given, at, cause, **said))


def check_oxygen(equipment: Equipment, given: CheckOxygen, cause: Cause) -> Decision:
    """Raises NoOxygen as well."""
    if not equipment.require_known().loan(given.loan_id).item.oxygen:
        raise NoOxygen
    said = {"hazards": given.hazards, "words": given.words}
    return recorded(equipment, given, cause, lambda at: _record(RecordKind.SAFETY, given, at, cause, **said))


def replace_loan(equipment: Equipment, given: ReplaceLoan, cause: Cause) -> Decision:
    """The one is returned and the other delivered at one moment; faults of the first are over."""
    require_room(len(equipment.loans))
    loan = equipment.require_known().loan(given.loan_id)
    at = _require_in_use(loan, when(given.at, cause))
    new = Loan(
        loan_id=given.new_loan_id,
        record_id=cause.derive("delivery", given.new_loan_id),
        item=loan.item,
        supplier=loan.supplier,
        serial=given.serial.strip(),
        request_id=loan.request_id,
        delivered_at=at,
        delivered_by=given.by,
    )
    new = owned_at_once(new, cause)
    resolved = [_resolved(fault, given, max(at, fault.at), cause) for fault in loan.open_faults]
    replaced = _record(RecordKind.REPLACED, given, at, cause, words=given.because, of=given.new_loan_id)
    returned = _record(RecordKind.RETURNED, given, at, cause)
    records = (*resolved, replaced, returned)
    after = equipment.with_loan(loan.having(*records)).with_loan(new)
    events = (*of_delivery(new), *(telling.told(loan, one) for one in records))
    return concluded(equipment, after, *events)


def recorded(equipment: Equipment, given: OfLoan, cause: Cause, record: Callable[[datetime], Record]) -> Decision:
    """One fact of a loan. Raises PatientUnknown, LoanUnknown, InFuture, BeforeDelivery, LoanEnded."""
    loan = equipment.require_known().loan(given.loan_id)
    fact = record(_require_while(loan, when(given.at, cause)))
    return concluded(equipment, equipment.with_loan(loan.having(fact)), telling.told(loan, fact))


def _require_while(loan: Loan, at: datetime) -> datetime:
    """It was with the patient then; what is their own may be set up and shown at any time after."""
    if at < loan.delivered_at:
        raise BeforeDelivery
    if loan.status_at(at) in (LoanStatus.RETURNED, LoanStatus.LOST):
        raise LoanEnded
    return at


def _require_in_use(loan: Loan, at: datetime) -> datetime:
    if not loan.in_use:
        raise LoanEnded
    return _require_while(loan, at)


def _record(kind: RecordKind, given: OfLoan, at: datetime, cause: Cause, **said: object) -> Record:
    return Record.model_validate({"record_id": cause.derive(kind), "kind": kind, "at": at, "by": given.by, **said})


def _resolved(fault: Record, given: ReplaceLoan, at: datetime, cause: Cause) -> Record:
    record_id = cause.derive("resolved", fault.record_id)
    words, of = given.because, fault.record_id
    return Record(record_id=record_id, kind=RecordKind.RESOLVED, at=at, by=given.by, words=words, of=of)
