"""What may be told of breakdowns, on the page and as JSON alike: no cell of 1 to 10, and none that gives one away."""

from collections.abc import Mapping, Sequence

from services.outcomes import store
from services.outcomes.domain.cells import Line, shown

DECIDED = {"decided": ("accepted", "declined")}
COLUMNS = ("decided", "accepted", "declined")
Told = Mapping[str, int | str]


def of_groups(groups: Sequence[store.Group], totals: store.Totals | None = None) -> Told:
    """Each group's columns, by `group/column`; with `totals` the groups are everyone, each once, and add up to them."""
    cells = {group.name: {column: int(getattr(group, column)) for column in COLUMNS} for group in groups}
    if totals is None:
        return of_parts(cells, DECIDED)
    sums = {"accepted": totals.accepted, "declined": totals.declined}
    return of_parts(cells, DECIDED, {**sums, "decided": totals.accepted + totals.declined})


def of_parts(
    groups: Mapping[str, Mapping[str, int]],
    sums: Mapping[str, Sequence[str]],
    totals: Mapping[str, int] | None = None,
) -> Told:
    """The columns of groups, by `group/column`, where in each group every sum is made of its parts.

    With `totals`, by column, the groups add up to them, and they are told elsewhere.
    """
    names = sorted(groups)
    cells = {f"{name}/{column}": count for name in names for column, count in groups[name].items()}
    lines = [Line(f"{n}/{whole}", [f"{n}/{part}" for part in parts]) for n in names for whole, parts in sums.items()]
    if totals is None or not names:
        return shown(cells, lines)
    cells |= {f"all/{column}": count for column, count in totals.items()}
    lines += [Line(f"all/{column}", [f"{name}/{column}" for name in names]) for column in totals]
    return shown(cells, lines, [f"all/{column}" for column in totals])


def of_reasons(counts: Mapping[str, int], total: int) -> Told:
    """How many for each reason; the total is told elsewhere."""
    told = shown({**counts, "all": total}, [Line("all", list(counts))], ["all"]) if counts else {}
    return {name: value for name, value in told.items() if name != "all"}
