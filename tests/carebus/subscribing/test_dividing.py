"""Shares of a batch: each partition whole and in order in one of them, and none left out."""

from __future__ import annotations

from typing import Any

from aiokafka.structs import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from carebus.subscribing.dividing import AT_ONCE, WORTH_IT, divide

PARTS = st.lists(st.integers(0, 5), max_size=600)


def records(partitions: list[int]) -> list[Any]:
    return [ConsumerRecord("t", part, offset, 0, 0, b"", b"", None, 0, 0, ()) for offset, part in enumerate(partitions)]


@given(PARTS)
def test_every_record_is_in_one_share_with_all_of_its_partition_in_order(partitions: list[int]) -> None:
    given_records = records(partitions)
    divided = divide(given_records)
    assert sorted((r for share in divided for r in share), key=lambda r: r.offset) == given_records
    for share in divided:
        assert [r.offset for r in share] == sorted(r.offset for r in share)
    for part in set(partitions):
        assert sum(any(r.partition == part for r in share) for share in divided) == 1


@given(st.lists(st.integers(1, 300), min_size=2, max_size=6))
def test_no_share_is_larger_than_the_other_by_more_than_the_largest_partition(sizes: list[int]) -> None:
    divided = divide(records([part for part, size in enumerate(sizes) for _ in range(size)]))
    lengths = [len(share) for share in divided]
    assert max(lengths) - min(lengths) <= max(sizes) or len(divided) == 1


def test_a_small_batch_and_one_of_a_single_partition_stay_whole() -> None:
    assert len(divide(records([0, 1] * (WORTH_IT // 2 - 1)))) == 1
    assert len(divide(records([3] * 2 * WORTH_IT))) == 1
    assert len(divide(records([0, 1] * (WORTH_IT // 2)))) == AT_ONCE
