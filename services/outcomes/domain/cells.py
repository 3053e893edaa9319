"""Which counts of a breakdown may be shown: none from 1 to 10, and none that lets such a one be worked out.

The rule is that of the Centers for Medicare & Medicaid Services for published cells: 1 to 10 hidden, 0 may be shown,
and nothing from which a hidden cell can be derived (resdac.org/node/1506). Beyond the small cells themselves this
hides further ones until a reader who knows the rule and all sums cannot pin down any small cell.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

LEAST = 11
SMALL = f"1–{LEAST - 1}"
HIDDEN = "hidden"
_UNBOUNDED = 10**12

Bounds = dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Line:
    """A sum that a reader can do: these parts make this total."""

    total: str
    parts: Sequence[str]

    @property
    def cells(self) -> list[str]:
        """All cells of the sum."""
        return [self.total, *self.parts]


def shown(cells: Mapping[str, int], lines: Iterable[Line], known: Iterable[str] = ()) -> dict[str, int | str]:
    """Each cell as its count, `1–10`, or `hidden`. Cells that are `known` are told elsewhere and cannot be hidden.

    Where not even that helps (a total too small to break down), all cells but the known ones are `hidden`.
    """
    fixed, rules = set(known), list(lines)
    small = {name for name, count in cells.items() if 0 < count < LEAST and name not in fixed}
    also: set[str] = set()
    while pinned := _pinned(cells, small, also, rules):
        further = _further(cells, small | also | fixed, rules, pinned)
        if further is None:
            return {name: count if name in fixed else HIDDEN for name, count in cells.items()}
        also.add(further)
    for name in sorted(also, key=lambda name: -cells[name]):  # some turn out not to be needed once others are hidden
        if not _pinned(cells, small, also - {name}, rules):
            also.remove(name)
    return {name: SMALL if name in small else HIDDEN if name in also else count for name, count in cells.items()}


def bounds(cells: Mapping[str, int], small: set[str], also: set[str], lines: Sequence[Line]) -> Bounds:
    """What a reader can work out of every cell from what is shown, as its least and greatest value."""
    known = {
        name: (1, LEAST - 1) if name in small else (LEAST, _UNBOUNDED) if name in also else (count, count)
        for name, count in cells.items()
    }
    narrowed = True
    while narrowed:
        before = dict(known)
        for line in lines:
            _narrow(known, line)
        narrowed = known != before
    return known


def _pinned(cells: Mapping[str, int], small: set[str], also: set[str], lines: Sequence[Line]) -> set[str]:
    known = bounds(cells, small, also, lines)
    return {name for name in small if known[name][0] == known[name][1]}


def _narrow(known: Bounds, line: Line) -> None:
    low, high = (sum(known[part][end] for part in line.parts) for end in (0, 1))
    total = known[line.total] = (max(known[line.total][0], low), min(known[line.total][1], high))
    for part in line.parts:
        least, most = known[part]
        known[part] = (max(least, total[0] - (high - most)), min(most, total[1] - (low - least)))
        low, high = low - least + known[part][0], high - most + known[part][1]


def _further(cells: Mapping[str, int], taken: set[str], lines: Sequence[Line], pinned: set[str]) -> str | None:
    """The smallest count of 11 or more beside a pinned cell, or anywhere if there is none beside it."""
    beside = {name for line in lines if pinned & set(line.cells) for name in line.cells}
    free = [name for name, count in cells.items() if count >= LEAST and name not in taken]
    return min([name for name in free if name in beside] or free, key=lambda name: (cells[name], name), default=None)


def merged(counts: Sequence[tuple[int, int]], least: int = LEAST) -> list[tuple[int, int, int]]:
    """Neighbouring values joined until every group (first, last, how many) holds enough; none if all are too few."""
    groups: list[tuple[int, int, int]] = []
    begun: tuple[int, int, int] | None = None
    for value, count in sorted(counts):
        begun = (begun[0], value, begun[2] + count) if begun else (value, value, count)
        if begun[2] >= least:
            groups.append(begun)
            begun = None
    if begun and groups:
        first, _, count = groups.pop()
        groups.append((first, begun[1], count + begun[2]))
    return groups
