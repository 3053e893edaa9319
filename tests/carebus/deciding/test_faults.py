"""One rule for events, timers, workers and retries: what an exception says of one item, or of none."""

from __future__ import annotations

import asyncpg
import pytest

from carebus.deciding.faults import fault_of
from carebus.errors import CarebusError
from carebus.storage.database import DatabaseAway, DatabaseOlder
from carebus.storage.parked import Reason


class Refused(CarebusError):
    """It can't be."""


class TooLargeForItsType(asyncpg.InterfaceError, ValueError):
    """As asyncpg's own DataError: raised before the server is asked."""


OWN = {
    "a domain's refusal": (Refused(), Reason.DECISION_FAILED, "refused"),
    "a bug that a patient's data brings about": (KeyError("Jane Roe"), Reason.DECISION_FAILED, "KeyError"),
    "a row that breaks a check": (asyncpg.CheckViolationError(), Reason.DATABASE_REFUSED, "SQLSTATE 23514"),
    "a text with NUL": (asyncpg.CharacterNotInRepertoireError(), Reason.DATABASE_REFUSED, "SQLSTATE 22021"),
    "a number too large for its column": (
        TooLargeForItsType("too large"),
        Reason.DATABASE_REFUSED,
        "TooLargeForItsType",
    ),
}
PASSING = {
    "the database is away": DatabaseAway(),
    "the database is older than what was published": DatabaseOlder(),
    "a role lacks a right": asyncpg.InsufficientPrivilegeError(),
    "a table is not there yet": asyncpg.UndefinedTableError(),
    "a column is not there yet": asyncpg.UndefinedColumnError(),
    "the server is read-only": asyncpg.ReadOnlySQLTransactionError(),
    "the login is refused": asyncpg.InvalidPasswordError(),
    "the disk is full": asyncpg.DiskFullError(),
    "two transactions wait for each other": asyncpg.DeadlockDetectedError(),
    "the server is shutting down": asyncpg.AdminShutdownError(),
    "the connection was closed": asyncpg.InterfaceError("connection is closed"),
    "no memory is left": MemoryError(),
}


@pytest.mark.parametrize("what", OWN)
def test_what_is_an_items_own_fault_sets_it_aside_without_a_value(what: str) -> None:
    exc, reason, rule = OWN[what]
    assert fault_of(exc) == (reason, rule)


@pytest.mark.parametrize("what", PASSING)
def test_what_passes_is_no_items_fault(what: str) -> None:
    assert fault_of(PASSING[what]) is None
