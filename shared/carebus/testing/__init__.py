"""Test a service as it is: on a real database, through both its doors, with every event delivered twice."""

from carebus.testing.bench import (
    LATE,
    START,
    Bench,
    Published,
    TestRecord,
    assert_published,
    bench,
    client_of,
    let_tell,
    operators_of,
    set_clock,
)
from carebus.testing.late import Happens, Opened, late_differences

__all__ = [
    "LATE",
    "START",
    "Bench",
    "Happens",
    "Opened",
    "Published",
    "TestRecord",
    "assert_published",
    "bench",
    "client_of",
    "late_differences",
    "let_tell",
    "operators_of",
    "set_clock",
]
