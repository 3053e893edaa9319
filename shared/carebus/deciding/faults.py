"""One rule for events, timers, workers and retries: what an exception says about a single item, or about none."""

from carebus.errors import rule_of
from carebus.storage.database import is_data_error, is_transient, sqlstate
from carebus.storage.parked import Reason


def fault_of(exc: Exception) -> tuple[Reason, str] | None:
    """Why one item alone is to be set aside for this exception; None if waiting or another release may help.

    What a decision raises, or what the database says of a row's data, is the item's own fault. Whatever else the
    database or its driver raises (it is away, read-only, full, a role lacks a right, a table is not there yet) passes.
    """
    if is_data_error(exc):
        return Reason.DATABASE_REFUSED, f"SQLSTATE {sqlstate(exc)}" if sqlstate(exc) else rule_of(exc)
    if is_transient(exc) or sqlstate(exc) or isinstance(exc, MemoryError):
        return None
    return Reason.DECISION_FAILED, rule_of(exc)
