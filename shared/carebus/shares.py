"""Divides a large batch by partitions, so that one part can be decided upon while the database works on another."""

from collections import Counter
from collections.abc import Sequence

from carebus.arrivals import Record
from carebus.places import Partition

AT_ONCE = 2
"""More would make the transactions smaller and wait for the same processor."""
WORTH_IT = 200
"""Records from which on two transactions are sooner done than one."""


def shares(records: Sequence[Record]) -> Sequence[Sequence[Record]]:
    """These records in shares of about the same size, all of a partition in one; each may have its own transaction."""
    sizes = Counter((record.topic, record.partition) for record in records)
    if len(records) < WORTH_IT or len(sizes) == 1:
        return [records]
    share_of = _divide(sizes)
    divided: list[list[Record]] = [[] for _ in range(AT_ONCE)]
    for record in records:
        divided[share_of[record.topic, record.partition]].append(record)
    return divided


def _divide(sizes: Counter[Partition]) -> dict[Partition, int]:
    """Which share each partition goes to: the largest first, always to the smallest share."""
    filled = [0] * AT_ONCE
    share_of: dict[Partition, int] = {}
    for part, size in sizes.most_common():
        share_of[part] = filled.index(min(filled))
        filled[share_of[part]] += size
    return share_of
