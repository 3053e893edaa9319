"""Divides a large batch by partitions, so that one part can be decided upon while the database works on another."""

from collections.abc import Sequence

from carebus.records import Record, by_partition

AT_ONCE = 2
"""More would make the transactions smaller and wait for the same processor."""
WORTH_IT = 200
"""Records from which on two transactions are sooner done than one."""


def divide(records: Sequence[Record]) -> Sequence[Sequence[Record]]:
    """These records in shares of about the same size, all of a partition in one; each may have its own transaction.

    The largest partition goes first, each to the share that is smallest then.
    """
    parts = by_partition(records).values()
    if len(records) < WORTH_IT or len(parts) == 1:
        return [records]
    divided: list[list[Record]] = [[] for _ in range(AT_ONCE)]
    for its in sorted(parts, key=len, reverse=True):
        min(divided, key=len).extend(its)
    return divided
