"""What may be told of breakdowns, on the page and as JSON alike: no cell of 1 to 10, and none that gives one away."""

from collections.abc import Mapping, Sequence

from services.outcomes import store
from services.outcomes.domain.cells import Line, shown

COLUMNS = ("decided", "accepted", "declined")
Told = Mapping[str, int | str]


def of_groups(groups: Sequence[store.Group], totals: store.Totals | None = None) -> Told:
    """Each group's columns, by `group/column`; with `totals` the groups are everyone, each once, and add up to them."""
    groups = sorted(groups, key=lambda group: group.name)
    cells = {f"{group.name}/{column}": int(getattr(group, column)) for group in groups for column in COLUMNS}
    lines = [Line(f"{g.name}/decided", [f"{g.name}/accepted", f"{g.name}/declined"]) for g in groups]
    if totals is None or not groups:
        return shown(cells, lines)
    sums = {"all/accepted": totals.accepted, "all/declined": totals.declined}
    cells |= {**sums, "all/decided": totals.accepted + totals.declined}
    lines += [Line(f"all/{column}", [f"{group.name}/{column}" for group in groups]) for column in COLUMNS]
    return shown(cells, lines, [f"all/{column}" for column in COLUMNS])


def of_reasons(counts: Mapping[str, int], total: int) -> Told:
    """How many for each reason; the total is told elsewhere."""
    told = shown({**counts, "all": total}, [Line("all", list(counts))], ["all"]) if counts else {}
    return {name: value for name, value in told.items() if name != "all"}
