"""What adds up: at any instant delivered = in use + returned + lost + owned by the patient, per item and supplier.

Counted twice, from what is kept and from what was told; both must agree, and the rows of lists with them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from carebus.contracts.equipment import (
    DmeDelivered,
    DmeDeliveryCorrected,
    DmeLost,
    DmeOwnershipPassed,
    DmeRecordWithdrawn,
    DmeReturned,
)
from carebus.contracts.event import Event
from services.equipment.domain.loans.loan import Loan, LoanStatus


class Account(NamedTuple):
    """Which things are counted together, of one patient."""

    item_code: str
    supplier_id: str


class Counts(NamedTuple):
    """Where the things of an account are."""

    in_use: int = 0
    returned: int = 0
    lost: int = 0
    owned: int = 0

    @property
    def delivered(self) -> int:
        """All of them."""
        return sum(self)


Ledger = Mapping[Account, Counts]
_ENDS = {
    DmeReturned: LoanStatus.RETURNED,
    DmeLost: LoanStatus.LOST,
    DmeOwnershipPassed: LoanStatus.OWNED,
}


class _Told(NamedTuple):
    """A loan as its events tell it."""

    record_id: UUID
    account: Account
    delivered_at: datetime
    ends: Mapping[UUID, tuple[LoanStatus, datetime]] = {}


def of_loans(loans: Iterable[Loan], instant: datetime) -> Ledger:
    """As it is kept."""
    found = ((Account(one.item.code, one.supplier.supplier_id), one.status_at(instant)) for one in loans)
    return _counted((account, status) for account, status in found if status)


def of_events(events: Iterable[Event], instant: datetime) -> Ledger:
    """As it was told, in the order in which it was; also with events told twice."""
    told: dict[UUID, _Told] = {}
    for event in events:
        _follow(told, event)
    return _counted((one.account, _status(one, instant)) for one in told.values() if one.delivered_at <= instant)


def _follow(told: dict[UUID, _Told], event: Event) -> None:
    if isinstance(event, DmeDelivered):
        account = Account(event.item_code, event.supplier.supplier_id)
        told.setdefault(event.loan_id, _Told(event.record_id, account, event.delivered_at))
    elif isinstance(event, DmeDeliveryCorrected):
        known = told[event.loan_id]
        account = Account(event.item_code, event.supplier.supplier_id)
        told[event.loan_id] = known._replace(account=account, delivered_at=event.delivered_at)
    elif isinstance(event, DmeReturned | DmeLost | DmeOwnershipPassed):
        known, at = told[event.loan_id], getattr(event, event.own_time() or "")
        ends = {**known.ends, event.record_id: (_ENDS[type(event)], at)}
        told[event.loan_id] = known._replace(ends=ends)
    elif isinstance(event, DmeRecordWithdrawn) and event.loan_id in told:
        _take_back(told, event)


def _take_back(told: dict[UUID, _Told], event: DmeRecordWithdrawn) -> None:
    assert event.loan_id is not None, "the caller looked"
    known = told[event.loan_id]
    if event.corrects == known.record_id:
        del told[event.loan_id]
        return
    left = {record_id: end for record_id, end in known.ends.items() if record_id != event.corrects}
    told[event.loan_id] = known._replace(ends=left)


def _status(one: _Told, instant: datetime) -> LoanStatus:
    over = [status for status, at in one.ends.values() if at <= instant]
    return over[-1] if over else LoanStatus.IN_USE


def _counted(found: Iterable[tuple[Account, LoanStatus]]) -> Ledger:
    counted: dict[Account, Counter[LoanStatus]] = {}
    for account, status in found:
        counted.setdefault(account, Counter())[status] += 1
    return {account: Counts(*(many[status] for status in LoanStatus)) for account, many in counted.items()}
