"""Keeps rows as they come, and how far a service's chain has come; a fault in it is kept and hides no row. Pure."""

from datetime import datetime

from carebus.contracts.audit import AuditRow, AuditSealed, ChainFault, ChainWalk, rows_of
from carebus.contracts.event import Value, subject_id
from carebus.decisions import Cause, Decision, State, changed, ignore

MOST_FAULTS = 100
"""So many faults of a chain are kept; after the first the service needs a person anyway."""


class Broken(Value):
    """A fault of a chain, and when it was heard."""

    what: str
    at: int
    heard_at: datetime


class KeptRow(Value):
    """A row with its place: whose chain, which batch, which number in it."""

    service: str
    batch: int
    number: int
    row: AuditRow


class Chain(State):
    """What was heard of one service's chain: its last row's number, batch and hash, and where it was not whole."""

    rows: int = 0
    batches: int = 0
    head: str = ""
    last_at: datetime | None = None
    faults: tuple[Broken, ...] = ()


class Arrived(State):
    """The rows that came in one transaction, on their way into their table; nothing is read back."""

    rows: tuple[KeptRow, ...] = ()


def sealed(chain: Chain, arrived: Arrived, batch: AuditSealed, cause: Cause) -> Decision:
    """A service has sealed rows: keep them, and see whether they follow from those before.

    What another one tells in its name is left out.
    """
    service = subject_id(cause.stream)
    if cause.follows is None or cause.follows[0] != service:
        return ignore("told_by_another")
    walk = ChainWalk(service, number=chain.rows, head=chain.head)
    faults = list(walk.past(rows_of(batch)))
    if walk.head != batch.head:
        faults.append(ChainFault("told_with_another_head", batch.batch))
    broken = [Broken(what=fault.what, at=fault.at, heard_at=cause.now) for fault in faults]
    kept = [
        KeptRow(service=service, batch=batch.batch, number=number, row=row)
        for number, row in enumerate(batch.rows, batch.first)
    ]
    return changed(
        chain.but(
            rows=walk.number,
            batches=batch.batch,
            head=batch.head,
            last_at=cause.occurred_at,
            faults=(*chain.faults, *broken)[:MOST_FAULTS],
        ),
        arrived.but(rows=(*arrived.rows, *kept)),
    )
