"""The figures in docs/matching.md are those that a run finds, on sets that nothing was estimated or chosen on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.matching import quality, telling
from bench.matching.estimate import SET
from bench.matching.febrl import Febrl, load
from bench.matching.households import ACCEPTED, AGAIN, OTHERS

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


FEW = 100
"""Cases of each kind: what a test has time for."""


@pytest.mark.parametrize("kind", OTHERS)
def test_nobody_of_a_household_is_linked_to_another_but_for_the_accepted_kinds(kind: str) -> None:
    told = telling.tell(kind, FEW)
    assert (told.wrong > 0) is (kind in ACCEPTED)


@pytest.mark.parametrize("kind", AGAIN)
def test_who_is_known_is_linked_or_reviewed_however_they_are_stated(kind: str) -> None:
    ends = telling.tell(kind, FEW).ends
    assert ends[telling.LINKED] + ends[telling.REVIEWED] == FEW


SHOWN = ["twins", "newborns of one ward", "another family name, the former one stated", *sorted(ACCEPTED)]


@pytest.mark.parametrize("kind", SHOWN)
def test_the_page_tells_what_a_run_finds_in_households(kind: str) -> None:
    assert telling.row(telling.tell(kind)) in PAGE


def test_the_page_tells_of_every_kind_and_a_hundred_thousand_pairs() -> None:
    assert all(f"| {kind} | " in PAGE for kind in (*OTHERS, *AGAIN))
    found = re.search(r"([\d,]+) pairs of two people: ([\d,]+) wrong links, ([\d,]+) of them", PAGE)
    assert found
    pairs, wrong, accepted = (int(number.replace(",", "")) for number in found.groups())
    assert pairs >= 100_000
    assert wrong == accepted


def test_the_households_are_the_same_each_time() -> None:
    assert telling.tell("neighbours in a care home", 5).ends == telling.tell("neighbours in a care home", 5).ends
