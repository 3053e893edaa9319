"""No small count is shown, and none can be worked out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from services.outcomes.domain.cells import HIDDEN, LEAST, SMALL, Line, merged, shown

COUNTS = st.one_of(st.integers(0, 14), st.integers(0, 60))


def table(rows: list[list[int]]) -> tuple[dict[str, int], list[Line], list[str]]:
    """Groups with their parts and totals, and the totals over all groups, which are known."""
    cells = {f"{r}/{c}": count for r, row in enumerate(rows) for c, count in enumerate(row)}
    cells |= {f"{r}/all": sum(row) for r, row in enumerate(rows)}
    columns = [*range(len(rows[0])), "all"]
    known = {f"all/{c}": sum(cells[f"{r}/{c}"] for r in range(len(rows))) for c in columns}
    lines = [Line(f"{r}/all", [f"{r}/{c}" for c in range(len(row))]) for r, row in enumerate(rows)]
    lines += [Line(f"all/{c}", [f"{r}/{c}" for r in range(len(rows))]) for c in columns]
    return cells | known, lines, list(known)


TABLES = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(COUNTS, min_size=width, max_size=width), min_size=1, max_size=4)
)


@settings(deadline=None, max_examples=300)
@given(TABLES)
def test_small_counts_are_hidden_and_all_else_is_true(rows: list[list[int]]) -> None:
    cells, lines, known = table(rows)
    told = shown(cells, lines, known)
    assert set(told) == set(cells)
    for name, count in told.items():
        if isinstance(count, int):
            assert count == cells[name]
            assert name in known or count == 0 or count >= LEAST
        elif count == SMALL:
            assert 1 <= cells[name] < LEAST


@settings(deadline=None, max_examples=200)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=4))
def test_every_hidden_small_count_could_be_another(parts: list[int]) -> None:
    cells = {str(n): count for n, count in enumerate(parts)} | {"all": sum(parts)}
    told = shown(cells, [Line("all", [str(n) for n in range(len(parts))])], ["all"])
    small = [name for name, count in told.items() if count == SMALL]
    if not small:
        return
    worlds = list(_worlds(told, sum(parts)))
    assert cells in worlds
    for name in small:
        assert len({world[name] for world in worlds}) > 1


def _worlds(told: dict[str, int | str], total: int) -> Iterator[dict[str, int]]:
    """Every table that a reader who knows the rule must think possible."""
    possible = [_possible(count, total) for name, count in told.items() if name != "all"]
    for parts in product(*possible):
        if sum(parts) == total:
            yield {str(n): count for n, count in enumerate(parts)} | {"all": total}


def _possible(count: int | str, total: int) -> range:
    if isinstance(count, int):
        return range(count, count + 1)
    return range(1, LEAST) if count == SMALL else range(LEAST, total + 1)


def test_a_lone_small_count_takes_the_next_smallest_with_it() -> None:
    cells = {"a": 4, "b": 30, "c": 90, "d": 0, "all": 124}
    assert shown(cells, [Line("all", ["a", "b", "c", "d"])], ["all"]) == {
        "a": SMALL, "b": HIDDEN, "c": 90, "d": 0, "all": 124,
    }  # fmt: skip


def test_nothing_is_hidden_that_could_be_worked_out_all_the_same() -> None:
    rows = [[18, 31], [19, 26], [23, 19], [20, 17], [25, 19], [12, 7]]
    told = shown(*table(rows))
    assert told["5/1"] == SMALL
    hidden = {name for name, count in told.items() if count == HIDDEN}
    assert len(hidden) == 3, hidden


def test_two_small_counts_that_add_up_to_two_are_not_given_away() -> None:
    cells = {"a": 1, "b": 1, "c": 40, "all": 42}
    assert shown(cells, [Line("all", ["a", "b", "c"])], ["all"]) == {"a": SMALL, "b": SMALL, "c": HIDDEN, "all": 42}


def test_two_small_counts_that_can_trade_places_need_no_other() -> None:
    cells = {"a": 3, "b": 4, "c": 40, "all": 47}
    assert shown(cells, [Line("all", ["a", "b", "c"])], ["all"]) == {"a": SMALL, "b": SMALL, "c": 40, "all": 47}


def test_a_total_too_small_is_not_broken_down() -> None:
    cells = {"a": 1, "b": 0, "all": 1}
    assert shown(cells, [Line("all", ["a", "b"])], ["all"]) == {"a": HIDDEN, "b": HIDDEN, "all": 1}


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 30)), max_size=30, unique_by=lambda pair: pair[0]))
def test_joined_days_keep_everyone_and_are_never_few(days: list[tuple[int, int]]) -> None:
    groups = merged(days)
    total = sum(count for _, count in days)
    assert all(count >= LEAST for _, _, count in groups)
    assert sum(count for _, _, count in groups) == (total if total >= LEAST else 0)
    edges = [edge for first, last, _ in groups for edge in (first, last)]
    assert edges == sorted(edges)
