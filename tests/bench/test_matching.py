"""The figures in docs/matching.md are those that a run finds, on sets that nothing was estimated or chosen on."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.matching import quality
from bench.matching.estimate import SET
from bench.matching.febrl import Febrl, load

PAGE = (Path(__file__).parents[2] / "docs" / "matching.md").read_text()


@pytest.fixture(scope="module")
def febrl1() -> Febrl:
    return load("febrl1")


def test_the_page_tells_what_a_run_finds_on_a_set_held_out(febrl1: Febrl) -> None:
    for found in quality.qualities(febrl1):
        assert quality.row(febrl1, found) in PAGE
    half = load("febrl4")
    for found in quality.qualities(half):
        assert quality.row(half, found) in PAGE


def test_nothing_was_estimated_on_what_is_reported() -> None:
    assert SET not in quality.REPORTED


def test_nobody_is_linked_to_a_wrong_person() -> None:
    ends = quality.verdicts(load("febrl4"), most=500)
    assert sum(ends.values()) == 500
    assert ends["linked to the right person"] > 100
    assert not ends["linked to a wrong person"]


def test_the_weight_finds_more_than_the_combinations_and_hardly_less_surely(febrl1: Febrl) -> None:
    by_rule = {found.rule: found for found in quality.qualities(febrl1)}
    assert by_rule["certain"].precision == 1
    assert by_rule["possible or better"].recall > 3 * by_rule["certain"].recall
    assert by_rule["possible or better"].precision > 0.99
